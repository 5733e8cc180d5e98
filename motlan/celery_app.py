"""The Celery app of the data folder that MOTLAN_DATA names: `celery -A motlan.celery_app worker`."""

from __future__ import annotations

from functools import cache

from motlan.settings import load
from motlan.wiring import House, make_celery, open_house
from worker.alive import sign_from_celery
from worker.tasks import register

_settings = load()


@cache
def _house() -> House:
    """Opened at the first task, inside the pool process: no connection and no key crosses a fork."""
    return open_house(_settings)


app = make_celery(_settings)
register(app, _house)
sign_from_celery(app, _settings.run_folder, "worker")
