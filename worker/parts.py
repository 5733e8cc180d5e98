"""The real parts a step works with; settings choose them (in `motlan.wiring`), the worker only uses them."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # whoever only drops or tidies need not load what reads and signs
    from ingest.intake import Limits
    from ingest.read import Readers
    from ledger import Hint, Ledger
    from schemas.types import TypeCatalogue
    from search.index import Index
    from search.keys import BlindIndex
    from signing.keys import SigningKey
    from signing.stamp import StampProfile
    from storage.blobs import BlobStore
    from storage.records import RecordStore


@dataclass(frozen=True)
class SealPolicy:
    """How a paper is sealed: the stamp's profile and form of copy (None: no visible stamp), and where time comes from
    (RFC 3161 URLs, tried in order; none means B-B)."""

    stamp: StampProfile | None
    form: str
    timestamp_urls: tuple[str, ...] = ()


class Parts(Protocol):
    """What a step may reach. `received` keeps what was dropped until it is archived, `work` is disposable, `quarantine`
    keeps what could not go on, `archive` and `records` are create-only."""

    @property
    def ledger(self) -> Ledger: ...
    @property
    def received(self) -> BlobStore: ...
    @property
    def work(self) -> BlobStore: ...
    @property
    def quarantine(self) -> BlobStore: ...
    @property
    def archive(self) -> BlobStore: ...
    @property
    def records(self) -> RecordStore: ...
    @property
    def index(self) -> Index: ...
    @property
    def blind(self) -> BlindIndex: ...
    @property
    def key(self) -> SigningKey: ...
    @property
    def readers(self) -> Readers: ...
    @property
    def types(self) -> TypeCatalogue: ...
    @property
    def limits(self) -> Limits: ...
    @property
    def seal_policy(self) -> SealPolicy: ...
    @property
    def staging(self) -> Path: ...
    @property
    def unit_code(self) -> str: ...
    @property
    def unit_name(self) -> str: ...
    @property
    def software(self) -> str: ...
    @property
    def lease_seconds(self) -> int: ...
    @property
    def sweep_after_seconds(self) -> int: ...
    @property
    def clock(self) -> Callable[[], datetime]: ...

    @property
    def stale_seconds(self) -> int: ...

    def forget(self) -> None:
        """Keys and index are opened anew by the next step, as they may have been mended."""
        ...

    def waiting(self, queue: str) -> int | None:
        """How many messages of a queue the broker holds for whoever comes; None when it is away."""
        ...

    def send(self, hints: Iterable[Hint]) -> list[int]:
        """Publish hints to the broker; returns the ids that went out. Never raises for a broker that is away: what did
        not go out stays in the outbox."""
        ...


@dataclass(frozen=True)
class Owner:
    """Who holds a lease: host, the boot of its process tree, and the process. Written as `host|boot|pid`.

    A boot is `place.random`: the place stands for the folder whose lock the tree holds, and outlives its boots. Only
    within one boot does a pid mean anything: hosts may share a name, and containers have pids of their own."""

    host: str
    boot: str
    pid: int

    def __str__(self) -> str:
        return f"{self.host}|{self.boot}|{self.pid}"

    @property
    def place(self) -> str:
        return self.boot.partition(".")[0]

    @classmethod
    def parse(cls, text: str) -> Owner:
        host, boot, pid = text.rsplit("|", 2)
        return cls(host, boot, int(pid))

    @classmethod
    def me(cls) -> Owner:
        """This process, within the boot that started it."""
        return cls(socket.gethostname(), os.environ.get("MOTLAN_BOOT", f"none.{os.getpid()}"), os.getpid())


def crash_point(name: str) -> None:
    """A named place where tests kill the process (MOTLAN_CRASH_AT=name): it dies as by SIGKILL, no clean-up runs. With
    MOTLAN_STOP_AT it stands still there, once, until SIGCONT."""
    if os.environ.get("MOTLAN_CRASH_AT") == name:
        os.kill(os.getpid(), signal.SIGKILL)
    if os.environ.get("MOTLAN_STOP_AT") == name:
        del os.environ["MOTLAN_STOP_AT"]
        os.kill(os.getpid(), signal.SIGSTOP)
