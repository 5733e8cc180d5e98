"""Whether the store keeps what is put into it: the whole trial for `motlan doctor`, the short one before a start."""

from __future__ import annotations

import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from motlan.finding import Finding
from motlan.wiring import House
from schemas.errors import BucketMissing

if TYPE_CHECKING:
    from storage.bucket import Bucket

_PART = "kho tệp"


def probe_store(house: House) -> Finding:
    """Create-only under a race, wrong checksums, locks: tried, not asked."""
    return _probe_bucket(house, house.bucket) if house.bucket else _probe_folder(house)


def prepare_store(house: House) -> None:
    """Make the bucket when it is missing and may be made, then try it. Raises StorageUnsafe, BucketMissing."""
    if house.bucket:
        try:
            house.bucket.check()
        except BucketMissing:
            house.bucket.make(with_lock=house.settings.store_lock_days > 0)
        check_store(house)


def check_store(house: House) -> None:
    """The short trial. Raises StorageUnsafe, StorageAway and its kinds; nothing to try in a folder."""
    if house.bucket:
        from storage.trial import check

        check(house.bucket)


def _probe_bucket(house: House, bucket: Bucket) -> Finding:
    from storage.trial import examine

    days = house.settings.store_lock_days
    verdict = examine(bucket, locked=days > 0)
    where = f"S3 {house.settings.store_url}, ngăn {bucket.name}"
    if not verdict.sound:
        return Finding(_PART, "bad", f"{where}: {'; '.join(verdict.broken)}", "Chọn kho khác: giấy tờ có thể bị ghi đè")
    lock = f", khóa {days} ngày" if days else ""
    return Finding(_PART, "good", f"{where}{lock}; đã thử: {', '.join(verdict.tried)}")


def _probe_folder(house: House) -> Finding:
    """Eight writers of one name in a scratch store on the same file system."""
    from storage.blobs import FolderBlobStore

    house.staging.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=house.staging) as folder:
        store = FolderBlobStore(Path(folder) / "probe")
        with ThreadPoolExecutor(8) as pool:
            names = set(pool.map(lambda _: store.put_bytes(b"probe"), range(8)))
        whole = len(names) == 1 and list(store.digests()) == list(names)
    return Finding(
        _PART,
        "good" if whole else "bad",
        "ghi một lần, chịu được tranh chấp" if whole else "ghi đè được",
        "" if whole else "Đổi hệ thống tệp",
    )
