"""The launcher of the real servers, on a tiny server of its own: idempotent, bounded, and nothing stays behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest

from deploy.services import native
from deploy.services.place import CannotServe, Place
from deploy.services.processes import Program, birth
from deploy.services.service import Service, http_status

SERVER = """
import os, signal, subprocess, sys
from http.server import HTTPServer, SimpleHTTPRequestHandler
subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"], start_new_session=True)  # as epmd does
if sys.argv[2] == "deaf":
    signal.pause()
HTTPServer(("127.0.0.1", int(sys.argv[1])), SimpleHTTPRequestHandler).serve_forever()
"""


class Little(Service):
    """Serves its empty folder, and leaves a daemon of its own behind when it ends."""

    name = "little"
    start_seconds = 30.0

    def __init__(self, port: int, how: str = "well") -> None:
        self.number, self.how = port, how

    def port(self, place: Place) -> int:
        return self.number + place.shift

    def missing(self) -> list[str]:
        return ["little-server"] if self.how == "missing" else []

    def version(self) -> str:
        return "1"

    def programs(self, place: Place) -> list[Program]:
        place.own(place.of(self.name), None)
        return [Program([sys.executable, "-c", SERVER, str(self.port(place)), self.how])]

    def ask(self, place: Place) -> None:
        http_status(self.port(place), "/")

    def address(self, place: Place) -> dict[str, Any]:
        return {"url": f"http://127.0.0.1:{self.port(place)}", "password": place.secret(self.name)}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "services")


@pytest.fixture
def little(place: Place) -> Iterator[Little]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        server = Little(free.getsockname()[1])
    yield server
    native.down([server], place, wipe=True)


def marked(place: Place) -> list[int]:
    """Living processes that carry the mark of this place, however they were started."""
    found = []
    for process in psutil.process_iter():
        try:
            mark = process.environ().get("MOTLAN_SERVICE", "")
        except (psutil.Error, OSError):
            continue
        if mark.startswith(str(place.folder)) and process.status() != psutil.STATUS_ZOMBIE:
            found.append(process.pid)
    return found


def main_pid(place: Place) -> int:
    return int(place.record("little")["programs"][0]["pid"])


def test_up_answers_and_down_leaves_no_process_behind(place: Place, little: Little) -> None:
    native.up([little], place)
    told = json.loads((place.folder / "addresses.json").read_text())["little"]
    assert told["url"].endswith(str(little.number)) and len(told["password"]) == 32
    assert (place.folder / "addresses.json").stat().st_mode & 0o077 == 0, "passwords are for this user alone"
    assert native.status(little, place).state == "up"
    assert len(marked(place)) == 2, "the server and its daemon"
    native.down([little], place)
    assert marked(place) == []
    assert place.addresses() == {} and native.status(little, place).state == "down"


def test_up_again_and_two_at_once_leave_one_server(place: Place, little: Little) -> None:
    with ThreadPoolExecutor(2) as threads:
        for each in [threads.submit(native.up, [little], place) for _ in range(2)]:
            each.result(60)
    pid = main_pid(place)
    native.up([little], place)
    assert main_pid(place) == pid
    assert len(marked(place)) == 2


def test_data_and_password_stay_until_they_are_wiped(place: Place, little: Little) -> None:
    native.up([little], place)
    before = place.addresses()["little"]
    (place.of("little") / "kept").touch()
    native.down([little], place)
    native.up([little], place)
    assert place.addresses()["little"] == before and (place.of("little") / "kept").exists()
    native.down([little], place, wipe=True)
    assert not place.of("little").exists()


def test_a_number_that_another_process_got_meanwhile_is_left_alone(place: Place, little: Little) -> None:
    with subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"]) as stranger:
        try:
            place.prepare()
            old = {"pid": stranger.pid, "born": "an-earlier-boot:1", "stop": int(signal.SIGTERM)}
            place.note("little", {"port": little.number, "programs": [old]})
            assert native.status(little, place).state == "down"
            native.down([little], place)
            assert stranger.poll() is None
            place.note("little", {"port": little.number, "programs": [old]})
            native.up([little], place)
            assert native.status(little, place).state == "up" and stranger.poll() is None
        finally:
            stranger.kill()


def test_a_server_whose_record_is_lost_is_found_by_its_mark(place: Place, little: Little) -> None:
    native.up([little], place)
    (place.folder / "little.json").unlink()
    native.down([little], place)
    assert marked(place) == []


def test_a_killed_server_is_started_again(place: Place, little: Little) -> None:
    native.up([little], place)
    first = main_pid(place)
    os.kill(first, signal.SIGKILL)
    native.up([little], place)
    assert main_pid(place) != first and native.status(little, place).state == "up"
    assert len(marked(place)) == 2, "the dead one's daemon went too"


def test_a_server_that_never_answers_is_told_with_its_log_and_ended(place: Place, little: Little) -> None:
    little.how, little.start_seconds = "deaf", 1.0  # type: ignore[misc]
    with pytest.raises(CannotServe, match=r"little: ConnectionRefusedError.*little\.log"):
        native.up([little], place)
    assert marked(place) == [] and place.addresses() == {}


def test_a_taken_port_and_a_missing_package_are_named(place: Place, little: Little) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", little.number))
        other.listen()
        with pytest.raises(CannotServe, match=f"port {little.number} is taken"):
            native.up([little], place)
    little.how = "missing"
    with pytest.raises(CannotServe, match="Debian package little-server"):
        native.up([little], place)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts servers as other users")
def test_a_server_that_is_not_root_can_reach_its_folder(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    place = Place(closed / "services")
    place.prepare()
    mine = place.own(place.of("little"), "daemon")
    try:
        subprocess.run(["touch", str(mine / "file")], user="daemon", group="daemon", extra_groups=[], check=True)
    finally:
        place.wipe("little")
    assert not place.data.exists(), "nothing of it stays"


def test_a_process_is_known_by_its_birth() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        born = birth(child.pid)
        assert born is None or born == birth(child.pid)
    assert birth(child.pid) is None, "gone, or a zombie"
    assert birth(os.getpid()) == birth(os.getpid()) is not None
