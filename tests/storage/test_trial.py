"""Stores that break a promise are found out, each by its own fault; honest ones pass."""

from __future__ import annotations

import pytest

from schemas.errors import StorageUnsafe
from storage.bucket import Bucket
from storage.trial import check, examine
from tests.services import Addresses
from tests.support.buckets import SERVERS, address
from tests.support.standin_s3 import Fault, standin


def test_an_honest_store_passes_and_nothing_is_left_in_it() -> None:
    with standin() as server:
        bucket = Bucket(server.address())
        check(bucket)
        assert examine(bucket, locked=False).broken == ()
        assert server.objects == {}


@pytest.mark.parametrize(
    ("fault", "word"),
    [
        ("ignores the condition", "ghi đè lên nhau"),
        ("looks before it reads", "ghi đè lên nhau"),
        ("keeps what it refused", "vẫn giữ lại"),
        ("takes any checksum", "nhận dữ liệu sai mã băm"),
        ("forgets locks", "vẫn xóa"),
    ],
)
def test_a_broken_promise_is_found_and_nothing_is_left(fault: Fault, word: str) -> None:
    with standin(fault) as server:
        verdict = examine(Bucket(server.address()), locked=fault == "forgets locks")
        assert [word in broken for broken in verdict.broken] == [True] * len(verdict.broken)
        assert not verdict.sound
        assert server.objects == {}


@pytest.mark.parametrize("fault", ["ignores the condition", "looks before it reads", "keeps what it refused"])
def test_an_unsafe_store_is_refused_before_anything_starts(fault: Fault) -> None:
    with standin(fault) as server, pytest.raises(StorageUnsafe):
        check(Bucket(server.address()))


def test_a_store_whose_working_areas_cannot_be_cleared_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.trial.SWEEP_SECONDS", 0)
    with standin("removes nothing") as server:
        assert any("không cho xóa" in broken for broken in examine(Bucket(server.address()), locked=False).broken)


@pytest.mark.services
@pytest.mark.parametrize("server", SERVERS)
def test_the_real_servers_keep_their_promises(services: Addresses, server: str) -> None:
    bucket = Bucket(address(services, server, "motlan-test-locked", lock=True))
    check(bucket)
    assert examine(bucket, locked=True).broken == ()
    versions = bucket.client.list_objects(bucket.name, "motlan-trial/", recursive=True, include_version=True)
    assert list(versions) == []


@pytest.mark.services
@pytest.mark.parametrize("server", SERVERS)
def test_a_bucket_without_locks_is_found_where_locks_are_asked(services: Addresses, server: str) -> None:
    bucket = Bucket(address(services, server))
    assert ["không có khóa" in broken for broken in examine(bucket, locked=True).broken] == [True]
