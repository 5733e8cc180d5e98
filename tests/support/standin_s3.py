"""A small object store in memory that can be told to break one promise, as real ones do; honest when told nothing.

Its honest form passes the same trial as the real servers, so what it fails it fails for the fault alone."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal, cast
from urllib.parse import parse_qs, unquote, urlsplit

from storage.bucket import Address

Fault = Literal[
    "ignores the condition",  # every writer is told yes (Garage)
    "looks before it reads",  # refuses a second put, but several racing writers win (s3s-fs)
    "keeps what it refused",  # 400 for a wrong checksum, and the bytes are there (s3s-fs)
    "takes any checksum",
    "forgets locks",  # (Garage)
    "removes nothing",
]


class StandIn(ThreadingHTTPServer):
    """`answers` maps a method to (status, S3 code or body) that it always gives instead."""

    daemon_threads = True

    def __init__(self, faults: set[Fault], answers: dict[str, tuple[int, str]]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.faults, self.answers = faults, answers
        self.objects: dict[str, tuple[bytes, dict[str, str]]] = {}
        self.uploads: dict[str, dict[int, bytes]] = {}
        self.alone = threading.Lock()

    def address(self, scheme: str = "http", ca: Path | None = None) -> Address:
        return Address(f"{scheme}://127.0.0.1:{self.server_port}", "bucket", "someone", "something", ca=ca)


@contextlib.contextmanager
def standin(
    *faults: Fault, tls: ssl.SSLContext | None = None, answers: dict[str, tuple[int, str]] | None = None
) -> Iterator[StandIn]:
    """A stand-in on loopback while the context lasts."""
    server = StandIn(set(faults), answers or {})
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def store(self) -> StandIn:
        return cast(StandIn, self.server)

    def log_message(self, *_: Any) -> None:
        pass

    def parse_request(self) -> bool:
        if not super().parse_request():
            return False
        url = urlsplit(self.path)
        self.key = unquote(url.path).removeprefix("/bucket").lstrip("/")
        self.query = {name: values[0] for name, values in parse_qs(url.query, keep_blank_values=True).items()}
        if self.command in self.store.answers:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, what = self.store.answers[self.command]
            self.error(status, what) if what.isalnum() else self.answer(status, what.encode(), kind="text/html")
            return False
        return True

    def answer(self, status: int, body: bytes = b"", kind: str = "application/xml", **headers: str) -> None:
        self.send_response(status)
        length = headers.pop("Content_Length", str(len(body)))
        for name, value in {"Content-Type": kind, "Content-Length": length, **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def error(self, status: int, code: str) -> None:
        self.answer(status, b"" if self.command == "HEAD" else f"<Error><Code>{code}</Code></Error>".encode())

    def do_PUT(self) -> None:
        early = self.taken() if "looks before it reads" in self.store.faults else None
        data = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if not self.key:
            return self.answer(200)
        said = self.headers.get("x-amz-checksum-sha256")
        wrong = said is not None and base64.b64decode(said) != hashlib.sha256(data).digest()
        if wrong and not {"takes any checksum", "keeps what it refused"} & self.store.faults:
            return self.error(400, "BadDigest")
        if "uploadId" in self.query:
            self.store.uploads[self.query["uploadId"]][int(self.query["partNumber"])] = data
            return self.answer(200, ETag='"part"')
        self.keep(data, early, refuse=wrong and "takes any checksum" not in self.store.faults)
        return None

    def keep(self, data: bytes, taken: bool | None, refuse: bool = False) -> None:
        with self.store.alone:
            taken = self.taken() if taken is None else taken
            if not taken:
                kept = {name.lower(): value for name, value in self.headers.items() if name.lower().startswith("x-amz")}
                self.store.objects[self.key] = data, kept
        if taken or refuse:
            return self.error(*((412, "PreconditionFailed") if taken else (400, "BadDigest")))
        return self.answer(200, b"<Done/>", ETag='"whole"')

    def taken(self) -> bool:
        asked = self.headers.get("If-None-Match") == "*" and "ignores the condition" not in self.store.faults
        return asked and self.key in self.store.objects

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if "uploads" in self.query:
            name = f"u{len(self.store.uploads)}"
            self.store.uploads[name] = {}
            return self.answer(200, f"<Begun><UploadId>{name}</UploadId></Begun>".encode())
        parts = self.store.uploads[self.query["uploadId"]]
        return self.keep(b"".join(parts[number] for number in sorted(parts)), None)

    def do_HEAD(self) -> None:
        if self.key in self.store.objects:
            data, kept = self.store.objects[self.key]
            kept = {name: value for name, value in kept.items() if "checksum" in name or "meta" in name}
            return self.answer(200, Content_Length=str(len(data)), Last_Modified=_now(), **kept)
        return self.error(404, "NoSuchKey")

    def do_GET(self) -> None:
        if not self.key:
            names = sorted(name for name in self.store.objects if name.startswith(self.query.get("prefix", "")))
            listed = "".join(
                f"<Contents><Key>{escape(name)}</Key><Size>{len(self.store.objects[name][0])}</Size></Contents>"
                for name in names
            )
            return self.answer(200, f"<ListBucketResult><Name>bucket</Name>{listed}</ListBucketResult>".encode())
        if self.key in self.store.objects:
            return self.answer(200, self.store.objects[self.key][0], ETag='"whole"')
        return self.error(404, "NoSuchKey")

    def do_DELETE(self) -> None:
        kept = self.store.objects.get(self.key, (b"", {}))[1]
        until = kept.get("x-amz-object-lock-retain-until-date", "")
        locked = "forgets locks" not in self.store.faults and until > datetime.now(UTC).isoformat()
        if locked or "removes nothing" in self.store.faults:
            return self.error(403, "AccessDenied")
        if "uploadId" not in self.query:
            self.store.objects.pop(self.key, None)
        return self.answer(204)


def _now() -> str:
    return format_datetime(datetime.now(UTC), usegmt=True)
