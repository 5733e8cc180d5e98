"""Where the servers live: one folder with their data, passwords, records of what runs, and the addresses."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import pwd
import secrets
import shutil
import stat
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
ADDRESSES = "addresses.json"
LOCK_SECONDS = 3600  # the other one may be building MinIO on a slow machine

_one_writer = threading.Lock()  # servers start in threads; other processes are kept out by `locked`


class CannotServe(Exception):
    """A server can't be had here; the text says why and what to do."""


def say(text: str) -> None:
    """One line of progress for the person who waits."""
    print(f"· {text}", file=sys.stderr, flush=True)


@dataclass(frozen=True)
class Place:
    """One folder of servers. `shift` is added to every port, so that two folders can stand beside each other."""

    folder: Path
    shift: int = 0

    def prepare(self) -> None:
        """Make the folders, for this user alone where secrets lie. Raises CannotServe."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.data.mkdir(parents=True, exist_ok=True)
        if self.data.stat().st_uid != os.geteuid():
            raise CannotServe(f"{self.data} belongs to somebody else")
        self.data.chmod(0o711)

    @property
    def data(self) -> Path:
        """Where the servers' own folders lie. A server that may not run as root can't enter a folder below /root:
        then they lie in /var/tmp, under a name made from this folder's."""
        if os.geteuid() == 0 and not _open_to_all(self.folder):
            return Path("/var/tmp") / f"motlan-services-{hashlib.sha256(str(self.folder).encode()).hexdigest()[:12]}"
        return self.folder / "data"

    def of(self, name: str) -> Path:
        """The folder of one server."""
        return self.data / name

    def own(self, folder: Path, user: str | None) -> Path:
        """That folder, made, private, and given to the user a server runs as."""
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        if user:
            shutil.chown(folder, user)
        return folder

    def secret(self, name: str, length: int = 32) -> str:
        """A random password of this folder, made at its first use."""
        with _one_writer:
            known = self._read("secrets.json")
            if name not in known:
                known[name] = secrets.token_hex(length // 2)
                self._write("secrets.json", known)
        return str(known[name])

    def addresses(self) -> dict[str, dict[str, Any]]:
        """What tests are told: the address and credentials of each server that answers."""
        return self._read(ADDRESSES)

    def tell(self, name: str, address: Mapping[str, Any] | None) -> None:
        """Add a server's address, or take it away."""
        with _one_writer:
            known = self.addresses()
            known.pop(name, None)
            self._write(ADDRESSES, known | ({name: dict(address)} if address else {}))

    def record(self, name: str) -> dict[str, Any]:
        """What was noted when that server was started; empty when nothing was."""
        return self._read(f"{name}.json")

    def note(self, name: str, what: Mapping[str, Any]) -> None:
        """Note what was started, before anybody waits for it: a killed `up` must not leave a stranger behind."""
        self._write(f"{name}.json", what)

    def forget(self, name: str) -> None:
        """The server no longer runs."""
        self.tell(name, None)
        (self.folder / f"{name}.json").unlink(missing_ok=True)

    def wipe(self, name: str) -> None:
        """Remove a server's data and log."""
        shutil.rmtree(self.of(name), ignore_errors=True)
        with suppress(OSError):  # others' data are there still
            self.data.rmdir()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One `up` or `down` at a time; the other one waits, and says so."""
        self.prepare()
        with (self.folder / "lock").open("a") as file:
            end = time.monotonic() + LOCK_SECONDS
            told = False
            while not _try_lock(file.fileno()):
                if time.monotonic() > end:
                    raise CannotServe(f"another `services` still works in {self.folder} after {LOCK_SECONDS} s")
                if not told:
                    say("another `services` is at work here; waiting for it")
                    told = True
                time.sleep(0.2)
            yield

    def _read(self, name: str) -> dict[str, Any]:
        try:
            found = json.loads((self.folder / name).read_text("utf-8"))
        except (FileNotFoundError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def _write(self, name: str, what: Mapping[str, Any]) -> None:
        part = self.folder / f".{name}.part"
        part.touch(mode=0o600)
        part.write_text(json.dumps(what, indent=2), "utf-8")
        part.replace(self.folder / name)


def cache() -> Path:
    """Where what was built stays, by name and version, for every clone of this user."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "motlan" / "services"


def unprivileged(user: str) -> str | None:
    """Whom a server that may not run as root runs as: its package's user, or whoever we are already."""
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam(user)
    except KeyError:
        return None
    return user


def _open_to_all(folder: Path) -> bool:
    return all(p.stat().st_mode & stat.S_IXOTH for p in [folder.absolute(), *folder.absolute().parents] if p.exists())


def _try_lock(number: int) -> bool:
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
