"""The product's Celery app with the light reader. Everything after the reading (understanding, sealing, storing, index,
ledger) is the product's own."""

from __future__ import annotations

from bench.chaos.reader import read_light
from motlan.wiring import House
from worker import handlers

handlers.read_page = read_light
House.readers = None  # type: ignore[assignment]  # nobody loads the recognisers' weights

from motlan.celery_app import app  # noqa: E402, F401 (the app that Celery looks for; after the reader is in place)
