"""The portal under test: an archive with specimen papers, an account for every role, the app in this process, and the
real server with a real browser."""

from __future__ import annotations

import os
import re
import shutil
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi.testclient import TestClient

from motlan.settings import load
from motlan.wiring import House
from portal import accounts
from portal.app import make_app
from portal.rights import Role
from specimens.batch import write_batch
from specimens.truth import SpecimenPaper
from tests.support.archive import Template, drain
from worker.intake import open_batch, receive

BASE = "http://127.0.0.1:8080"
PASSWORD = "mat-khau-mau-1"
OTHER_UNIT = "H98"
AXE = Path(__file__).parents[1] / "portal" / "axe" / "axe.min.js"
CSRF = re.compile(r'name="csrf" (?:value|content)="([^"]*)"')


@dataclass
class Filled:
    """An archive whose specimen papers have gone the whole way, once a run; copied for each test that changes it."""

    folder: Path
    papers: list[SpecimenPaper]

    def copy(self, folder: Path, **settings: Any) -> House:
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        house = House(load(folder / "data", **({"reserve_bytes": 10_000_000} | settings)))
        if not house.ledger.is_ready():  # a kept folder may be older than this program
            house.ledger.upgrade()
        return house

    @property
    def numbers(self) -> list[str]:
        """The ID numbers of the people the papers are about, each once."""
        return list(dict.fromkeys(p.fields["personal_id"] for p in self.papers if p.fields.get("personal_id")))


def fill(template: Template, folder: Path, dossiers: int = 1, seed: int = 2026) -> None:
    """Draw, drop, read, seal and index a small batch of specimens in this process (about ten CPU seconds)."""
    house = template.copy(folder)
    truth = folder / "truth.json"
    write_batch(folder / "batch", truth, seed=seed, dossiers=dossiers)
    paths = sorted(path for path in (folder / "batch").rglob("*") if path.is_file())
    batch = open_batch(house, "lô quét MẪU", "can-bo-mau", len(paths))
    list(receive(house, batch, paths, "can-bo-mau", below=folder / "batch"))
    drain(house)


def add_people(house: House, citizen: str | None = None) -> dict[str, int]:
    """An account for every role of staff in the house's unit (login: the role) and in another unit (login: role-2), and
    a citizen with that number; all have the same password. Returns ids by login; the citizen's key is `citizen`."""
    with house.ledger.transaction() as tx:
        tx.ensure_unit(OTHER_UNIT, "ỦY BAN NHÂN DÂN XÃ KHÁC")
    made = {}
    hashed = password_hash()
    for role in (Role.CLERK, Role.OFFICER, Role.ARCHIVIST, Role.ADMIN):
        for login, unit in ((role.value, house.unit_code), (f"{role.value}-2", OTHER_UNIT)):
            made[login] = accounts.add_account(house, login, f"Mẫu {login}", unit, [role], by="test")
    if citizen:
        made["citizen"] = accounts.add_account(house, citizen, "Người dân MẪU", None, [Role.CITIZEN], by="test")
    with house.ledger.transaction() as tx:
        for number in made.values():
            tx.set_account(number, password=hashed)
    return made


@cache
def password_hash() -> str:
    """Of PASSWORD; made once, as it is meant to be slow."""
    return accounts.hash_password(PASSWORD)


class Client(TestClient):
    """A browser without eyes: keeps cookies, does not follow, sends the page's CSRF token along."""

    def __init__(self, house: House) -> None:
        super().__init__(make_app(house), base_url=BASE, follow_redirects=False, raise_server_exceptions=True)
        self.csrf = ""

    def login(self, login: str, password: str = PASSWORD) -> Client:
        answer = self.post("/dang-nhap", data={"login": login, "password": password})
        assert answer.status_code == 303, answer.text
        found = CSRF.search(self.get("/toi").text)
        assert found
        self.csrf = found[1]
        return self

    def submit(self, path: str, data: dict[str, Any] | None = None, **more: Any) -> httpx.Response:
        """Post a form with the CSRF token."""
        return self.post(path, data={"csrf": self.csrf} | (data or {}), **more)


@contextmanager
def serving(house: House, port: int = 0) -> Iterator[str]:
    """The portal on a real socket of this machine, in a thread; yields its address."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        house.settings.portal_url = address
        house.__dict__.pop("portal", None)
        server = uvicorn.Server(
            uvicorn.Config(make_app(house), log_config=None, access_log=False, timeout_graceful_shutdown=1)
        )
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        try:
            while not server.started:
                thread.join(0.02)
                assert thread.is_alive(), "the server did not start"
            yield address
        finally:
            server.should_exit = True
            thread.join(20)


def chromium() -> str:
    """Debian's Chromium; MOTLAN_CHROMIUM names another."""
    found = os.environ.get("MOTLAN_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    assert found, "no Chromium: apt-get install chromium"
    return found


@dataclass
class Site:
    """The portal in a real browser."""

    house: House
    address: str
    browser: Any
    contexts: list[Any] = field(default_factory=list)

    def work(self) -> None:
        """Do every step that is ready, in a thread without the browser's event loop."""
        with ThreadPoolExecutor(1) as pool:
            pool.submit(drain, self.house).result()

    def page(self, login: str | None = None, *, phone: bool = False, **options: Any) -> Any:
        """A fresh browser window (its own cookies), logged in where a login is given."""
        size = {"width": 390, "height": 844} if phone else {"width": 1280, "height": 900}
        more = {"viewport": size, "locale": "vi-VN", "has_touch": phone, "base_url": self.address}
        context = self.browser.new_context(**(more | options))
        context.set_default_timeout(15_000)
        self.contexts.append(context)
        page = context.new_page()
        if login:
            page.goto("/dang-nhap")
            page.fill("#login", login)
            page.fill("#password", PASSWORD)
            page.click("main button")
            page.wait_for_load_state()
        return page


def accessibility(page: Any) -> list[str]:
    """What axe finds against WCAG 2.2 AA on the page as it is; one line a violation."""
    page.evaluate(AXE.read_text("utf-8"))  # as the page's policy forbids scripts from elsewhere
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    found = page.evaluate("tags => axe.run(document, {runOnly: tags})", tags)
    return [f"{v['id']}: {v['nodes'][0]['target']} {v['nodes'][0]['failureSummary']}" for v in found["violations"]]
