"""One soft key and one archival PDF for the whole session: making RSA-3072 keys takes a second or two."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.archival import compose
from signing.keys import SigningKey, SoftKey, make_soft_key
from signing.seal import seal
from tests.judges import samples

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(scope="session")
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")
def key_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys") / "soft"
    make_soft_key(folder, "Ủy ban nhân dân xã Mẫu", "H00.01", NOW)
    return folder


@pytest.fixture(scope="session")
def key(key_folder: Path) -> SigningKey:
    return SoftKey.load(key_folder)


@pytest.fixture(scope="session")
def archival(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("archival")
    sample = samples.make("jpeg-pdf", folder)
    out = folder / "archival.pdf"
    compose(sample.original, sample.kind, sample.pages, sample.readings, out, samples.META)
    return out


@pytest.fixture(scope="session")
def sealed(archival: Path, key: SigningKey) -> Path:
    out = archival.with_name("sealed.pdf")
    seal(archival, out, key, at=NOW)
    return out
