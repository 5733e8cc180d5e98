"""The Celery app of the data folder that MOTLAN_DATA names: `celery -A motlan.celery_app worker`."""

from __future__ import annotations

import os
import tempfile
from functools import cache
from pathlib import Path

from motlan.importing import uncollected
from motlan.settings import load
from motlan.wiring import House, make_celery, open_house
from storage.staging import sweep_staging
from worker.alive import sign_from_celery

with uncollected():
    from worker.tasks import register

_settings = load()


@cache
def _house() -> House:
    """Opened at the first task, inside the pool process: no connection and no key crosses a fork."""
    return open_house(_settings)


def _keep_scraps_in(staging: Path) -> None:
    """Temporary files of this process and of the programs it calls hold people's pages: a killed worker leaves them
    where they are swept, not in the machine's own folder. A data folder that is gone is a disk that is away: no empty
    one is made in its place."""
    staging.mkdir(exist_ok=True)
    sweep_staging(staging, _settings.sweep_after_seconds)
    os.environ["TMPDIR"] = tempfile.tempdir = str(staging)


_keep_scraps_in(_settings.staging_folder)
app = make_celery(_settings)
register(app, _house)
sign_from_celery(app, _settings.run_folder, "worker")
