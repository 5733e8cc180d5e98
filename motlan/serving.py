"""The portal's process: `python -m motlan.serving` serves the data folder that MOTLAN_DATA names."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path

import uvicorn

from motlan.importing import uncollected
from motlan.settings import load
from motlan.wiring import open_house
from worker.alive import EVERY_SECONDS, sign
from worker.logs import log_to
from worker.supervisor import die_with_parent


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    die_with_parent()
    with uncollected():
        from portal.app import make_app
    settings = load()
    log_to(settings.log_path("portal"))
    settings.staging_folder.mkdir(exist_ok=True)
    os.environ["TMPDIR"] = tempfile.tempdir = str(settings.staging_folder)  # uploads hold people's papers
    options = uvicorn.Config(
        make_app(open_house(settings)),
        host=settings.portal_host,
        port=settings.portal_port,
        forwarded_allow_ips=settings.portal_proxies,
        access_log=False,  # addresses of pages stay out of logs; what was looked at stands in the audit chain
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=10,
    )
    server = uvicorn.Server(options)
    asyncio.run(_serve(server, settings.run_folder))
    if not server.started:
        sys.exit(3)


async def _serve(server: uvicorn.Server, run_folder: Path) -> None:
    """Serve, and leave signs of life from the loop that answers."""
    beat = asyncio.create_task(_beat(run_folder))
    await server.serve()
    beat.cancel()


async def _beat(run_folder: Path) -> None:
    while True:
        sign(run_folder, "portal")
        await asyncio.sleep(EVERY_SECONDS)


if __name__ == "__main__":
    main()
