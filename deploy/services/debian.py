"""The servers that Debian packages: PostgreSQL, Redis, RabbitMQ."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import psutil

from deploy.services.place import ROOT, CannotServe, Place, unprivileged
from deploy.services.processes import Program
from deploy.services.service import ASK_SECONDS, NotYet, Service, first_bytes, program


class Postgres(Service):
    """PostgreSQL, as Debian's user `postgres` where we are root: it refuses to run as root."""

    name = "postgres"
    standard_port = 55432

    def missing(self) -> list[str]:
        return [] if self._bin() and self._user_there() else ["postgresql"]

    def version(self) -> str:
        return _first_line([str(self._tool("postgres")), "--version"]).removeprefix("postgres (PostgreSQL) ")

    def programs(self, place: Place) -> list[Program]:
        user = unprivileged("postgres")
        folder = place.own(place.of(self.name), user)
        data = folder / "data"
        if not (data / "PG_VERSION").exists():
            self._initdb(place, folder, user)
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port(place)),
            "unix_socket_directories": "",
            "shared_buffers": "128MB",
            "work_mem": "8MB",
            "max_connections": "100",
            "max_wal_size": "512MB",
        }
        argv = [str(self._tool("postgres")), "-D", str(data)]
        for name, value in settings.items():
            argv += ["-c", f"{name}={value}"]
        return [Program(argv, user=user, stop=signal.SIGINT)]  # SIGINT: its fast shutdown

    def ask(self, place: Place) -> None:
        if not program("psql", self._bin() or ""):  # it runs in a container: its answer to "do you speak TLS?"
            first_bytes(self.port(place), b"\x00\x00\x00\x08\x04\xd2\x16\x2f", 1)
            return
        env = os.environ | {"PGPASSWORD": place.secret(self.name), "PGCONNECT_TIMEOUT": "5"}
        argv = [str(self._tool("psql")), "-X", "-h", "127.0.0.1", "-p", str(self.port(place)), "-U", "motlan"]
        argv += ["-d", "postgres", "-Atc", "select 1"]
        done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=ASK_SECONDS * 2, check=False)
        if done.stdout.strip() != "1":
            raise NotYet(done.stderr.strip()[-200:])

    def address(self, place: Place) -> dict[str, Any]:
        password, port = place.secret(self.name), self.port(place)
        return {"url": f"postgresql+psycopg://motlan:{password}@127.0.0.1:{port}/postgres"}

    def _initdb(self, place: Place, folder: Path, user: str | None) -> None:
        password = folder / "password"
        password.write_text(place.secret(self.name))
        password.chmod(0o600)
        if user:
            os.chown(password, *_ids(user))
        argv = [str(self._tool("initdb")), "-D", str(folder / "data"), "-U", "motlan", f"--pwfile={password}"]
        argv += ["--auth=scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8", "--data-checksums"]
        try:
            done = subprocess.run(
                argv, cwd=folder, user=user, group=user, capture_output=True, text=True, timeout=120, check=False
            )
        finally:
            password.unlink()
        if done.returncode:
            raise CannotServe(f"initdb: {done.stderr.strip()[-500:]}")

    def _bin(self) -> Path | None:
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
        return found[-1].parent if found else None

    def _tool(self, name: str) -> Path | str:
        return program(name, self._bin() or "") or name

    def _user_there(self) -> bool:
        return os.geteuid() != 0 or unprivileged("postgres") is not None


class Redis(Service):
    """Redis that writes every command to its disk, as the manual of the big size asks."""

    name = "redis"
    standard_port = 56379

    def missing(self) -> list[str]:
        return [] if program("redis-server") else ["redis-server"]

    def version(self) -> str:
        return _first_line(["redis-server", "--version"]).split("v=")[-1].split()[0]

    def programs(self, place: Place) -> list[Program]:
        user = unprivileged("redis")
        folder = place.own(place.of(self.name), user)
        config = folder / "redis.conf"  # not the command line: it would show the password to everybody
        config.write_text(
            f"bind 127.0.0.1\nport {self.port(place)}\ndir {folder}\nrequirepass {place.secret(self.name)}\n"
            "appendonly yes\nappendfsync always\nmaxmemory 256mb\nmaxmemory-policy noeviction\ndaemonize no\n"
        )
        config.chmod(0o600)
        if user:
            os.chown(config, *_ids(user))
        return [Program([str(program("redis-server")), str(config)], user=user)]

    def ask(self, place: Place) -> None:
        password = place.secret(self.name).encode()
        answer = first_bytes(self.port(place), b"AUTH " + password + b"\r\nPING\r\n", 12)
        if answer != b"+OK\r\n+PONG\r\n":
            raise NotYet(repr(answer[:80]))

    def address(self, place: Place) -> dict[str, Any]:
        return {"url": f"redis://:{place.secret(self.name)}@127.0.0.1:{self.port(place)}/0"}


class RabbitMQ(Service):
    """RabbitMQ from its own scripts: Debian's wrapper would change user, folder and cookie. Its `epmd` is ours too, so
    that nothing stays behind."""

    name = "rabbitmq"
    standard_port = 55672
    start_seconds = 120.0

    def missing(self) -> list[str]:
        return [] if self._sbin() else ["rabbitmq-server"]

    def version(self) -> str:
        sbin = self._sbin()
        return sbin.parent.name.removeprefix("rabbitmq_server-") if sbin else ""

    def programs(self, place: Place) -> list[Program]:
        user = unprivileged("rabbitmq")
        folder = place.own(place.of(self.name), user)
        port = self.port(place)
        config = place.own(folder / "conf.d", user)
        texts = {  # laid out as in the containers, with the same settings
            config / "10-address.conf": f"listeners.tcp.1 = 127.0.0.1:{port}\n",
            config / "20-motlan.conf": (ROOT / "deploy" / "rabbitmq.conf").read_text("utf-8"),
            config / "30-login.conf": f"default_user = motlan\ndefault_pass = {place.secret(self.name)}\n",
            folder / "enabled_plugins": "[].\n",
        }
        for path, text in texts.items():
            path.touch(mode=0o600)
            path.write_text(text, "utf-8")
            if user:
                os.chown(path, *_ids(user))
        env = {
            "RABBITMQ_NODENAME": f"motlan-{port}@localhost",
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_CONFIG_FILES": str(config),
            "RABBITMQ_CONF_ENV_FILE": str(folder / "rabbitmq-env.conf"),  # not there: the machine's own is not read
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_DIST_PORT": str(port + 1),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(port + 2),
            "ERL_CRASH_DUMP": "/dev/null",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 2:2 +sbwt none -kernel inet_dist_use_interface {127,0,0,1}",
        }
        server = [str((self._sbin() or Path()) / "rabbitmq-server")]
        return [Program([str(program("epmd"))], env, user), Program(server, env, user)]

    def ask(self, place: Place) -> None:
        answer = first_bytes(self.port(place), b"AMQP\x00\x00\x09\x01", 11)
        if answer[7:11] != b"\x00\x0a\x00\x0a":  # connection.start, AMQP 0-9-1
            raise NotYet(repr(answer[:80]))

    def address(self, place: Place) -> dict[str, Any]:
        url = f"amqp://motlan:{place.secret(self.name)}@127.0.0.1:{self.port(place)}/"
        programs = place.record(self.name).get("programs", ())
        shells = psutil.Process(int(programs[-1]["pid"])).children() if programs else ()
        erlang = [{"pid": process.pid} for process in shells if process.name() == "beam.smp"]
        return {"url": url} | (erlang[0] if erlang else {})

    def _sbin(self) -> Path | None:
        found = sorted(Path("/usr/lib/rabbitmq/lib").glob("rabbitmq_server-*/sbin"))
        return found[-1] if found else None


def _ids(user: str) -> tuple[int, int]:
    import pwd

    entry = pwd.getpwnam(user)
    return entry.pw_uid, entry.pw_gid


def _first_line(argv: list[str]) -> str:
    done = subprocess.run(argv, capture_output=True, text=True, timeout=20, check=False)
    return (done.stdout or done.stderr).strip().partition("\n")[0]
