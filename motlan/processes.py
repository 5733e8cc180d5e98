"""The process tree of one data folder: Celery workers and the keeper, under a supervisor."""

from __future__ import annotations

import os
import sys

from motlan.output import Output
from motlan.probing_index import check_index
from motlan.probing_store import check_store
from motlan.probing_work import check_work
from motlan.settings import Settings
from motlan.wiring import House, new_boot
from worker.alive import forget
from worker.reconciler import after_restart
from worker.sqlite_broker import release_all
from worker.supervisor import ChildSpec, Supervisor, celery_worker_argv, until_signalled


def supervisor(
    house: House,
    *,
    drop_folder: bool,
    workers: bool = True,
    keeper: bool = True,
    portal: bool = False,
    grace_seconds: float = 30.0,
) -> Supervisor:
    """A supervisor of these parts, not started yet; its start raises AlreadyRunning when this folder has one."""
    settings = house.settings
    boot = new_boot(settings)
    env = os.environ | {
        "MOTLAN_DATA": str(settings.data),
        "MOTLAN_BOOT": boot,
        "OMP_THREAD_LIMIT": "1",
        "PYTHONUNBUFFERED": "1",
    }
    children = [ChildSpec("worker", celery_argv(settings), env)] if workers else []
    if keeper:
        argv = [sys.executable, "-m", "motlan.keeper", *(["--drop"] if drop_folder else [])]
        children.append(ChildSpec("keeper", argv, env))
    if portal:
        children.append(ChildSpec("portal", [sys.executable, "-m", "motlan.serving"], env))
    logs = None if settings.log_to_stderr else settings.logs_folder
    return Supervisor(children, settings.run_folder, logs, grace_seconds)


def celery_argv(settings: Settings) -> list[str]:
    """The command line of this folder's Celery worker."""
    return celery_worker_argv(
        "motlan.celery_app",
        concurrency=settings.workers,
        hostname=f"motlan-{os.environ.get('MOTLAN_BOOT', 'x')}@%h",
    )


def start(tree: Supervisor, house: House) -> None:
    """Try ledger, broker, store and index, take the folder's lock, free what an earlier start left running (steps in
    the ledger, messages in the broker), then start the children. Raises what keeps the parts from working."""
    check_work(house)
    check_store(house)
    check_index(house)
    tree.acquire()
    forget(house.settings.run_folder, [child.name for child in tree.children])
    after_restart(house)
    release_all(house.settings.broker_path)
    tree.start()


def run(house: House, *, drop_folder: bool, workers: bool = True, keeper: bool = True, portal: bool = False) -> None:
    """Run these parts in the foreground until SIGTERM or SIGINT, then stop them in order."""
    tree = supervisor(house, drop_folder=drop_folder, workers=workers, keeper=keeper, portal=portal)
    start(tree, house)
    try:
        Output.note(f"Đang chạy. Thả tệp vào: {house.settings.drop_folder}" if drop_folder else "Đang chạy.")
        if portal:
            Output.note(f"Cổng: {house.settings.public_url}")
        for event in until_signalled(tree):
            Output.note(str(event))
    finally:
        tree.stop()
    Output.note("Đã dừng gọn.")
