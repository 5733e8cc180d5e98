"""Buckets on the real S3 servers, for the tests of every room."""

from __future__ import annotations

from functools import cache
from typing import Any

from storage.bucket import Address, Bucket, Patience

SERVERS = ("minio", "versitygw")


def address(services: dict[str, Any], server: str, bucket: str = "motlan-test", lock: bool = False) -> Address:
    """Where that server is; the bucket is made when it is missing."""
    entry = services[server]
    at = Address(entry["url"], bucket, entry["access_key"], entry["secret_key"], entry.get("region", "us-east-1"))
    _make(at, lock)
    return at


@cache
def _make(at: Address, lock: bool) -> None:
    bucket = Bucket(at, Patience(attempts=2))
    if not bucket.client.bucket_exists(at.bucket):
        bucket.make(with_lock=lock)
