"""A server seen through toxiproxy, where connections can be slowed, cut, and answers lost."""

from __future__ import annotations

import contextlib
import json
import urllib.request
from collections.abc import Iterator
from typing import Any
from uuid import uuid4


class Proxy:
    """One proxied server; `address` is host:port to speak to instead of it."""

    def __init__(self, control: str, upstream: str) -> None:
        self._control = control
        self.name = f"test-{uuid4().hex}"
        made = self._ask("POST", "/proxies", {"name": self.name, "listen": "127.0.0.1:0", "upstream": upstream})
        self.address = str(made["listen"])

    def poison(self, kind: str, stream: str = "downstream", **attributes: int) -> None:
        """Add a toxic to every connection, open ones too: https://github.com/Shopify/toxiproxy#toxics"""
        toxic = {"name": kind, "type": kind, "stream": stream, "attributes": attributes}
        self._ask("POST", f"/proxies/{self.name}/toxics", toxic)

    def heal(self) -> None:
        """Take every toxic away."""
        for toxic in self._ask("GET", f"/proxies/{self.name}/toxics"):
            self._ask("DELETE", f"/proxies/{self.name}/toxics/{toxic['name']}")

    def cut(self) -> None:
        """Refuse connections and close the open ones, until `mend`."""
        self._ask("POST", f"/proxies/{self.name}", {"enabled": False})

    def mend(self) -> None:
        self._ask("POST", f"/proxies/{self.name}", {"enabled": True})

    def close(self) -> None:
        self._ask("DELETE", f"/proxies/{self.name}")

    def _ask(self, method: str, path: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._control + path, data, {"User-Agent": "motlan-tests"}, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            text = answer.read()
        return json.loads(text) if text else None


@contextlib.contextmanager
def proxied(services: dict[str, dict[str, Any]], upstream: str) -> Iterator[Proxy]:
    """`upstream` (host:port) through a proxy of its own."""
    proxy = Proxy(services["toxiproxy"]["url"], upstream)
    try:
        yield proxy
    finally:
        proxy.close()
