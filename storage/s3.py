"""Blobs and manifests in a bucket of an S3 store, under a prefix each: the big size's twins of the folder adapters."""

from __future__ import annotations

import contextlib
import hashlib
import io
import re
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from schemas.errors import BlobDamaged, BlobMissing, RecordMissing, RemovalRefused, StorageAway
from storage.answers import Absent
from storage.blobs import is_digest, opened
from storage.bucket import Bucket, Stored
from storage.localcopies import LocalCopies
from storage.recent import RecentBlobs
from storage.records import ManifestStore, place_of, revision_of, uri_of
from storage.staging import sha256_of
from storage.upload import Upload

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_KEPT = re.compile(r"sha256/(?P<shard>[0-9a-f]{2})/(?P<digest>(?P=shard)[0-9a-f]{62})")
_REMOVABLE = re.compile(_KEPT.pattern + r"/[0-9a-f]{16}")


class _S3Blobs:
    """What both kinds of blob store do the same."""

    _shape: re.Pattern[str]

    def __init__(self, bucket: Bucket, prefix: str, staging: Path) -> None:
        self.bucket = bucket
        self.prefix = prefix
        self.copies = LocalCopies(staging)

    def put_file(self, path: Path, expected: str | None = None) -> str:
        with opened(path) as source:
            return self._put(Upload.of_stream(source, self.bucket.part_bytes), expected)

    def put_bytes(self, data: bytes, expected: str | None = None) -> str:
        return self._put(Upload.of_bytes(data, self.bucket.part_bytes), expected)

    def _put(self, upload: Upload, expected: str | None) -> str:
        if expected is not None and upload.sha256 != expected:
            raise BlobDamaged(digest=expected)
        self._keep(upload)
        return upload.sha256

    def _keep(self, upload: Upload) -> None:
        raise NotImplementedError

    def mend(self, digest: str, path: Path) -> None:
        with opened(path) as source:
            upload = Upload.of_stream(source, self.bucket.part_bytes)
            if upload.sha256 != digest:
                raise BlobDamaged(digest=digest)
            self._replace(upload)
        self.copies.forget(digest)

    def _replace(self, upload: Upload) -> None:
        raise NotImplementedError

    def _find(self, digest: str) -> Stored | None:
        raise NotImplementedError

    def _known(self, digest: str) -> Stored:
        found = self._find(digest) if is_digest(digest) else None
        if found is None:
            raise BlobMissing(digest=digest if is_digest(digest) else "(malformed)")
        return found

    def _check_same(self, upload: Upload, stored: Stored | None) -> None:
        """The name was taken: it is our own success when our bytes are there."""
        if stored is None:
            raise StorageAway(detail="it calls a name taken and shows no object there (is there a delete marker?)")
        if stored.size != upload.size or (stored.sha256 or self._read_back(stored)) != upload.sha256:
            raise BlobDamaged(digest=upload.sha256)

    def _read_back(self, stored: Stored) -> str:
        sha = hashlib.sha256()
        for piece in self.bucket.chunks(stored.key):
            sha.update(piece)
        return sha.hexdigest()

    def open(self, digest: str, verify: bool = False) -> BinaryIO:
        found = self._known(digest)
        if not verify:
            return cast(BinaryIO, io.BufferedReader(_Stream(self._pieces(digest, found))))
        with self.path(digest) as path:  # the open file outlives its name
            stream = path.open("rb")
        if sha256_of(stream)[0] != digest:  # a copy that was there already is hashed here for the first time
            stream.close()
            self.copies.forget(digest)
            raise BlobDamaged(digest=digest)
        stream.seek(0)
        return stream

    @contextlib.contextmanager
    def path(self, digest: str) -> Iterator[Path]:
        found = self._known(digest)
        with self.copies.of(digest, lambda: (found.size, self._pieces(digest, found))) as path:
            yield path

    def _pieces(self, digest: str, found: Stored) -> Iterator[bytes]:
        try:
            yield from self.bucket.chunks(found.key)
        except Absent:
            raise BlobMissing(digest=digest) from None

    def exists(self, digest: str) -> bool:
        return is_digest(digest) and self._find(digest) is not None

    def size(self, digest: str) -> int:
        return self._known(digest).size

    def stored_at(self, digest: str) -> datetime:
        return self._known(digest).stored_at

    def digests(self) -> Iterator[str]:
        last = ""
        for key in self._keys():
            match = self._shape.fullmatch(key)
            if match and match["digest"] != last:
                last = match["digest"]
                yield last

    def strays(self) -> Iterator[str]:
        return (key for key in self._keys() if not self._shape.fullmatch(key))

    def _keys(self) -> Iterator[str]:
        """Names below the prefix, in order."""
        listed = self.bucket.listing(f"{self.prefix}/sha256/")
        return (each.key.removeprefix(f"{self.prefix}/") for each in listed)

    def _key(self, digest: str) -> str:
        return f"{self.prefix}/sha256/{digest[:2]}/{digest}"


class S3BlobStore(_S3Blobs):
    """Blobs as objects `<prefix>/sha256/ab/<hex>`, created once, never replaced or removed; with `lock_days` the store
    itself refuses to let go of them for so long after their last put."""

    _shape = _KEPT

    def __init__(self, bucket: Bucket, prefix: str, staging: Path, lock_days: int = 0) -> None:
        super().__init__(bucket, prefix, staging)
        self.lock_days = lock_days

    def _keep(self, upload: Upload) -> None:
        key, until = self._key(upload.sha256), lock_until(self.lock_days)
        if self.bucket.create(key, upload, until):
            return
        stored = self.bucket.stat(key)
        self._check_same(upload, stored)
        held = stored.locked_until if stored else None
        if until is not None and (held is None or held < until - timedelta(days=1)):
            self.bucket.lock(key, until)

    def _replace(self, upload: Upload) -> None:
        self.bucket.create(self._key(upload.sha256), upload, lock_until(self.lock_days), over=True)

    def open(self, digest: str, verify: bool = False) -> BinaryIO:
        if verify or not is_digest(digest):
            return super().open(digest, verify)
        pieces = self.bucket.chunks(self._key(digest))  # its name is known: nobody need ask first whether it is there
        try:
            first = next(pieces, b"")
        except Absent:
            raise BlobMissing(digest=digest) from None
        return cast(BinaryIO, io.BufferedReader(_Stream(pieces, first)))

    def _find(self, digest: str) -> Stored | None:
        return self.bucket.stat(self._key(digest))

    def remove(self, digest: str, last_put: datetime | None = None) -> bool:  # noqa: ARG002 (the port's)
        raise RemovalRefused()


class S3RemovableBlobStore(_S3Blobs):
    """Blobs that may go, as objects `<prefix>/sha256/ab/<hex>/<16 hex>`: every put makes an object of its own.

    S3 can't ask for a removal "if nobody put it since". Here a removal takes exactly the objects it saw, and a put that
    comes meanwhile has another name and stays."""

    _shape = _REMOVABLE

    def _keep(self, upload: Upload) -> None:
        key = f"{self._key(upload.sha256)}/{secrets.token_hex(8)}"
        if not self.bucket.create(key, upload):  # nobody else has this name: it is our own put, its answer was lost
            self._check_same(upload, self.bucket.stat(key))

    def _replace(self, upload: Upload) -> None:
        before = self._puts(upload.sha256)
        self._keep(upload)
        for put in before:
            self.bucket.remove(put.key)

    @contextlib.contextmanager
    def path(self, digest: str) -> Iterator[Path]:
        """This machine's copy, if it has one, without a request: every page of a file is a step that asks for it."""

        def remote() -> tuple[int, Iterator[bytes]]:
            found = self._known(digest)
            return found.size, self._pieces(digest, found)

        if not is_digest(digest):
            raise BlobMissing(digest="(malformed)")
        with self.copies.of(digest, remote) as path:
            yield path

    def _find(self, digest: str) -> Stored | None:
        return max(self._puts(digest), key=lambda put: put.stored_at, default=None)

    def _puts(self, digest: str) -> list[Stored]:
        return list(self.bucket.listing(f"{self._key(digest)}/"))

    def remove(self, digest: str, last_put: datetime | None = None) -> bool:
        puts = self._puts(digest) if is_digest(digest) else []
        if not puts or (last_put is not None and max(put.stored_at for put in puts) != last_put):
            return False
        for put in puts:
            self.bucket.remove(put.key)
        self.copies.forget(digest)
        return True


class S3WorkBlobStore(S3RemovableBlobStore):
    """Removable blobs that one step puts and the next one reads, mostly in the same process: the small ones stay in its
    memory, and a file put out of the staging folder stays there as this machine's copy. Each saves two requests."""

    def __init__(self, bucket: Bucket, prefix: str, staging: Path) -> None:
        super().__init__(bucket, prefix, staging)
        self._recent = RecentBlobs()

    def put_file(self, path: Path, expected: str | None = None) -> str:
        digest = super().put_file(path, expected)
        self.copies.adopt(digest, path)
        return digest

    def put_bytes(self, data: bytes, expected: str | None = None) -> str:
        digest = super().put_bytes(data, expected)
        self._recent.keep(digest, data)
        return digest

    def open(self, digest: str, verify: bool = False) -> BinaryIO:
        data = None if verify else self._recent.get(digest)
        return super().open(digest, verify) if data is None else io.BytesIO(data)

    def remove(self, digest: str, last_put: datetime | None = None) -> bool:
        self._recent.forget(digest)
        return super().remove(digest, last_put)


class S3RecordStore(ManifestStore):
    """Manifests as objects `<prefix>/records/<unit>/<id>/v<n>.json`; `lock_days` as for blobs."""

    def __init__(self, bucket: Bucket, prefix: str, lock_days: int = 0) -> None:
        self.bucket = bucket
        self.prefix = prefix
        self.lock_days = lock_days

    def _create(self, record: str, revision: int, data: bytes) -> bool:
        upload = Upload.of_bytes(data, self.bucket.part_bytes)
        return self.bucket.create(self._key(record, revision), upload, lock_until(self.lock_days))

    def _replace(self, record: str, revision: int, data: bytes) -> None:
        upload = Upload.of_bytes(data, self.bucket.part_bytes)
        self.bucket.create(self._key(record, revision), upload, lock_until(self.lock_days), over=True)

    def raw(self, record: str, revision: int) -> bytes:
        try:
            return b"".join(self.bucket.chunks(self._key(record, revision)))
        except Absent:
            raise RecordMissing() from None

    def revisions(self, record: str) -> list[int]:
        folder = self._folder(record)
        names = (each.key.removeprefix(folder) for each in self.bucket.listing(folder))
        return sorted(number for name in names if (number := revision_of(name)) is not None)

    def records(self) -> Iterator[str]:
        for unit in self.bucket.folders(self._top):
            last = None
            for key in self._keys(f"{unit}/"):
                uri = self._revision_of_record(key)
                if uri is not None and uri != last:
                    last = uri
                    yield uri

    def strays(self) -> Iterator[str]:
        return (f"records/{key}" for key in self._keys("") if self._revision_of_record(key) is None)

    @property
    def _top(self) -> str:
        return f"{self.prefix}/records/"

    def _keys(self, below: str) -> Iterator[str]:
        return (each.key.removeprefix(self._top) for each in self.bucket.listing(self._top + below))

    def _revision_of_record(self, key: str) -> str | None:
        """The record of a name `<unit>/<id>/v<n>.json`; None for any other name."""
        unit, _, rest = key.partition("/")
        name, _, file = rest.partition("/")
        return uri_of(unit, name) if revision_of(file) is not None else None

    def _folder(self, record: str) -> str:
        return "{}{}/{}/".format(self._top, *place_of(record))

    def _key(self, record: str, revision: int) -> str:
        return f"{self._folder(record)}v{revision}.json"


class _Stream(io.RawIOBase):
    """Pieces as a readable stream."""

    def __init__(self, pieces: Iterator[bytes], first: bytes = b"") -> None:
        self._pieces = pieces
        self._rest = memoryview(first)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        if not self._rest:
            self._rest = memoryview(next(self._pieces, b""))
        view = memoryview(buffer).cast("B")
        size = min(len(view), len(self._rest))
        view[:size], self._rest = self._rest[:size], self._rest[size:]
        return size

    def close(self) -> None:
        if hasattr(self._pieces, "close"):
            self._pieces.close()  # lets the connection go
        super().close()


def lock_until(days: int) -> datetime | None:
    """Until when something put now is locked; None without a lock."""
    return datetime.now(UTC) + timedelta(days=days) if days else None
