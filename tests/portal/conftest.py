"""Fixtures of the portal's tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from playwright.sync_api import sync_playwright

from motlan.wiring import House
from portal import accounts
from tests.support.portal import Client, Filled, Site, add_people, chromium, serving


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """In each file the tests with a browser come last; see `browser`."""
    here = Path(__file__).parent
    places: dict[Path, list[int]] = {}
    for at, item in enumerate(items):
        if here in item.path.parents:
            places.setdefault(item.path, []).append(at)
    for positions in places.values():
        those = sorted((items[at] for at in positions), key=lambda item: "browser" in getattr(item, "fixturenames", ()))
        for at, item in zip(positions, those, strict=True):
            items[at] = item


@pytest.fixture(scope="session", autouse=True)
def _cheap_passwords() -> Iterator[None]:
    """Hashing is meant to be slow, and these tests log in a thousand times; test_login sees to the real one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(accounts, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        patch.setattr(accounts, "NOBODY", accounts.HASHER.hash("nobody has this password"))
        yield


@pytest.fixture
def town(filled: Filled, tmp_path: Path) -> House:
    """A copy of the filled archive with an account for every role; the citizen is the first person of the papers."""
    house = filled.copy(tmp_path / "town")
    add_people(house, filled.numbers[0])
    return house


@pytest.fixture
def empty_town(house: House) -> House:
    """An archive without papers, with an account for every role of staff."""
    add_people(house)
    return house


@pytest.fixture
def client(town: House) -> Callable[[str | None], Client]:
    """Makes a client of the filled archive, logged in where a login is given."""

    def make(login: str | None = None) -> Client:
        made = Client(town)
        return made.login(login) if login else made

    return make


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, for one file's tests: while Playwright is there, an event loop runs in this thread, and whatever begins
    one of its own (pyHanko does) could not."""
    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
        browser = playwright.chromium.launch(executable_path=chromium(), args=options)
        yield browser
        browser.close()


@pytest.fixture
def site(town: House, browser: Any) -> Iterator[Site]:
    """The filled archive's portal on a real socket, and a browser."""
    with serving(town) as address:
        site = Site(town, address, browser)
        yield site
        for context in site.contexts:
            context.close()
