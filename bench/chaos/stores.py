"""What a store holds, listed and read without the product: files below a folder, or objects of a bucket."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from minio import Minio


class Store(Protocol):
    """Names with "/" between their parts, and the bytes behind them."""

    def names(self, prefix: str) -> Iterator[str]: ...

    def read(self, name: str) -> bytes: ...


class Folder:
    """A data folder."""

    def __init__(self, top: Path) -> None:
        self.top = top

    def names(self, prefix: str) -> Iterator[str]:
        below = self.top / prefix
        return (path.relative_to(self.top).as_posix() for path in sorted(below.rglob("*")) if not path.is_dir())

    def read(self, name: str) -> bytes:
        return (self.top / name).read_bytes()


class Bucket:
    """A bucket of an S3 store."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        self.bucket = settings["STORE_BUCKET"]
        self.client = Minio(
            urlsplit(settings["STORE_URL"]).netloc,
            settings["STORE_ACCESS_KEY"],
            settings["STORE_SECRET_KEY"],
            secure=False,
            region=settings["STORE_REGION"],
        )

    def names(self, prefix: str) -> Iterator[str]:
        return (str(each.object_name) for each in self.client.list_objects(self.bucket, f"{prefix}/", recursive=True))

    def read(self, name: str) -> bytes:
        answer = self.client.get_object(self.bucket, name)
        try:
            return answer.read()
        finally:
            answer.close()
            answer.release_conn()
