"""Bytes on their way to an object store: hashed once, part by part, then read again as each part is sent."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from schemas.errors import BlobDamaged


@dataclass(frozen=True)
class Upload:
    """`sha256` (hex) and `size` of the whole, the raw SHA-256 of each part, and where to read part n (from 0) again.
    All parts but the last have the same size; empty bytes have one empty part."""

    sha256: str
    size: int
    part_digests: tuple[bytes, ...]
    _read: Callable[[int], bytes]
    in_memory: bool = False

    @classmethod
    def of_bytes(cls, data: bytes, part_bytes: int) -> Upload:
        """Bytes that are in memory already."""
        if len(data) <= part_bytes:  # most are: hashed once, sent as they are
            sha = hashlib.sha256(data)
            return cls(sha.hexdigest(), len(data), (sha.digest(),), lambda _: data, in_memory=True)
        view = memoryview(data)
        return cls._hashed(lambda number: bytes(view[number * part_bytes : (number + 1) * part_bytes]), part_bytes)

    @classmethod
    def of_stream(cls, source: BinaryIO, part_bytes: int) -> Upload:
        """A file that stays open until it is sent; one part of it is in memory at a time. What fits into one part is
        read once."""
        first = source.read(part_bytes)
        if len(first) < part_bytes:
            return cls.of_bytes(first, part_bytes)

        def read(number: int) -> bytes:
            source.seek(number * part_bytes)
            return source.read(part_bytes)

        return cls._hashed(read, part_bytes)

    @classmethod
    def _hashed(cls, read: Callable[[int], bytes], part_bytes: int) -> Upload:
        whole, size, digests = hashlib.sha256(), 0, list[bytes]()
        while True:
            part = read(len(digests))
            if part or not digests:
                whole.update(part)
                digests.append(hashlib.sha256(part).digest())
                size += len(part)
            if len(part) < part_bytes:
                break
        return cls(whole.hexdigest(), size, tuple(digests), read)

    def part(self, number: int) -> bytes:
        """Part `number`, from 0. Raises BlobDamaged when the source changed since it was hashed."""
        data = self._read(number)
        if not self.in_memory and hashlib.sha256(data).digest() != self.part_digests[number]:
            raise BlobDamaged(digest=self.sha256)
        return data
