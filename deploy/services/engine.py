"""`up`, `down` and `status` where a container engine runs: the same servers, ports and addresses from compose.yml."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from deploy.services.catalogue import SERVICES
from deploy.services.golang import GoServer, S3Server
from deploy.services.native import State
from deploy.services.place import CannotServe, Place, say
from deploy.services.service import NotYet, Service

FILE = Path(__file__).with_name("compose.yml")
UP_SECONDS = 3600  # images may have to be fetched and built
DOWN_SECONDS = 180


def find_engine() -> list[str] | None:
    """The compose command of an engine that answers, or None. MOTLAN_SERVICES=native: none is looked for."""
    if os.environ.get("MOTLAN_SERVICES") == "native":
        return None
    for name in ("docker", "podman"):
        if shutil.which(name) and all(_works([name, *ask]) for ask in (["info"], ["compose", "version"])):
            return [name, "compose"]
    return None


def up(engine: Sequence[str], services: Sequence[Service], place: Place) -> None:
    """Bring them up and wait until each truly answers. Raises CannotServe."""
    with place.locked():
        _compose(engine, place, ["up", "--detach", "--build", *(s.name for s in services)], UP_SECONDS)
        for service in services:
            began = time.monotonic()
            while not _answers(service, place):
                if time.monotonic() - began > service.start_seconds:
                    raise CannotServe(f"{service.name}: no answer; look at: {' '.join(engine)} -f {FILE} logs")
                time.sleep(0.2)
            place.tell(service.name, address(service, place))
            say(f"{service.name}: up, port {service.port(place)}")


def down(engine: Sequence[str], services: Sequence[Service], place: Place, wipe: bool = False) -> None:
    """Stop them; with `wipe`, remove containers and their data. Raises CannotServe."""
    what = ["rm", "--force", "--stop", "--volumes"] if wipe else ["stop"]
    with place.locked():
        _compose(engine, place, [*what, *(s.name for s in services)], DOWN_SECONDS)
        for service in services:
            place.forget(service.name)


def status(service: Service, place: Place) -> State:
    """Whether it answers."""
    if service.name not in place.addresses():
        return State(service.name, "down")
    return State(service.name, "up" if _answers(service, place) else "broken", "container", service.port(place))


def address(service: Service, place: Place) -> dict[str, Any]:
    """As the native one's, but without a process of this machine."""
    place.note(service.name, {"port": service.port(place), "programs": []})
    return {name: value for name, value in service.address(place).items() if name != "pid"}


def variables(services: Sequence[Service], place: Place) -> dict[str, str]:
    """What compose.yml asks for: port, password, access key and module of each server."""
    found: dict[str, str] = {}
    for service in services:
        name = service.name.upper()
        found |= {f"{name}_PORT": str(service.port(place))}
        if isinstance(service, S3Server):
            at = service.address(place)
            found |= {f"{name}_ACCESS": at["access_key"], f"{name}_SECRET": at["secret_key"]}
        else:
            found |= {f"{name}_SECRET": place.secret(service.name)}
        if isinstance(service, GoServer):
            found |= {f"{name}_MODULE": f"{service.module}@{service.pinned}"}
    return found


def _answers(service: Service, place: Place) -> bool:
    try:
        service.ask(place)
    except (NotYet, OSError, subprocess.TimeoutExpired, json.JSONDecodeError):
        return False
    return True


def _compose(engine: Sequence[str], place: Place, what: list[str], seconds: int) -> None:
    env = os.environ | variables(list(SERVICES.values()), place)  # compose wants all of them, whichever is meant
    argv = [*engine, "--project-name", f"motlan-services-{place.shift}", "--file", str(FILE), *what]
    try:
        done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        raise CannotServe(f"{' '.join(argv)}: not done within {seconds} s") from None
    if done.returncode:
        raise CannotServe(f"{' '.join(argv)}: {done.stderr.strip()[-1500:]}")


def _works(argv: Sequence[str]) -> bool:
    try:
        return subprocess.run(argv, capture_output=True, timeout=10, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
