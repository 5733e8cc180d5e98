"""`./run bench portal`: how fast the portal answers 50 people at once, how soon a dropped file shows its line, what its
pages weigh, and how many keys a clerk presses for an accepted field.

A real archive of made-up papers is served by the real process (`motlan.serving`); people are threads in other
processes, each with a session of its own, who think between two requests (`--think`, seconds on average; 0: not).
Times are those that the person waits, over the loopback. With `--browser` a real Chromium measures the other three.
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import os
import random
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import psutil

from motlan.commands.init import prepare
from motlan.settings import load
from motlan.wiring import House
from portal import accounts
from portal.rights import Role
from portal.secrets import fresh_token, token_hash
from portal.visitor import COOKIE
from specimens.batch import write_batch
from specimens.truth import read_truth
from worker.intake import open_batch, receive
from worker.steps import run_step

WARM = 6.0  # seconds at the start that are not counted: index, keys and types are opened by the first who come
PASSWORD = "mat-khau-mau-1"
PROCEDURE = "1.000894"
WORDS = ("giấy xác nhận cư trú", "khai sinh", "kết hôn", "quyết định", "ủy ban nhân dân", "đăng ký hộ kinh doanh")
PAGES = {  # what each kind of person opens, for the weight
    "": ("/dang-nhap", "/kiem-tra", "/api"),
    "clerk": ("/lo-quet", "/lo-quet/1", "/xem-lai", "/xem-lai/so-lieu", "/toi"),
    "officer": ("/tra-cuu", "/tim-kiem", "/yeu-cau"),
    "citizen": ("/giay-to", "/dong-y", "/chia-se", "/ai-da-xem"),
    "admin": ("/bang-dieu-khien", "/luu-tru/nhat-ky", "/quan-tri/don-vi", "/quan-tri/tai-khoan"),
}


@dataclass(frozen=True)
class Person:
    """Somebody with an open session: what they do, and as whom."""

    kind: str
    token: str
    csrf: str


@dataclass(frozen=True)
class Town:
    """A served archive: its address, its people, what they look for."""

    address: str
    people: list[Person]
    number: str
    pictures: list[str]


def build(folder: Path, dossiers: int) -> None:
    """An archive of made-up papers that have gone the whole way."""
    house = prepare(load(folder / "data", unit_code="H99", unit_name="ỦY BAN NHÂN DÂN XÃ MẪU"))
    write_batch(folder / "batch", folder / "truth.json", seed=2026, dossiers=dossiers)
    paths = sorted(path for path in (folder / "batch").rglob("*") if path.is_file())
    batch = open_batch(house, "lô MẪU", "bench", len(paths))
    list(receive(house, batch, paths, "bench", below=folder / "batch"))
    while ready := house.ledger.steps(state="READY"):
        for step in ready:
            run_step(house, step.id)


def opened(folder: Path) -> tuple[House, str]:
    """The archive of that folder, and the ID number of the first of its people."""
    truth = read_truth(folder / "truth.json")
    number = next(p.fields["personal_id"] for p in truth if p.fields.get("personal_id"))
    house = House(load(folder / "data"))
    house.ledger.upgrade()  # it may have been made by an earlier version
    return house, number


def settle(house: House, number: str, users: int) -> list[Person]:
    """Accounts, and an open session for each user: officers and citizens by turns."""
    made = {}
    for role in (Role.CLERK, Role.OFFICER, Role.ADMIN):
        unit = house.unit_code
        made[role] = accounts.add_account(house, role, f"Mẫu {role}", unit, [role], by="bench", password=PASSWORD)
    made[Role.CITIZEN] = accounts.add_account(
        house, number, "Người dân MẪU", None, [Role.CITIZEN], by="bench", password=PASSWORD
    )
    people = []
    with house.ledger.transaction() as tx:
        for n in range(users):
            role = (Role.OFFICER, Role.OFFICER, Role.CITIZEN)[n % 3]
            token, csrf = fresh_token(), fresh_token()
            tx.open_session(made[role], token_hash(token), csrf, True, house.clock() + timedelta(hours=2))
            people.append(Person(role.value, token, csrf))
    return people


def serve(folder: Path) -> tuple[subprocess.Popen[bytes], str]:
    """The portal's own process on a free port; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    told = {
        "MOTLAN_DATA": str(folder / "data"),
        "MOTLAN_PORTAL_PORT": str(port),
        "MOTLAN_REUSE_CHECKS_PER_DAY": "9999999",
    }
    process = subprocess.Popen([sys.executable, "-m", "motlan.serving"], env=os.environ | told)
    address = f"http://127.0.0.1:{port}"
    for _ in range(300):
        try:
            if httpx.get(f"{address}/suc-khoe").status_code == 200:
                return process, address
        except httpx.TransportError:
            time.sleep(0.2)
    process.kill()
    raise SystemExit("the portal did not start")


def act(browser: httpx.Client, town: Town, person: Person, chance: random.Random) -> tuple[str, float]:
    """One thing that this person does: its name and how many seconds it took."""
    headers = {"X-CSRF-Token": person.csrf}
    kind = "picture" if person.kind == "citizen" else chance.choice(("look-up", "search"))
    began = time.perf_counter()
    if kind == "picture":
        answer = browser.get(chance.choice(town.pictures))
    elif kind == "look-up":
        body = {"id_number": town.number, "case": "H99-261122-0001", "procedure": PROCEDURE}
        answer = browser.post("/api/v1/lookups", json=body, headers=headers)
    else:
        answer = browser.post("/api/v1/search", json={"words": chance.choice(WORDS)}, headers=headers)
    took = time.perf_counter() - began
    if answer.status_code != 200:
        raise SystemExit(f"{kind}: {answer.status_code} {answer.text[:300]}")
    return kind, took


def crowd(town: Town, people: list[Person], seconds: float, think: float, seed: int, out: Any) -> None:
    """So many people at once, in this process; puts (kind, seconds) for all they did."""
    done: list[tuple[str, float]] = []

    def live(n: int, person: Person) -> None:
        chance = random.Random(seed * 1000 + n)
        with httpx.Client(base_url=town.address, cookies={COOKIE: person.token}, timeout=60) as browser:
            time.sleep(chance.uniform(0, think or 0.2))  # they do not all begin in the same moment
            while time.monotonic() < end:
                told = act(browser, town, person, chance)
                if time.monotonic() > begin:
                    done.append(told)
                time.sleep(chance.uniform(0, 2 * think))

    begin = time.monotonic() + WARM
    end = begin + seconds
    threads = [threading.Thread(target=live, args=one) for one in enumerate(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    out.put(done)


def under_load(town: Town, seconds: float, think: float) -> dict[str, dict[str, float]]:
    """p50 and p95 in milliseconds of each kind of request, and how many a second there were of all."""
    queue: Any = multiprocessing.Queue()
    halves = town.people[::2], town.people[1::2]
    crowds = [
        multiprocessing.Process(target=crowd, args=(town, half, seconds, think, n, queue))
        for n, half in enumerate(halves)
    ]
    for one in crowds:
        one.start()
    times: dict[str, list[float]] = defaultdict(list)
    for kind, took in (each for _ in crowds for each in queue.get(timeout=WARM + seconds + 120)):
        times[kind].append(1000 * took)
    for one in crowds:
        one.join()
    told = {
        kind: {"requests": len(all_), "p50_ms": statistics.median(all_), "p95_ms": percentile(all_, 0.95)}
        for kind, all_ in sorted(times.items())
    }
    return told | {
        "all": {"requests": sum(map(len, times.values())), "a_second": sum(map(len, times.values())) / seconds}
    }


def cpu_seconds(process: subprocess.Popen[bytes]) -> float:
    """User and system time of the portal's process: what other programs on the machine do not change."""
    used = psutil.Process(process.pid).cpu_times()
    return used.user + used.system


def percentile(values: list[float], part: float) -> float:
    """The value that so much of them is not above."""
    return sorted(values)[math.ceil(part * len(values)) - 1]


def in_browser(town: Town, house: House, folder: Path) -> dict[str, Any]:
    """Weight of the pages, time from drop to line, keys for an accepted field: in Chromium."""
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        told = {
            "page_kb": {path: kb for kind in PAGES for path, kb in weights(chromium, town, kind).items()},
            "drop": drops(chromium, town, folder),
            "review": review(chromium, town, house),
        }
        chromium.close()
    return told


def visit(chromium: Any, town: Town, kind: str) -> Any:
    """A fresh window with an empty cache, logged in as that kind of person."""
    page = chromium.new_context(
        base_url=town.address, locale="vi-VN", viewport={"width": 1280, "height": 900}
    ).new_page()
    if kind:
        page.goto("/dang-nhap")
        page.fill("#login", town.number if kind == "citizen" else kind)
        page.fill("#password", PASSWORD)
        page.click("main button")
        page.wait_for_load_state("load")
    return page


def weights(chromium: Any, town: Town, kind: str) -> dict[str, float]:
    """Kilobytes over the wire of each page of a person, everything but pictures, nothing cached."""
    page, found = visit(chromium, town, kind), {}
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Network.setCacheDisabled", {"cacheDisabled": True})
    kinds: dict[str, str] = {}
    size = {"sum": 0.0}
    devtools.on("Network.responseReceived", lambda one: kinds.update({one["requestId"]: one["response"]["mimeType"]}))

    def loaded(event: dict[str, Any]) -> None:
        if not kinds.get(event["requestId"], "").startswith("image/"):
            size["sum"] += event["encodedDataLength"]

    devtools.on("Network.loadingFinished", loaded)
    for path in PAGES[kind]:
        size["sum"] = 0
        page.goto(path)
        page.wait_for_timeout(600)
        found[path] = round(size["sum"] / 1000, 1)
    page.context.close()
    return found


def drops(chromium: Any, town: Town, folder: Path, times: int = 5) -> dict[str, float]:
    """Milliseconds from a drop of ten files to the first line, and to the first line of the server's own."""
    first, known = [], []
    scan = next(path for path in sorted((folder / "batch").rglob("*.jpg")))
    files = [folder / f"trang {n}.jpg" for n in range(10)]
    page = visit(chromium, town, "clerk")
    for n in range(times):
        for place, file in enumerate(files):
            file.write_bytes(scan.read_bytes() + bytes([n, place]))  # bytes after the end: no two files are alike
        page.goto("/lo-quet")
        page.wait_for_timeout(300)
        box = page.locator("[data-drop]").bounding_box()
        at = {"x": box["x"] + 20, "y": box["y"] + 20}
        data = {"items": [], "files": [str(file) for file in files], "dragOperationsMask": 1}
        devtools = page.context.new_cdp_session(page)
        for step in ("dragEnter", "dragOver"):
            devtools.send("Input.dispatchDragEvent", {"type": step, "data": data, **at})
        began = time.perf_counter()
        devtools.send("Input.dispatchDragEvent", {"type": "drop", "data": data, **at})
        page.wait_for_selector("[data-uploads] tbody tr")
        first.append(1000 * (time.perf_counter() - began))
        page.wait_for_selector("[data-rows] tr")
        known.append(1000 * (time.perf_counter() - began))
        page.wait_for_selector("[data-uploads] h2:has-text('10')")
        page.wait_for_timeout(500)
    page.context.close()
    return {"first_line_ms": statistics.median(first), "in_the_ledger_ms": statistics.median(known)}


def review(chromium: Any, town: Town, house: House, most: int = 6) -> dict[str, float]:
    """Keys pressed, and fields accepted by them, in the review queue; a field without a value is passed over."""
    page, began = visit(chromium, town, "clerk"), house.clock()
    page.goto("/xem-lai?sau=1")
    keys = 0
    for _ in range(most):
        page.wait_for_timeout(1500)  # a person reads
        spot = page.locator(".spot").get_attribute("data-id")
        page.keyboard.press("Enter")
        keys += 1
        page.wait_for_timeout(1500)
        if page.locator(".spot").count() == 0:
            break
        if page.locator(".spot").get_attribute("data-id") == spot:
            page.keyboard.press("n")
            keys += 1
    page.context.close()
    return {"keys": keys, "accepted": house.ledger.audit_count("clerk", "review.decided", began)}


def main() -> None:
    """Measure, and print a table and JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--think", type=float, default=1.0)
    parser.add_argument("--dossiers", type=int, default=2)
    parser.add_argument("--browser", action="store_true", help="also weight, drop and review, in Chromium")
    parser.add_argument("--archive", type=Path, help="an archive made before: its folder is copied, not changed")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        if asked.archive:
            shutil.copytree(asked.archive, folder, dirs_exist_ok=True)
        else:
            build(folder, asked.dossiers)
        house, number = opened(folder)
        people = settle(house, number, asked.users)
        subject = house.blind.token("cccd", number)
        mine = [hit.record for hit in house.index.find_number(subject, None)]
        pictures = [f"/giay-to/{record}/trang/1" for record in mine]
        process, address = serve(folder)
        town = Town(address, people, number, pictures)
        try:
            told: dict[str, Any] = {
                "users": asked.users,
                "think_s": asked.think,
            }
            spent = cpu_seconds(process)
            told["load"] = under_load(town, asked.seconds, asked.think)
            everything = told["load"]["all"]
            everything["cpu_ms_each"] = (
                1000 * (cpu_seconds(process) - spent) / everything["requests"] * asked.seconds / (asked.seconds + WARM)
            )
            if asked.browser:
                told |= in_browser(town, house, folder)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)
    tell(told)
    if asked.json:
        asked.json.write_text(json.dumps(told, indent=1, ensure_ascii=False))


def tell(told: dict[str, Any]) -> None:
    """The table for people."""
    print(f"{told['users']} people at once, {told['think_s']} s of thought between two requests")
    for kind, one in told["load"].items():
        print(f"  {kind:10} " + "  ".join(f"{name} {value:.1f}" for name, value in one.items()))
    for path, kb in told.get("page_kb", {}).items():
        print(f"  {kb:6.1f} kB  {path}")
    for name in ("drop", "review"):
        if name in told:
            print(f"  {name}: " + "  ".join(f"{key} {value:.0f}" for key, value in told[name].items()))


if __name__ == "__main__":
    main()
