"""The process tree of one data folder: Celery workers and the keeper, under a supervisor."""

from __future__ import annotations

import os
import sys

from motlan.probing_store import check_store
from motlan.probing_work import check_work
from motlan.settings import Settings
from motlan.wiring import House, new_boot
from worker.reconciler import after_restart
from worker.sqlite_broker import release_all
from worker.supervisor import ChildSpec, Supervisor, celery_worker_argv


def supervisor(house: House, *, drop_folder: bool, grace_seconds: float = 30.0) -> Supervisor:
    """A supervisor that is not started yet; its start raises AlreadyRunning when this folder has one."""
    settings = house.settings
    boot = new_boot(settings)
    env = os.environ | {
        "MOTLAN_DATA": str(settings.data),
        "MOTLAN_BOOT": boot,
        "OMP_THREAD_LIMIT": "1",
        "PYTHONUNBUFFERED": "1",
    }
    worker = ChildSpec("worker", celery_argv(settings), env)
    keeper = ChildSpec("keeper", [sys.executable, "-m", "motlan.keeper", *(["--drop"] if drop_folder else [])], env)
    return Supervisor([worker, keeper], settings.run_folder, settings.logs_folder, grace_seconds)


def celery_argv(settings: Settings) -> list[str]:
    """The command line of this folder's Celery worker."""
    return celery_worker_argv(
        "motlan.celery_app",
        concurrency=settings.workers,
        hostname=f"motlan-{os.environ.get('MOTLAN_BOOT', 'x')}@%h",
    )


def start(tree: Supervisor, house: House) -> None:
    """Try the store, take the folder's lock, free what an earlier start left running (steps in the ledger, messages in
    the broker), then start the children. Raises StorageUnsafe."""
    check_work(house)
    check_store(house)
    tree.acquire()
    after_restart(house)
    release_all(house.settings.broker_path)
    tree.start()
