"""A store that does not keep what is put into it is refused: by init, before a start, and by doctor with its reason."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from motlan.commands.init import prepare
from motlan.probing_store import check_store, probe_store
from motlan.settings import CONFIG_NAME, load
from motlan.wiring import House
from schemas.errors import StorageUnsafe
from tests.services import Addresses
from tests.support.buckets import SERVERS, address
from tests.support.standin_s3 import Fault, StandIn, standin


def settings_of(server: StandIn) -> dict[str, object]:
    at = server.address()
    return {"store_url": at.url, "store_bucket": at.bucket, "store_access_key": "a", "store_secret_key": "b"}


@pytest.mark.parametrize("fault", ["ignores the condition", "looks before it reads", "keeps what it refused"])
def test_an_unsafe_store_is_refused(archive: Callable[..., House], tmp_path: Path, fault: Fault) -> None:
    with standin(fault) as server:
        house = archive(**settings_of(server))
        finding = probe_store(house)
        assert finding.state == "bad" and finding.advice
        with pytest.raises(StorageUnsafe):
            check_store(house)
        fresh = load(tmp_path / "fresh", **settings_of(server))
        with pytest.raises(StorageUnsafe):
            prepare(fresh)
        assert not (fresh.data / CONFIG_NAME).exists() and not fresh.keys_folder.exists()


def test_claimed_locks_that_are_not_kept_are_refused(archive: Callable[..., House]) -> None:
    with standin("forgets locks") as server:
        assert probe_store(archive(**settings_of(server))).state == "good"
        assert probe_store(archive(**settings_of(server), store_lock_days=30)).state == "bad"


def test_a_folder_is_tried_too(house: House) -> None:
    check_store(house)
    assert probe_store(house).state == "good"


@pytest.mark.services
@pytest.mark.parametrize("server", SERVERS)
def test_init_makes_a_missing_bucket_and_everything_goes_there(
    services: Addresses, server: str, tmp_path: Path
) -> None:
    at = address(services, server)
    bucket = f"made-by-init-{tmp_path.name.lower().replace('_', '-')[-30:]}".rstrip("-")
    given = {"store_url": at.url, "store_bucket": bucket, "store_access_key": at.access_key}
    settings = load(tmp_path / "data", **given, store_secret_key=at.secret_key, store_lock_days=1)
    house = prepare(settings)
    assert house.bucket is not None
    try:
        assert probe_store(house).state == "good"
        for name in ("received", "work", "quarantine"):
            getattr(house, name).put_bytes(b"a paper")
        assert {each.key.partition("/")[0] for each in house.bucket.listing("")} == {"received", "work", "quarantine"}
        assert not [path for name in ("received", "work", "archive") for path in (house.data / name).rglob("*")]
    finally:
        for each in house.bucket.listing(""):
            house.bucket.remove(each.key)
        house.bucket.client.remove_bucket(bucket)
