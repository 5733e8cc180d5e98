"""Another system as it talks to the portal."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from motlan.wiring import House
from portal.exchange import clients
from tests.support.portal import Client

PURPOSE = "tiếp nhận hồ sơ một cửa"
API = "/api/v1/exchange"
ALL = tuple(scope for scope in clients.SCOPES if scope != "sensitive")


class System:
    """A system with its token."""

    def __init__(self, house: House, name: str, *, unit: str | None = None, scopes: tuple[str, ...] = ALL) -> None:
        self.house, self.name = house, name
        self.secret = clients.add_client(
            house, name, "Hệ thống MẪU", unit or house.unit_code, PURPOSE, scopes, by="test"
        )
        self.http = Client(house)
        self.http.headers["authorization"] = f"Bearer {self.token()}"

    def token(self, **form: str) -> str:
        answer = self.ask_token(**form)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    def ask_token(self, **form: str) -> Any:
        told = {"grant_type": "client_credentials", "client_id": self.name, "client_secret": self.secret}
        return Client(self.house).post("/api/v1/token", data=told | form)

    def get(self, path: str, **more: Any) -> Any:
        return self.http.get(API + path, **more)

    def post(self, path: str, body: Any = None, key: str | None = None) -> Any:
        return self.http.post(API + path, json=body, headers={"Idempotency-Key": key} if key else {})

    def records(self) -> list[dict[str, Any]]:
        return list(self.get("/records").json()["records"])


@dataclass
class Receiver:
    """Takes deliveries on loopback and answers with the statuses it was given, then 204."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    taken: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver at work."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = receiver.statuses.pop(0) if receiver.statuses else 204
            if status < 300:
                receiver.taken.append((dict(self.headers.items()), body))
            self.send_response(status)
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_port}/nhan"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
