"""`./run services up|down|status|build [NAME…]`: processes of this machine, or containers where an engine runs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from deploy.services import engine, native
from deploy.services.catalogue import SERVICES
from deploy.services.place import ROOT, CannotServe, Place
from deploy.services.service import Service


def main(arguments: list[str] | None = None) -> int:
    """0: done; 1: something could not be had, said on stderr."""
    parser = argparse.ArgumentParser(prog="./run services", description=__doc__)
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "services", help="data, logs, addresses.json")
    parser.add_argument("--shift", type=int, default=0, help="added to every port")
    parser.add_argument("--wipe", action="store_true", help="down: remove the data too")
    parser.add_argument("what", choices=("up", "down", "status", "build", "packages"))
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(SERVICES))
    given = parser.parse_args(arguments)
    if unknown := set(given.names) - set(SERVICES):
        parser.error(f"no such server: {', '.join(sorted(unknown))}; there are {', '.join(SERVICES)}")
    chosen = [SERVICES[name] for name in given.names or SERVICES]
    try:
        do(given.what, chosen, Place(given.folder.absolute(), given.shift), given.wipe)
    except CannotServe as error:
        print(f"✗ {error}", file=sys.stderr)
        return 1
    return 0


def do(what: str, chosen: Sequence[Service], place: Place, wipe: bool) -> None:
    """One word of the command line. Raises CannotServe."""
    compose = engine.find_engine()
    if what == "packages":  # what is missing here, for ./run to install; containers bring their own
        print("\n".join(sorted({name for service in chosen for name in service.missing()} if not compose else ())))
    elif what == "build":
        for service in chosen if not compose else ():
            service.build()
    elif what == "up":
        engine.up(compose, chosen, place) if compose else native.up(chosen, place)
    elif what == "down":
        engine.down(compose, chosen, place, wipe) if compose else native.down(chosen, place, wipe)
    else:
        table([(engine if compose else native).status(service, place) for service in chosen])


def table(rows: Sequence[native.State]) -> None:
    """One line a server."""
    print(f"{'server':<14}{'state':<8}{'version':<38}{'port':>6}{'pid':>8}{'MB':>6}")
    for row in rows:
        numbers = "".join(f"{number or '':>{width}}" for number, width in zip(row[3:], (6, 8, 6), strict=True))
        print(f"{row.name:<14}{row.state:<8}{row.version:<38}{numbers}")


if __name__ == "__main__":
    sys.exit(main())
