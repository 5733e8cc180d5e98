"""Pages that were read once in a run are not read again: the way's tests drop the same papers over and over.

Tests of the reading itself call `ingest.read` and are not concerned.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from ingest import read
from ingest.kinds import MediaKind
from ingest.read import Readers
from schemas.reading import PageReading
from worker import handlers

FOLDER = "TEST_READINGS"  # names the run's folder, also to the processes that tests start


def install() -> None:
    """From now on, in this process, what the steps of the way read is remembered in the run's folder."""
    handlers.read_page = _read_page


def _read_page(path: Path, kind: MediaKind, page: int, readers: Readers) -> PageReading:
    kept = Path(os.environ[FOLDER]) / f"{_name(path, kind, page, readers)}.json"
    if kept.exists():
        return PageReading.model_validate_json(kept.read_bytes())
    reading = read.read_page(path, kind, page, readers)
    part = kept.with_suffix(f".{os.getpid()}")
    part.write_text(reading.model_dump_json())
    part.replace(kept)
    return reading


def _name(path: Path, kind: MediaKind, page: int, readers: Readers) -> str:
    """Of everything that a reading comes from."""
    types = sorted((one.id, one.version) for one in readers.types.types.values()) if readers.types else []
    said = (kind, page, readers.name, readers.second.name, readers.digits is not None, types)
    return hashlib.sha256(path.read_bytes() + repr(said).encode()).hexdigest()
