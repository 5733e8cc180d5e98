"""Stores and manifests for the storage room's tests; an adapter joins the contract suites by one entry below."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from schemas.manifest import Conversion, Manifest, Representation, Source, digest
from schemas.records import record_uri
from storage.blobs import BlobStore, FolderBlobStore
from storage.records import FolderRecordStore, RecordStore

RECORD = record_uri("X01", "ab" * 32, 1)


@pytest.fixture(params=["folder"])
def open_blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], BlobStore]:
    """Opens the same removable store anew each time, as another process would."""
    adapters: dict[str, Callable[[], BlobStore]] = {
        "folder": lambda: FolderBlobStore(tmp_path / "store", removable=True),
    }
    return adapters[request.param]


@pytest.fixture(params=["folder"])
def open_records(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], RecordStore]:
    """Opens the same record store anew each time."""
    adapters: dict[str, Callable[[], RecordStore]] = {
        "folder": lambda: FolderRecordStore(tmp_path / "store"),
    }
    return adapters[request.param]


@pytest.fixture
def make_manifest() -> Callable[..., Manifest]:
    """A manifest of a made-up paper; `bytes_of_roles` names the stored forms, anything else overrides an attribute."""

    def make(bytes_of_roles: dict[str, bytes] | None = None, **changes: Any) -> Manifest:
        content = bytes_of_roles or {"original": b"a paper"}
        values: dict[str, Any] = {
            "record": RECORD,
            "revision": 1,
            "unit": "X01",
            "created_at": "2026-03-02T01:00:00Z",
            "type": "birth_certificate",
            "type_name": "Giấy khai sinh",
            "pages": 1,
            "source": Source(file_name="giấy.pdf", sha256="ab" * 32, pages=(1,), batch="b1"),
            "conversion": Conversion(by="X01", at="2026-03-02T01:00:00Z", software="motlan", reading_config="r1"),
            "representations": tuple(
                Representation(role=role, sha256=digest(data), size=len(data), media_type="application/pdf")
                for role, data in content.items()
            ),
        }
        return Manifest(**{**values, **changes})

    return make
