"""Real servers for tests: `./run services up` starts them, `--services` runs the tests that need them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

ADDRESSES = Path(__file__).parents[1] / "build" / "services" / "addresses.json"


class Addresses(dict[str, dict[str, Any]]):
    """Servers by name; asking for one that is not up is an error that names the command."""

    def __missing__(self, name: str) -> dict[str, Any]:
        raise RuntimeError(f"the server {name!r} is not up: run  ./run services up {name}")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--services", action="store_true", help="also run the tests that need real servers")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--services"):
        for item in items:
            if item.get_closest_marker("services"):
                item.add_marker(pytest.mark.skip(reason="needs real servers: ./run test --services"))


@pytest.fixture(scope="session")
def services() -> Addresses:
    """Addresses and credentials of the servers that are up; shapes as in deploy/services."""
    found = json.loads(ADDRESSES.read_text("utf-8")) if ADDRESSES.exists() else {}
    return Addresses(found)
