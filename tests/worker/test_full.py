"""Disks that are full, in both sizes: nothing is accepted that cannot be kept, nothing is lost, doctor says which disk,
and the work goes on when there is room again."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch
from sqlalchemy import make_url

from deploy.services import native
from deploy.services.catalogue import SERVICES
from deploy.services.place import Place, unprivileged
from ledger import Ledger
from motlan.checking import check_everything
from motlan.probes import probe_all
from motlan.wiring import House, new_boot
from schemas.errors import DiskFull, ServerFull
from specimens.papers import make_paper
from specimens.scans import write_paper
from tests.support.archive import drain, drop
from tests.support.buckets import address
from tests.support.databases import Postgres
from tests.support.disks import Disk, small_disk
from tests.support.sizes import Sized
from tests.support.trees import wait_for
from worker import steps
from worker.reconciler import tidy

SHIFT = 5000  # of the ports of servers on small disks


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("papers")
    paths = [folder / f"{number}.pdf" for number in range(2)]
    for number, path in enumerate(paths):
        write_paper(make_paper("marital_status", number, dpi=120), path)
    return paths


def later(house: House) -> House:
    """The same archive in ten minutes: what waited may be tried again."""
    fresh = House(house.settings)
    fresh.clock = lambda: datetime.now(UTC) + timedelta(minutes=10)
    return fresh


def waited_for(house: House) -> list[str]:
    return [one["code"] for one in house.ledger.status().waiting]


def complaints(house: House) -> dict[str, str]:
    """What doctor calls bad, by part."""
    return {one.part: f"{one.seen} {one.advice}" for one in probe_all(house) if one.state == "bad"}


def whole(house: House, papers: int = 1) -> None:
    records = list(house.records.records())
    assert len(records) == papers and house.index.count() == papers
    assert all(house.records.revisions(record) == [1] for record in records)
    assert [document.state for document in house.ledger.documents()] == ["DONE"] * papers
    assert house.ledger.verify_audit().ok and check_everything(house, lambda *_: None).ok


def test_a_full_working_disk_takes_nothing_in_and_its_steps_wait(
    sized: Sized, tmp_path: Path, papers: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On one machine it is the disk of everything, the ledger too; in the big size that of a worker's scratch files."""
    for patience in ("CLAIM_SECONDS", "COMMIT_SECONDS"):
        monkeypatch.setattr(steps, patience, 1.0)
    with small_disk(tmp_path / "archive", 60) as disk:
        house = sized()
        drop(house, papers[0])
        with disk.full():
            assert "ổ đĩa" in complaints(house)
            with pytest.raises((DiskFull, ServerFull)):
                drop(house, papers[1])
            drain(house)
            assert not [one for one in house.ledger.documents() if one.revision]
            assert waited_for(house) == (["DISK_FULL"] if sized.settings else [])
        house = later(house)
        tidy(house)
        drain(house)
        drop(house, papers[1])
        drain(house)
        whole(house, 2)
        assert "ổ đĩa" not in complaints(house) and not house.ledger.status().quarantined
        house.ledger.close()


@contextmanager
def served(name: str, folder: Path, megabytes: int) -> Iterator[tuple[Disk, dict[str, Any]]]:
    """A server of its own on a small disk, and its address."""
    place = Place(folder / "servers", SHIFT)
    place.prepare()
    try:
        with small_disk(place.of(name), megabytes) as disk:
            native.up([SERVICES[name]], place)
            try:
                yield disk, place.addresses()
            finally:
                native.down([SERVICES[name]], place)
    finally:
        shutil.rmtree(place.data)


@pytest.mark.services
@pytest.mark.parametrize("server", ["versitygw", "minio"])
def test_a_full_store_is_waited_for(
    archive: Callable[..., House], tmp_path: Path, papers: list[Path], server: str
) -> None:
    with served(server, tmp_path, 60) as (disk, servers):
        at = address(servers, server)
        keys = {"store_access_key": at.access_key, "store_secret_key": at.secret_key}
        house = archive(store_url=at.url, store_bucket=at.bucket, **keys)
        drop(house, papers[0])
        with disk.full():
            assert "STORAGE_FULL" in complaints(house)["store"]
            drain(house)
            assert waited_for(house) == ["STORAGE_FULL"]
            assert not house.ledger.audit_entries(action="record.stored")
        house = later(house)
        drain(house)
        whole(house)


@pytest.mark.services
def test_a_full_ledger_says_no_before_it_says_yes(
    archive: Callable[..., House], postgres: Postgres, tmp_path: Path, papers: list[Path]
) -> None:
    place = Place(tmp_path / "space")
    place.prepare()
    name = f"small_{tmp_path.parent.name.replace('-', '_')}"
    with small_disk(place.data / "disk", 24) as disk:
        folder = place.own(disk.path / "space", unprivileged("postgres"))
        postgres.admin(f"CREATE TABLESPACE {name} LOCATION '{folder}'")
        postgres.admin(f"CREATE DATABASE {name} TABLESPACE {name} TEMPLATE template0")
        try:
            url = make_url(postgres.server).set(database=name).render_as_string(hide_password=False)
            Ledger(url).upgrade()
            house = archive(database_url=url)
            with house.ledger.transaction() as tx:
                tx.ensure_unit(house.unit_code, house.unit_name)
            with disk.full(), pytest.raises(ServerFull):
                for number in range(2000):  # the pages that are there have some room
                    with house.ledger.transaction() as tx:
                        tx.audit("lan", "test.act", f"x:{number}", {"room": "x" * 500})
            taken = house.ledger.verify_audit()
            assert taken.ok
            drop(house, papers[0])
            drain(house)
            whole(house)
            house.ledger.close()
        finally:
            postgres.admin(f"DROP DATABASE {name} WITH (FORCE)")
            postgres.admin(f"DROP TABLESPACE {name}")
    shutil.rmtree(place.data)


@pytest.mark.slow
@pytest.mark.services
def test_a_full_broker_stops_no_paper_and_gets_its_messages_later(
    archive: Callable[..., House], tmp_path: Path, papers: list[Path]
) -> None:
    with served("rabbitmq", tmp_path, 2000) as (disk, servers):
        house = archive(broker_url=servers["rabbitmq"]["url"])
        assert "broker" not in complaints(house)
        with disk.full(but=500_000_000):  # its alarm is at 1 GB; it looks every few seconds
            wait_for(lambda: "SERVER_FULL" in complaints(house).get("broker", ""), 90)
            drop(house, papers[0])
            drain(house)
            whole(house)
            assert house.ledger.unsent()
        new_boot(house.settings)
        wait_for(lambda: "broker" not in complaints(house), 90)
        tidy(later(house))
        assert not house.ledger.unsent()


@pytest.mark.parametrize("sized", [pytest.param("big", marks=pytest.mark.services)], indirect=True)
def test_a_full_index_is_waited_for_and_the_paper_is_stored(sized: Sized, papers: list[Path]) -> None:
    house = sized()
    assert house.index.count() == 0
    name = f"{house.settings.index_name}*"
    with Elasticsearch(house.settings.index_url) as client:  # as Elasticsearch does at its flood-stage watermark
        client.indices.put_settings(index=name, settings={"index.blocks.read_only_allow_delete": True})
        drop(house, papers[0])
        drain(house)
        assert waited_for(house) == ["SERVER_FULL"] and "chỉ mục" in complaints(house)
        assert [document.state for document in house.ledger.documents()] == ["STORED"]
        client.indices.put_settings(index=name, settings={"index.blocks.read_only_allow_delete": None})
    house = later(house)
    drain(house)
    whole(house)
