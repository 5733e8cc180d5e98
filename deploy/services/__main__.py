"""`./run services up|down|status [NAME…]`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from deploy.services import native
from deploy.services.debian import Postgres, RabbitMQ, Redis
from deploy.services.elastic import Elasticsearch
from deploy.services.golang import MinIO, Toxiproxy, VersityGW
from deploy.services.place import ROOT, CannotServe, Place
from deploy.services.service import Service

SERVICES: dict[str, Service] = {
    service.name: service
    for service in (Postgres(), Redis(), RabbitMQ(), Toxiproxy(), VersityGW(), MinIO(), Elasticsearch())
}


def main(arguments: list[str] | None = None) -> int:
    """0: done; 1: something could not be had, said on stderr."""
    parser = argparse.ArgumentParser(prog="./run services", description=__doc__)
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "services", help="data, logs, addresses.json")
    parser.add_argument("--shift", type=int, default=0, help="added to every port")
    parser.add_argument("--wipe", action="store_true", help="down: remove the data too")
    parser.add_argument("what", choices=("up", "down", "status", "packages"))
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(SERVICES))
    given = parser.parse_args(arguments)
    if unknown := set(given.names) - set(SERVICES):
        parser.error(f"no such server: {', '.join(sorted(unknown))}; there are {', '.join(SERVICES)}")
    chosen = [SERVICES[name] for name in given.names or SERVICES]
    place = Place(given.folder.absolute(), given.shift)
    try:
        if given.what == "up":
            native.up(chosen, place)
        elif given.what == "down":
            native.down(chosen, place, given.wipe)
        elif given.what == "packages":
            print("\n".join(sorted({name for service in chosen for name in service.missing()})))
        else:
            table([native.status(service, place) for service in chosen])
    except CannotServe as error:
        print(f"✗ {error}", file=sys.stderr)
        return 1
    return 0


def table(rows: list[native.State]) -> None:
    """One line a server."""
    print(f"{'server':<14}{'state':<8}{'version':<38}{'port':>6}{'pid':>8}{'MB':>6}")
    for row in rows:
        numbers = "".join(
            f"{number or '':>{width}}" for number, width in ((row.port, 6), (row.pid, 8), (row.megabytes, 6))
        )
        print(f"{row.name:<14}{row.state:<8}{row.version:<38}{numbers}")


if __name__ == "__main__":
    sys.exit(main())
