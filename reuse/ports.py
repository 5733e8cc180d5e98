"""What reuse needs of the rooms below it; the front door hands in the real parts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO, Protocol

from schemas.manifest import Manifest


class Records(Protocol):
    """The archive's manifests."""

    def head(self, record: str) -> Manifest | None:
        """The newest revision, or None."""

    def get(self, record: str, revision: int) -> Manifest:
        """One revision; raises RecordMissing."""


class Blobs(Protocol):
    """The archive's blobs."""

    def open(self, digest: str, verify: bool = False) -> BinaryIO:
        """A stream of the blob; with `verify` it was hashed first. Raises BlobMissing, BlobDamaged."""


class Hit(Protocol):
    """A record that was found."""

    @property
    def record(self) -> str: ...


class Index(Protocol):
    """Finding by the blind token of an ID number."""

    def find_number(self, token: str, unit: str | None) -> Sequence[Hit]:
        """Records about the person or organisation with that token; `unit` None looks into all units."""


class Token(Protocol):
    """The blind index: a keyed hash of (kind, number) that cannot be turned back."""

    def __call__(self, kind: str, number: str) -> str: ...
