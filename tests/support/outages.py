"""Parts of an archive that are taken away and given back, in both sizes: a folder that is gone, a file that is locked,
or a server whose connections are cut."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Literal
from urllib.parse import urlsplit

import pytest

from motlan.wiring import House
from tests.services import Addresses
from tests.support.sizes import Sized
from tests.support.toxiproxy import Proxy, proxied

Part = Literal["ledger", "broker", "store", "index"]
_URLS: dict[Part, str] = {"ledger": "database_url", "broker": "broker_url", "store": "store_url", "index": "index_url"}


class Breakable:
    """An archive whose parts can be away."""

    def __init__(self, house: House, proxies: dict[Part, Proxy]) -> None:
        self.house, self._proxies = house, proxies

    @property
    def big(self) -> bool:
        return bool(self._proxies)

    @contextmanager
    def away(self, part: Part) -> Iterator[None]:
        """As long as this lasts, the part cannot be reached, also by whoever has reached it before."""
        if self.big:
            self._proxies[part].cut()
            yield
            self._proxies[part].mend()
            return
        data = self.house.data
        if part == "ledger":
            with self._locked():
                yield
            return
        names = {"broker": ["broker.sqlite"], "store": ["archive", "received"], "index": ["index.sqlite.1*"]}[part]
        found = [path for name in names for path in data.glob(name)]
        assert found, f"there is no {part} to take away"
        for path in found:
            path.rename(path.with_name(f"away-{path.name}"))
        if part == "broker":
            (data / "broker.sqlite").mkdir()  # nobody can make it anew
        yield
        if part == "broker":
            (data / "broker.sqlite").rmdir()
        for path in found:
            path.with_name(f"away-{path.name}").rename(path)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Somebody else holds the ledger's write lock."""
        other = sqlite3.connect(self.house.data / "ledger.sqlite", isolation_level=None, timeout=60)
        other.execute("BEGIN IMMEDIATE")
        yield
        other.rollback()
        other.close()


@pytest.fixture
def breakable(request: pytest.FixtureRequest, sized: Sized) -> Iterator[Breakable]:
    """An archive of either size; the big one's servers are behind proxies."""
    with ExitStack() as stack:
        proxies: dict[Part, Proxy] = {}
        urls: dict[str, object] = {}
        for part, name in _URLS.items() if sized.settings else ():
            services: Addresses = request.getfixturevalue("services")
            parts = urlsplit(str(sized.settings[name]))
            proxies[part] = stack.enter_context(proxied(services, f"{parts.hostname}:{parts.port}"))
            login, at, _ = parts.netloc.rpartition("@")
            urls[name] = parts._replace(netloc=f"{login}{at}{proxies[part].address}").geturl()
        made = Breakable(sized(**urls), proxies)
        yield made
        made.house.ledger.close()
