"""What the bucket adapters promise beyond the contract, on the real servers: lost answers, cuts, parts, locks."""

from __future__ import annotations

import dataclasses
import io
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from minio.error import S3Error

from schemas.errors import BadSetting, BlobDamaged, BlobMissing, RemovalRefused, StorageAway
from schemas.manifest import Manifest, digest
from storage import fixity, package
from storage.bucket import Address, Bucket, Patience
from storage.s3 import S3BlobStore, S3RecordStore, S3RemovableBlobStore
from tests.services import Addresses
from tests.support.buckets import SERVERS, address
from tests.support.toxiproxy import Proxy, proxied

pytestmark = pytest.mark.services

SMALLEST_PART = 5 << 20
SMALL, LARGE = os.urandom(300_000), os.urandom(2 * SMALLEST_PART + 17)
ONCE = Patience(attempts=1)


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def at(services: Addresses, server: str) -> Address:
    return address(services, server)


@pytest.fixture
def prefix() -> str:
    return f"test-{uuid4().hex}"


@pytest.fixture
def proxy(services: Addresses, at: Address) -> Iterator[Proxy]:
    with proxied(services, urlsplit(at.url).netloc) as made:
        yield made


@dataclasses.dataclass(frozen=True)
class Healing(Patience):
    """The network heals after the first attempt; the third is for a kept connection that the proxy closes only then."""

    proxy: Proxy | None = None

    def pauses(self) -> Iterator[float]:
        assert self.proxy
        self.proxy.heal()
        yield from (0.0, 0.1)


def through(proxy: Proxy, at: Address, patience: Patience, part_bytes: int = SMALLEST_PART) -> Bucket:
    return Bucket(dataclasses.replace(at, url=f"http://{proxy.address}"), patience, part_bytes)


def healing(proxy: Proxy, at: Address) -> Bucket:
    return through(proxy, at, Healing(proxy=proxy))


def keys(bucket: Bucket, prefix: str) -> list[str]:
    return [each.key for each in bucket.listing(prefix)]


# --- answers that get lost -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("store", [S3BlobStore, S3RemovableBlobStore])
def test_a_put_whose_answer_was_lost_is_a_success(
    at: Address, prefix: str, proxy: Proxy, tmp_path: Path, store: type[S3BlobStore | S3RemovableBlobStore]
) -> None:
    proxy.poison("limit_data", bytes=0)  # the request passes, the answer does not
    assert store(healing(proxy, at), prefix, tmp_path).put_bytes(SMALL) == digest(SMALL)
    assert len(keys(Bucket(at), prefix)) == 1, "the lost answer was of a put that was applied"
    with store(Bucket(at), prefix, tmp_path).open(digest(SMALL), verify=True) as stream:
        assert stream.read() == SMALL


def test_a_lost_answer_is_no_yes(at: Address, prefix: str, proxy: Proxy, tmp_path: Path) -> None:
    proxy.poison("limit_data", bytes=0)
    with pytest.raises(StorageAway):
        S3BlobStore(through(proxy, at, ONCE), prefix, tmp_path).put_bytes(SMALL)
    assert S3BlobStore(Bucket(at), prefix, tmp_path).put_bytes(SMALL) == digest(SMALL)


def test_a_manifest_whose_answer_was_lost_is_committed_once(
    at: Address, prefix: str, proxy: Proxy, make_manifest: Callable[..., Manifest]
) -> None:
    proxy.poison("limit_data", bytes=0)
    first = make_manifest()
    assert S3RecordStore(healing(proxy, at), prefix).put(first) == digest(first.to_bytes())
    assert S3RecordStore(Bucket(at), prefix).history(first.record) == [first]


def test_a_lost_answer_to_the_end_of_an_upload_in_parts(
    at: Address, prefix: str, proxy: Proxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = healing(proxy, at)
    complete = bucket.complete

    def completing(*args: object) -> None:
        proxy.poison("limit_data", bytes=0)
        complete(*args)  # type: ignore[arg-type]  # handed on as it came

    monkeypatch.setattr(bucket, "complete", completing)
    store = S3BlobStore(bucket, prefix, tmp_path)
    assert store.put_bytes(LARGE) == digest(LARGE)
    assert store.size(digest(LARGE)) == len(LARGE)


def test_other_bytes_under_a_blobs_name_are_never_taken_for_it(at: Address, prefix: str, tmp_path: Path) -> None:
    bucket = Bucket(at)
    for forged in (b"other bytes", bytes(len(SMALL))):
        sha = digest(SMALL)
        bucket.client.put_object(at.bucket, f"{prefix}/sha256/{sha[:2]}/{sha}", io.BytesIO(forged), len(forged))
        with pytest.raises(BlobDamaged):
            S3BlobStore(bucket, prefix, tmp_path).put_bytes(SMALL)


def test_a_blob_that_another_tool_brought_back_is_read_to_be_believed(at: Address, prefix: str, tmp_path: Path) -> None:
    bucket, sha = Bucket(at), digest(SMALL)
    bucket.client.put_object(at.bucket, f"{prefix}/sha256/{sha[:2]}/{sha}", io.BytesIO(SMALL), len(SMALL))
    assert S3BlobStore(bucket, prefix, tmp_path).put_bytes(SMALL) == sha


# --- cuts ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [SMALL, LARGE], ids=["at once", "in parts"])
@pytest.mark.parametrize("store", [S3BlobStore, S3RemovableBlobStore])
def test_an_upload_cut_in_the_middle_is_never_visible(
    at: Address, prefix: str, proxy: Proxy, tmp_path: Path, store: type[S3BlobStore | S3RemovableBlobStore], data: bytes
) -> None:
    proxy.poison("limit_data", "upstream", bytes=len(data) // 2)
    with pytest.raises(StorageAway):
        store(through(proxy, at, ONCE), prefix, tmp_path).put_bytes(data)
    direct = store(Bucket(at, part_bytes=SMALLEST_PART), prefix, tmp_path)
    assert not direct.exists(digest(data))
    assert list(direct.digests()) == list(direct.strays()) == []
    assert direct.put_bytes(data) == digest(data)


def test_reading_goes_on_where_the_connection_broke(at: Address, prefix: str, proxy: Proxy, tmp_path: Path) -> None:
    S3BlobStore(Bucket(at, part_bytes=SMALLEST_PART), prefix, tmp_path).put_bytes(LARGE)
    proxy.poison("limit_data", bytes=3_000_000)  # each connection gives so much and breaks
    store = S3BlobStore(through(proxy, at, Patience(attempts=3)), prefix, tmp_path)
    with store.open(digest(LARGE)) as stream:
        assert stream.read() == LARGE


def test_a_store_that_is_away_says_so(at: Address, prefix: str, proxy: Proxy, tmp_path: Path) -> None:
    store = S3BlobStore(through(proxy, at, Patience(attempts=2)), prefix, tmp_path)
    store.put_bytes(SMALL)
    proxy.cut()
    for ask in (store.exists, store.size, store.open, lambda _: list(store.digests()), lambda _: store.put_bytes(b"x")):
        with pytest.raises(StorageAway):
            ask(digest(SMALL))
    proxy.mend()
    assert store.exists(digest(SMALL))


def test_the_next_page_of_a_file_asks_the_store_nothing(at: Address, prefix: str, proxy: Proxy, tmp_path: Path) -> None:
    store = S3RemovableBlobStore(through(proxy, at, ONCE), prefix, tmp_path)
    name = store.put_bytes(SMALL)
    with store.path(name):
        proxy.cut()
    with store.path(name) as path:
        assert path.read_bytes() == SMALL
    proxy.mend()
    store.remove(name)
    with pytest.raises(BlobMissing), store.path(name):
        pass


def test_a_store_that_does_not_answer_is_not_waited_for_without_a_limit(
    at: Address, prefix: str, proxy: Proxy, tmp_path: Path
) -> None:
    proxy.poison("timeout", timeout=0)  # takes everything, answers nothing, never closes
    store = S3BlobStore(through(proxy, at, Patience(answer=0.2, attempts=1)), prefix, tmp_path)
    with pytest.raises(StorageAway) as caught:
        store.put_bytes(SMALL)
    assert "in time" in caught.value.hint_text


# --- parts -----------------------------------------------------------------------------------------------------------


def test_a_large_file_goes_in_parts_and_is_whole(at: Address, prefix: str, tmp_path: Path) -> None:
    source = tmp_path / "large.pdf"
    source.write_bytes(LARGE)
    bucket = Bucket(at, part_bytes=SMALLEST_PART)
    store = S3BlobStore(bucket, prefix, tmp_path / "staging")
    assert store.put_file(source) == store.put_file(source) == digest(LARGE)
    (key,) = keys(bucket, prefix)
    found = bucket.client.stat_object(at.bucket, key)
    assert found.etag and found.etag.endswith("-3"), "three parts"
    with store.open(digest(LARGE), verify=True) as stream:
        assert stream.read() == LARGE


def test_racing_uploads_in_parts_make_one_object(at: Address, prefix: str, tmp_path: Path) -> None:
    store = S3BlobStore(Bucket(at, part_bytes=SMALLEST_PART), prefix, tmp_path)
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(store.put_bytes, [LARGE] * 4)) == {digest(LARGE)}
    assert list(store.digests()) == [digest(LARGE)]


def test_a_source_that_changes_while_it_is_sent_is_not_stored(
    at: Address, prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "scan.pdf"
    source.write_bytes(LARGE)
    bucket = Bucket(at, part_bytes=SMALLEST_PART)
    stat = bucket.stat

    def scribbled(key: str) -> object:
        source.write_bytes(bytes(len(LARGE)))
        return stat(key)

    monkeypatch.setattr(bucket, "stat", scribbled)
    with pytest.raises(BlobDamaged):
        S3BlobStore(bucket, prefix, tmp_path / "staging").put_file(source)
    assert keys(bucket, prefix) == []


def test_what_cut_off_writers_left_is_dropped(
    services: Addresses, prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MinIO lists uploads of a whole name only, and drops old ones itself after a day."""
    bucket = Bucket(address(services, "versitygw"), part_bytes=SMALLEST_PART)
    sha = digest(LARGE)
    bucket.client._create_multipart_upload(bucket.name, f"{prefix}/sha256/{sha[:2]}/{sha}", {})
    store = S3BlobStore(bucket, prefix, tmp_path)
    monkeypatch.setattr("storage.bucket.ABANDONED", timedelta(days=-1))
    store.put_bytes(LARGE)
    assert bucket.client._list_multipart_uploads(bucket.name, prefix=prefix).uploads == []


# --- locks -----------------------------------------------------------------------------------------------------------


def test_a_lock_refuses_the_removal_and_only_grows(
    services: Addresses, server: str, prefix: str, tmp_path: Path
) -> None:
    bucket = Bucket(address(services, server, "motlan-test-locked", lock=True), part_bytes=SMALLEST_PART)
    for data in (SMALL, LARGE):
        S3BlobStore(bucket, prefix, tmp_path, lock_days=1).put_bytes(data)
    for key in keys(bucket, prefix):
        stored = bucket.stat(key)
        assert stored and stored.version and stored.locked_until
        assert stored.locked_until > datetime.now(UTC) + timedelta(hours=23)
        with pytest.raises(S3Error):
            bucket.client.remove_object(bucket.name, key, stored.version)
        assert bucket.stat(key) == stored
    S3BlobStore(bucket, prefix, tmp_path, lock_days=3).put_bytes(SMALL)
    S3BlobStore(bucket, prefix, tmp_path, lock_days=1).put_bytes(SMALL)
    again = bucket.stat(f"{prefix}/sha256/{digest(SMALL)[:2]}/{digest(SMALL)}")
    assert again and again.locked_until and again.locked_until > datetime.now(UTC) + timedelta(days=2)


def test_a_manifest_is_locked_too(
    services: Addresses, server: str, prefix: str, make_manifest: Callable[..., Manifest]
) -> None:
    bucket = Bucket(address(services, server, "motlan-test-locked", lock=True))
    S3RecordStore(bucket, prefix, lock_days=1).put(make_manifest())
    (stored,) = [bucket.stat(key) for key in keys(bucket, prefix)]
    assert stored and stored.locked_until


def test_a_lock_asked_of_a_bucket_without_locks(at: Address, prefix: str, tmp_path: Path) -> None:
    with pytest.raises(BadSetting):
        S3BlobStore(Bucket(at), prefix, tmp_path, lock_days=1).put_bytes(SMALL)


def test_a_removal_in_a_bucket_with_versions_takes_the_bytes(
    services: Addresses, server: str, prefix: str, tmp_path: Path
) -> None:
    bucket = Bucket(address(services, server, "motlan-test-locked", lock=True))
    store = S3RemovableBlobStore(bucket, prefix, tmp_path)
    for _ in range(2):
        store.put_bytes(SMALL)
    assert store.remove(digest(SMALL))
    assert list(bucket.client.list_objects(bucket.name, prefix, recursive=True, include_version=True)) == []


# --- names -----------------------------------------------------------------------------------------------------------


def test_no_name_is_also_a_folder_of_others(
    at: Address, prefix: str, tmp_path: Path, make_manifest: Callable[..., Manifest]
) -> None:
    bucket = Bucket(at)
    S3RemovableBlobStore(bucket, f"{prefix}/work", tmp_path).put_bytes(SMALL)
    S3BlobStore(bucket, f"{prefix}/archive", tmp_path).put_bytes(SMALL)
    records = S3RecordStore(bucket, f"{prefix}/archive")
    records.put(make_manifest(revision=2, previous=records.put(make_manifest())))
    names = keys(bucket, prefix)
    assert len(names) == 4
    assert not [one for one in names for other in names if other.startswith(one + "/")]


def test_foreign_names_are_strays_and_nothing_else(
    at: Address, prefix: str, tmp_path: Path, make_manifest: Callable[..., Manifest]
) -> None:
    bucket = Bucket(at)
    blobs, records = S3BlobStore(bucket, prefix, tmp_path), S3RecordStore(bucket, prefix)
    blobs.put_bytes(SMALL)
    records.put(make_manifest())
    folder = keys(bucket, f"{prefix}/records/")[0].rpartition("/")[0]
    strange = ["sha256/README", f"sha256/ab/{'0' * 64}", "records/notes.txt", "records/x01/y/v1.json"]
    strange += [f"{folder.removeprefix(prefix + '/')}/{name}" for name in ("v01.json", "v1.json~")]
    for name in strange:
        bucket.client.put_object(at.bucket, f"{prefix}/{name}", io.BytesIO(b"x"), 1)
    assert list(blobs.digests()) == [digest(SMALL)]
    assert records.revisions(make_manifest().record) == [1]
    assert list(records.records()) == [make_manifest().record]
    assert sorted([*blobs.strays(), *records.strays()]) == sorted(strange)


@pytest.mark.slow
def test_more_names_than_one_answer_holds(at: Address, prefix: str, tmp_path: Path) -> None:
    store = S3RemovableBlobStore(Bucket(at), prefix, tmp_path)
    with ThreadPoolExecutor(8) as pool:
        names = list(pool.map(lambda n: store.put_bytes(str(n).encode()), range(1_050)))
    assert list(store.digests()) == sorted(names)


# --- what works over either kind of store ----------------------------------------------------------------------------


def test_fixity_and_packages_work_over_a_bucket(
    at: Address, prefix: str, tmp_path: Path, make_manifest: Callable[..., Manifest]
) -> None:
    bucket = Bucket(at)
    blobs, records = S3BlobStore(bucket, prefix, tmp_path / "staging"), S3RecordStore(bucket, prefix)
    sealed = b"sealed"
    for data in (SMALL, sealed):
        blobs.put_bytes(data)
    first = make_manifest({"original": SMALL, "archival": sealed})
    records.put(first)
    assert fixity.check(blobs, records).ok
    package.export_package(blobs, records, first.record, tmp_path / "bag")
    assert package.export(blobs, first, "original", tmp_path / "out.pdf").size == len(SMALL)

    bucket.client.put_object(at.bucket, _key(prefix, SMALL), io.BytesIO(b"damaged"), 7)
    bucket.client.remove_object(at.bucket, _key(prefix, sealed))
    report = fixity.check(blobs, records)
    assert report.changed == [digest(SMALL)]
    assert [each.digest for each in report.missing] == [digest(sealed)]
    with pytest.raises(BlobDamaged):
        package.export(blobs, first, "original", tmp_path / "again.pdf")
    with pytest.raises(BlobDamaged):
        blobs.open(digest(SMALL), verify=True)
    with pytest.raises((BlobDamaged, BlobMissing)):
        package.export_package(blobs, records, first.record, tmp_path / "second")
    assert not (tmp_path / "again.pdf").exists()


def test_fixity_of_a_store_that_goes_away_is_no_finding(at: Address, prefix: str, proxy: Proxy, tmp_path: Path) -> None:
    S3BlobStore(Bucket(at), prefix, tmp_path).put_bytes(LARGE)
    bucket = through(proxy, at, ONCE)
    names = iter(S3BlobStore(bucket, prefix, tmp_path).digests())
    assert next(names) == digest(LARGE)
    proxy.poison("limit_data", bytes=100_000)
    with pytest.raises(StorageAway):
        fixity.check(S3BlobStore(bucket, prefix, tmp_path), S3RecordStore(bucket, prefix))


def test_the_archive_lets_nothing_go(at: Address, prefix: str, tmp_path: Path) -> None:
    store = S3BlobStore(Bucket(at), prefix, tmp_path)
    name = store.put_bytes(SMALL)
    with pytest.raises(RemovalRefused):
        store.remove(name)
    assert store.exists(name)


def test_a_name_hidden_by_a_delete_marker_is_no_success(services: Addresses, prefix: str, tmp_path: Path) -> None:
    """versitygw answers 412 to a create-only put over a delete marker; MinIO makes the object anew."""
    bucket = Bucket(address(services, "versitygw", "motlan-test-locked", lock=True))
    store = S3BlobStore(bucket, prefix, tmp_path)
    bucket.client.remove_object(bucket.name, _key(prefix, SMALL) if store.put_bytes(SMALL) else "")
    with pytest.raises(StorageAway):
        store.put_bytes(SMALL)


def _key(prefix: str, data: bytes) -> str:
    return f"{prefix}/sha256/{digest(data)[:2]}/{digest(data)}"
