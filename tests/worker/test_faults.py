"""Between ledger and broker, in both sizes: what was accepted is worked on, whatever became of its messages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from motlan.wiring import House, new_boot
from tests.services import Addresses
from tests.support.archive import drop
from tests.support.brokers import rabbitmq
from tests.support.drain import killed
from tests.support.sizes import lose_messages
from tests.support.toxiproxy import proxied
from tests.support.trees import wait_for
from worker.reconciler import tidy


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    """A file that the door takes; nobody reads it here."""
    import pikepdf

    path = tmp_path / "giấy.pdf"
    document = pikepdf.new()
    document.add_blank_page(page_size=(595, 842))
    document.save(path)
    return path


def later(house: House, seconds: float) -> House:
    """The same archive, that much later."""
    fresh = House(house.settings)
    fresh.clock = lambda: datetime.now(UTC) + timedelta(seconds=seconds)
    return fresh


def test_a_kill_between_the_commit_and_the_message_sends_it_later(sized: Callable[..., House], scan: Path) -> None:
    house = sized()
    killed(house, "intake:committed", scan)
    assert (len(house.ledger.unsent()), house.waiting("batch")) == (1, 0)
    new_boot(house.settings)
    assert tidy(later(house, 30)).sent == 1
    wait_for(lambda: house.waiting("batch") == 1)
    assert not house.ledger.unsent()


def test_a_broker_that_lost_everything_gets_its_messages_again(sized: Callable[..., House], scan: Path) -> None:
    house = sized()
    drop(house, scan)
    wait_for(lambda: house.waiting("batch") == 1)
    _lose(house)
    new_boot(house.settings)
    assert tidy(later(house, 20)).sent == 0, "too early to call it lost"
    assert tidy(later(house, 31)).hinted_again == 1
    wait_for(lambda: house.waiting("batch") == 1)
    assert tidy(later(house, 90)).hinted_again == 0, "the broker holds one: nothing is lost"


def test_papers_are_taken_in_while_the_broker_is_away(
    request: pytest.FixtureRequest, sized: Callable[..., House], scan: Path
) -> None:
    with _away(request, sized) as (house, come_back):
        (receipt,) = drop(house, scan)
        assert receipt.file_id is not None and receipt.reason is None
        assert house.waiting("batch") is None
        new_boot(house.settings)
        tidy(later(house, 30))
        assert len(house.ledger.unsent()) == 1, "it stays in the outbox"
        come_back()
        assert tidy(later(house, 60)).sent == 1
        wait_for(lambda: house.waiting("batch") == 1)
        assert not house.ledger.unsent()


def _lose(house: House) -> None:
    """The broker's data are gone."""
    if house.settings.broker_url.get_secret_value():
        lose_messages(house.settings.broker_url.get_secret_value())
        house.__dict__.pop("celery")  # it had connections
    for left in house.data.glob("broker.sqlite*"):
        left.unlink()


@contextmanager
def _away(request: pytest.FixtureRequest, sized: Callable[..., House]) -> Iterator[tuple[House, Callable[[], object]]]:
    """An archive whose broker cannot be reached, and what brings it back."""
    if request.node.callspec.params["sized"] != "big":
        house = sized()
        house.settings.broker_path.mkdir()  # where its file should be
        yield house, house.settings.broker_path.rmdir
        return
    services: Addresses = request.getfixturevalue("services")
    parts = urlsplit(rabbitmq(services).url)
    with proxied(services, f"{parts.hostname}:{parts.port}") as proxy:
        login = parts.netloc.rpartition("@")[0]
        url = parts._replace(netloc=f"{login}@{proxy.address}").geturl()
        house = sized(broker_url=url)
        proxy.cut()
        yield house, proxy.mend
