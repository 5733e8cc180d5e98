"""Archives in both sizes: everything in the data folder, or PostgreSQL, RabbitMQ, an S3 store and Elasticsearch."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from elasticsearch import Elasticsearch
from kombu import Connection, Queue, pools
from pydantic import SecretStr

from motlan.wiring import House
from tests.services import Addresses
from tests.support.archive import Template
from tests.support.buckets import address
from tests.support.databases import Postgres, sql
from worker import brokers

PARTS = ("database_url", "broker_url", "store_url", "store_bucket", "store_access_key", "store_secret_key")
PARTS += ("index_url", "index_name")
STORE = "versitygw"

SIZES = ("one machine", pytest.param("big", marks=pytest.mark.services))


class Sized:
    """Makes a fresh, initialised archive of one size; settings may be given. `settings` are those of its parts: none
    on one machine."""

    def __init__(self, template: Template, folder: Path, settings: dict[str, object]) -> None:
        self._template, self._folder, self.settings = template, folder, settings

    def __call__(self, **given: object) -> House:
        house = self._template.copy(self._folder, **self.settings | given)
        if self.settings:
            with house.ledger.transaction() as tx:
                tx.ensure_unit(house.unit_code, house.unit_name)
        return house


@pytest.fixture(params=SIZES)
def sized(request: pytest.FixtureRequest, template: Template, tmp_path: Path) -> Iterator[Sized]:
    """Makes a fresh, initialised archive of either size; settings may be given."""
    if request.param == "one machine":
        yield Sized(template, tmp_path / "archive", {})
        return
    services: Addresses = request.getfixturevalue("services")
    database: Postgres = request.getfixturevalue("postgres")
    settings = _big(services, database)
    yield Sized(template, tmp_path / "archive", settings)
    database.take_back()
    lose_messages(str(settings["broker_url"]))
    with Elasticsearch(str(settings["index_url"])) as client:
        for index in client.indices.get(index=f"{settings['index_name']}*"):
            client.indices.delete(index=index)


def lose_index(house: House) -> None:
    """The index is gone, its aliases too."""
    house.__dict__.pop("index", None)
    for left in house.data.glob("index.sqlite*"):
        left.unlink()
    if house.settings.index_url:
        with Elasticsearch(house.settings.index_url) as client:
            for index in client.indices.get(index=f"{house.settings.index_name}*"):
                client.indices.delete(index=index)


def lose_ledger(house: House) -> None:
    """The ledger is gone: an empty place where one can be made."""
    house.ledger.close()
    house.__dict__.pop("ledger", None)
    for left in house.data.glob("ledger.sqlite*"):
        left.unlink()
    if url := house.settings.database_url.get_secret_value():
        sql(url, "drop schema public cascade")
        sql(url, "create schema public")


def lose_messages(url: str) -> None:
    """The broker's queues are gone, and so are the connections to it, which know which queues they have declared."""
    pools.reset()
    with Connection(url) as connection:
        for name in (*brokers.QUEUES, brokers.DEAD):
            Queue(name)(connection.channel()).delete()


def _big(services: Addresses, database: Postgres) -> dict[str, object]:
    at = address(services, STORE, f"motlan-{uuid4().hex[:12]}")
    return {
        "database_url": database.database(),
        "broker_url": services["rabbitmq"]["url"],
        "store_url": at.url,
        "store_bucket": at.bucket,
        "store_access_key": at.access_key,
        "store_secret_key": at.secret_key,
        "index_url": services["elasticsearch"]["url"],
        "index_name": f"t{uuid4().hex[:12]}",
    }


def environment(house: House, **more: str) -> dict[str, str]:
    """The variables with which another process opens the same archive, in a boot of its own unless one is given."""
    found = {f"MOTLAN_{name.upper()}": _plain(getattr(house.settings, name)) for name in PARTS}
    ours = {name: value for name, value in os.environ.items() if name != "MOTLAN_BOOT"}
    ours["MOTLAN_PORTAL_PORT"] = "0"  # whichever is free: tests run side by side
    return {**ours, **{name: value for name, value in found.items() if value}, **more}


def _plain(value: str | SecretStr) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else value
