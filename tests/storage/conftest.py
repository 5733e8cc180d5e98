"""Stores and manifests for the storage room's tests; an adapter joins the contract suites by one entry below."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from schemas.manifest import Conversion, Manifest, Representation, Source, digest
from schemas.records import record_uri
from storage.blobs import BlobStore, FolderBlobStore
from storage.bucket import Bucket
from storage.records import FolderRecordStore, RecordStore
from storage.s3 import S3BlobStore, S3RecordStore, S3RemovableBlobStore, S3WorkBlobStore
from tests.support.buckets import SERVERS, address

RECORD = record_uri("X01", "ab" * 32, 1)


PLACES = ("folder", *(pytest.param(name, marks=pytest.mark.services) for name in SERVERS))


def opener(request: pytest.FixtureRequest, place: str, tmp_path: Path, kind: str) -> Callable[[], BlobStore]:
    """Opens the same store anew each time, as another process would."""
    if place == "folder":
        return lambda: FolderBlobStore(tmp_path / "store", removable=kind != "kept")
    at, prefix = address(request.getfixturevalue("services"), place), f"test-{uuid4().hex}"
    stores = {"kept": S3BlobStore, "removable": S3RemovableBlobStore, "work": S3WorkBlobStore}
    return lambda: stores[kind](Bucket(at), prefix, tmp_path / "staging")


@pytest.fixture(params=PLACES)
def place(request: pytest.FixtureRequest) -> str:
    """Where the store under test keeps things."""
    return str(request.param)


@pytest.fixture
def open_removable(request: pytest.FixtureRequest, place: str, tmp_path: Path) -> Callable[[], BlobStore]:
    """Opens a store that lets blobs go."""
    return opener(request, place, tmp_path, "removable")


@pytest.fixture(params=["removable", "kept", "work"])
def open_blobs(request: pytest.FixtureRequest, place: str, tmp_path: Path) -> Callable[[], BlobStore]:
    """Opens a store of each kind."""
    if place == "folder" and request.param == "work":
        pytest.skip("a folder's work area is as any that lets blobs go")
    return opener(request, place, tmp_path, request.param)


@pytest.fixture
def open_records(request: pytest.FixtureRequest, place: str, tmp_path: Path) -> Callable[[], RecordStore]:
    """Opens the same record store anew each time."""
    if place == "folder":
        return lambda: FolderRecordStore(tmp_path / "store")
    at, prefix = address(request.getfixturevalue("services"), place), f"test-{uuid4().hex}"
    return lambda: S3RecordStore(Bucket(at), prefix)


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
