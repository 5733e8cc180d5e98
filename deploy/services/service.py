"""What every server tells about itself, and how it is asked whether it truly answers."""

from __future__ import annotations

import http.client
import shutil
import socket
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from deploy.services.place import Place
from deploy.services.processes import Program

ASK_SECONDS = 5.0


class NotYet(Exception):
    """The server does not answer (yet); the text says what came instead."""


class Service(ABC):
    """One server on loopback: what it needs, how it is built, started and asked."""

    name: ClassVar[str]
    standard_port: ClassVar[int]
    start_seconds: ClassVar[float] = 60.0

    def port(self, place: Place) -> int:
        return self.standard_port + place.shift

    @abstractmethod
    def missing(self) -> list[str]:
        """Debian packages that bring what is not here."""

    @abstractmethod
    def version(self) -> str:
        """What runs, for the table."""

    def build(self) -> None:  # noqa: B027 (most come as Debian packages)
        """Build what no package brings, once per version. Raises CannotServe."""

    @abstractmethod
    def programs(self, place: Place) -> list[Program]:
        """What to start, in this order; its folders are made on the way."""

    @abstractmethod
    def ask(self, place: Place) -> None:
        """One bounded question that only a server at work can answer. Raises NotYet, OSError."""

    @abstractmethod
    def address(self, place: Place) -> dict[str, Any]:
        """What addresses.json says of it."""


def program(name: str, *places: str | Path) -> str | None:
    """The path of a program from PATH or from one of these folders."""
    for folder in places:
        if found := shutil.which(name, path=str(folder)):
            return found
    return shutil.which(name)


def http_status(port: int, path: str, expected: Sequence[int] = (200,)) -> bytes:
    """GET on loopback; the body. Raises NotYet for another status, OSError when nobody listens."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ASK_SECONDS)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
    except http.client.HTTPException as error:
        raise NotYet(type(error).__name__) from error
    finally:
        connection.close()
    if answer.status not in expected:
        raise NotYet(f"HTTP {answer.status} {body[:200]!r}")
    return body


def first_bytes(port: int, question: bytes, least: int) -> bytes:
    """What a TCP server on loopback answers first. Raises NotYet, OSError."""
    with socket.create_connection(("127.0.0.1", port), ASK_SECONDS) as connection:
        connection.settimeout(ASK_SECONDS)
        connection.sendall(question)
        answer = b""
        while len(answer) < least:
            more = connection.recv(4096)
            if not more:
                raise NotYet(f"closed after {answer[:80]!r}")
            answer += more
    return answer
