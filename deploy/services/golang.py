"""The servers that are built from Go modules: MinIO, versitygw, toxiproxy. Versions are pinned here."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import threading
import time
from abc import abstractmethod
from pathlib import Path
from typing import Any, ClassVar

from deploy.services.place import CannotServe, Place, cache, say
from deploy.services.processes import Program
from deploy.services.service import NotYet, Service, http_status, program

GO_NEEDED = (1, 25)  # what MinIO and versitygw say in their go.mod
# An older `go` (Debian 12 has 1.19) fetches this one as a module, as newer ones do by themselves: go.dev/doc/toolchain
TOOLCHAIN = "golang.org/toolchain@v0.0.1-go1.26.0.linux-{arch}"
BUILD_SECONDS = 5400
TELL_SECONDS = 60

_one_build = threading.Lock()


class GoProgram:
    """What `go install` makes, into the cache of this user, once per version."""

    name: ClassVar[str]
    module: ClassVar[str]
    pinned: ClassVar[str]
    binary: ClassVar[str]
    minutes: ClassVar[int]  # on two busy cores, for the person who waits

    @property
    def home(self) -> Path:
        return cache() / f"{self.name}-{self.pinned}"

    @property
    def path(self) -> Path:
        return self.home / self.binary

    def build(self) -> None:
        """Build it unless it is there. Raises CannotServe."""
        if self.path.exists():
            return
        with _one_build:
            say(f"{self.name}: building {self.module}@{self.pinned}, about {self.minutes} min the first time")
            part = self.home.with_name(self.home.name + f".part-{os.getpid()}")
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir(parents=True)
            _install(new_go(), f"{self.module}@{self.pinned}", part, self.name)
            if self.path.exists():  # another clone was faster
                shutil.rmtree(part)
            else:
                shutil.rmtree(self.home, ignore_errors=True)
                part.replace(self.home)


class ComposeSpec(GoProgram):
    """The compose specification's own check of a compose file: no server, but had in the same way."""

    name = "composespec"
    module, pinned, binary = "github.com/compose-spec/compose-go/v2/cmd", "v2.16.2", "cmd"
    minutes = 1


class GoServer(GoProgram, Service):
    """A server made from a Go module."""

    def missing(self) -> list[str]:
        return [] if self.path.exists() or find_go() else ["golang-go"]

    def version(self) -> str:
        return self.pinned

    def bounded(self, **env: str) -> dict[str, str]:
        """The environment that keeps a Go server small."""
        return {"GOMEMLIMIT": "512MiB", "GOMAXPROCS": "2"} | env

    @abstractmethod
    def programs(self, place: Place) -> list[Program]: ...


class S3Server(GoServer):
    """An S3 store with one user and a region."""

    def address(self, place: Place) -> dict[str, Any]:
        return {
            "url": f"http://127.0.0.1:{self.port(place)}",
            "access_key": place.secret(f"{self.name}-access", 20),
            "secret_key": place.secret(self.name, 40),
            "region": "us-east-1",
        }


class MinIO(S3Server):
    """S3 store number one (its community edition is no longer developed; it is one store among others)."""

    name = "minio"
    standard_port = 19000
    module, pinned, binary = "github.com/minio/minio", "v0.0.0-20260212201848-7aac2a2c5b7c", "minio"
    minutes = 10

    def programs(self, place: Place) -> list[Program]:
        data = place.own(place.of(self.name), None) / "data"
        data.mkdir(exist_ok=True)
        port, address = self.port(place), self.address(place)
        env = self.bounded(
            MINIO_ROOT_USER=address["access_key"],
            MINIO_ROOT_PASSWORD=address["secret_key"],
            MINIO_BROWSER="off",
            MINIO_UPDATE="off",
            MINIO_CALLHOME_ENABLE="off",
        )
        argv = [str(self.path), "server", "--quiet", "--address", f"127.0.0.1:{port}"]
        return [Program([*argv, "--console-address", f"127.0.0.1:{port + 1}", str(data)], env)]

    def ask(self, place: Place) -> None:
        http_status(self.port(place), "/minio/health/ready")


class VersityGW(S3Server):
    """S3 store number two: another engine, other error codes."""

    name = "versitygw"
    standard_port = 17070
    module, pinned, binary = "github.com/versity/versitygw/cmd/versitygw", "v1.8.0", "versitygw"
    minutes = 3

    def programs(self, place: Place) -> list[Program]:
        folder = place.own(place.of(self.name), None)
        data, versions = folder / "data", folder / "versions"
        data.mkdir(exist_ok=True)
        versions.mkdir(exist_ok=True)
        address = self.address(place)
        env = self.bounded(ROOT_ACCESS_KEY=address["access_key"], ROOT_SECRET_KEY=address["secret_key"])
        argv = [str(self.path), "--port", f"127.0.0.1:{self.port(place)}", "--region", address["region"], "--quiet"]
        argv += ["--health", "/health", "--keep-alive", "posix", "--versioning-dir", str(versions), str(data)]
        return [Program(argv, env)]

    def ask(self, place: Place) -> None:
        http_status(self.port(place), "/health")


class Toxiproxy(GoServer):
    """A proxy that delays, cuts and loses what passes, steered over HTTP."""

    name = "toxiproxy"
    standard_port = 18474
    module, pinned, binary = "github.com/Shopify/toxiproxy/v2/cmd/server", "v2.5.0", "server"
    minutes = 1

    def programs(self, place: Place) -> list[Program]:
        place.own(place.of(self.name), None)
        argv = [str(self.path), "-host", "127.0.0.1", "-port", str(self.port(place))]
        return [Program(argv, self.bounded(LOG_LEVEL="warn"))]

    def ask(self, place: Place) -> None:
        if not isinstance(json.loads(http_status(self.port(place), "/proxies")), dict):
            raise NotYet("no list of proxies")

    def address(self, place: Place) -> dict[str, Any]:
        return {"url": f"http://127.0.0.1:{self.port(place)}"}


def find_go() -> str | None:
    """The `go` of this machine, of whatever version."""
    return program("go", "/usr/local/go/bin", "/usr/lib/go/bin")


def go_version(go: str) -> tuple[int, int]:
    """(major, minor); (0, 0) when it does not say."""
    done = subprocess.run([go, "version"], capture_output=True, text=True, timeout=60, check=False)
    found = re.search(r"\bgo(\d+)\.(\d+)", done.stdout)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def new_go() -> str:
    """A `go` that is new enough. Raises CannotServe."""
    go = find_go()
    if go is None:
        raise CannotServe("Go is missing: install the Debian package golang-go, or Go 1.25 or newer into the PATH")
    return go if go_version(go) >= GO_NEEDED else _fetched_go(go)


def _fetched_go(old: str) -> str:
    arch = {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, os.uname().machine)
    module = TOOLCHAIN.format(arch=arch)
    home = cache() / module.rpartition("@")[2]
    if (home / "bin" / "go").exists():
        return str(home / "bin" / "go")
    say(f"go {'.'.join(map(str, go_version(old)))} is too old for these servers; fetching {module}")
    home.parent.mkdir(parents=True, exist_ok=True)
    argv = [old, "mod", "download", "-json", module]
    done = subprocess.run(argv, cwd=home.parent, capture_output=True, text=True, timeout=1200, check=False)
    try:
        found = Path(json.loads(done.stdout)["Dir"])
    except (ValueError, KeyError):
        raise CannotServe(f"Go {GO_NEEDED[0]}.{GO_NEEDED[1]} or newer is needed: {done.stderr[-500:]}") from None
    part = home.with_name(home.name + f".part-{os.getpid()}")
    shutil.copytree(found, part, copy_function=shutil.copyfile)
    for folder, _, names in os.walk(part):  # a module's files are read-only and not executable
        Path(folder).chmod(0o755)
        for name in names:
            tool = Path(folder).name in ("bin", "tool") or Path(folder).parent.name == "tool"
            (Path(folder) / name).chmod(0o755 if tool else 0o644)
    part.replace(home)
    return str(home / "bin" / "go")


def _install(go: str, what: str, where: Path, name: str) -> None:
    """`go install`, nice, with a line a minute. Raises CannotServe with the end of its output."""
    env = os.environ | {"GOBIN": str(where), "CGO_ENABLED": "0", "GOTOOLCHAIN": "local"}
    log = where / "build.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            ["nice", "-n", "5", go, "install", "-trimpath", "-ldflags", "-s -w", what],  # at 19: starved by tests
            env=env,
            cwd=where,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        began = time.monotonic()
        try:
            while True:
                try:
                    code = process.wait(TELL_SECONDS)
                    break
                except subprocess.TimeoutExpired:
                    say(f"{name}: still building, {(time.monotonic() - began) / 60:.0f} min")
                if time.monotonic() - began > BUILD_SECONDS:
                    raise CannotServe(f"{name}: not built within {BUILD_SECONDS // 60} min")
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
    if code:
        raise CannotServe(f"{name}: go install {what}: {log.read_text(errors='replace')[-1500:]}")
