"""Fixtures that several rooms share."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from motlan.wiring import House
from tests.support import replay
from tests.support.archive import Template

pytest_plugins = [
    "tests.services",
    "tests.support.databases",
    "tests.support.filled",
    "tests.support.sizes",
    "tests.support.outages",
]


gc.disable()  # while so much is imported, nothing is garbage; see motlan.importing


def pytest_collection_finish() -> None:
    gc.enable()


@pytest.fixture(scope="session", autouse=True)
def _readings(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[None]:
    """One folder of readings for a run, whichever process it runs in."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "readings"
    folder.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(replay.FOLDER, str(folder))
        replay.install()
        yield


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    return Template(tmp_path_factory.mktemp("template"))


@pytest.fixture
def archive(template: Template, tmp_path: Path) -> Callable[..., House]:
    """Makes a fresh, initialised archive; settings may be given."""
    return lambda **settings: template.copy(tmp_path / "archive", **settings)


@pytest.fixture
def house(archive: Callable[..., House]) -> House:
    return archive()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins first, so that all processes end at about the same time."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
