"""Sealed pieces of the audit chain beside the records: `audit/<number of the first entry>.json`, created once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from schemas.errors import RecordMissing
from storage.answers import Absent
from storage.bucket import Bucket
from storage.s3 import lock_until
from storage.staging import disk_errors, prepare, publish, staged
from storage.upload import Upload

_NAME = re.compile(r"([0-9]{12})\.json")


class SegmentStore(Protocol):
    """Where they are kept. Every adapter passes tests/storage/test_segments.py."""

    def put(self, first: int, data: bytes) -> bool:
        """Store a piece durably, create-only. False, and nothing changed, when one begins there already."""

    def firsts(self) -> list[int]:
        """With which entry each piece begins, ascending."""

    def raw(self, first: int) -> bytes:
        """A piece's bytes. Raises RecordMissing."""


class FolderSegmentStore:
    """Pieces as files `<root>/audit/<first>.json`. `staging` must share the root's file system."""

    def __init__(self, root: Path, staging: Path) -> None:
        self.root, self.staging = root, prepare(root, staging)

    def put(self, first: int, data: bytes) -> bool:
        with staged((data,), self.staging) as item:
            return publish(item, self.root / "audit" / _name(first), self.root)

    def firsts(self) -> list[int]:
        folder = self.root / "audit"
        return _numbers(path.name for path in folder.iterdir()) if folder.is_dir() else []

    def raw(self, first: int) -> bytes:
        with disk_errors(self.root):
            try:
                return (self.root / "audit" / _name(first)).read_bytes()
            except FileNotFoundError:
                raise RecordMissing() from None


class S3SegmentStore:
    """Pieces as objects `<prefix>/audit/<first>.json`; `lock_days` as for records."""

    def __init__(self, bucket: Bucket, prefix: str, lock_days: int = 0) -> None:
        self.bucket, self.top, self.lock_days = bucket, f"{prefix}/audit/", lock_days

    def put(self, first: int, data: bytes) -> bool:
        upload = Upload.of_bytes(data, self.bucket.part_bytes)
        made = self.bucket.create(self.top + _name(first), upload, lock_until(self.lock_days))
        return made or self.raw(first) == data  # our own put, its answer was lost

    def firsts(self) -> list[int]:
        return _numbers(each.key.removeprefix(self.top) for each in self.bucket.listing(self.top))

    def raw(self, first: int) -> bytes:
        try:
            return b"".join(self.bucket.chunks(self.top + _name(first)))
        except Absent:
            raise RecordMissing() from None


def _name(first: int) -> str:
    return f"{first:012d}.json"


def _numbers(names: Iterable[str]) -> list[int]:
    return sorted(int(match[1]) for name in names if (match := _NAME.fullmatch(name)))
