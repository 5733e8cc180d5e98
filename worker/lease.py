"""A lease on a step, renewed in the background while the step's work goes on."""

from __future__ import annotations

import threading
from types import TracebackType

import structlog

from ledger import Ledger, Step

log = structlog.get_logger()


class Lease:
    """Context manager: renews every third of the lease's length until left. A lease that cannot be renewed is not an
    error here: the step's own commit is refused by the ledger when it is no longer ours."""

    def __init__(self, ledger: Ledger, step: Step, owner: str, seconds: int) -> None:
        self._ledger, self._step, self._owner, self._seconds = ledger, step, owner, seconds
        self._left = threading.Event()
        self._thread = threading.Thread(target=self._renew, name=f"lease-{step.id}", daemon=True)

    def __enter__(self) -> Lease:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._left.set()
        self._thread.join(timeout=5)

    def _renew(self) -> None:
        while not self._left.wait(self._seconds / 3):
            try:
                with self._ledger.transaction() as tx:
                    held = tx.renew_lease(self._step.id, self._owner, self._seconds)
            except Exception as error:  # a busy ledger: the next third tries again, and the commit has the last word
                log.warning("lease_not_renewed", step=self._step.id, error=type(error).__name__)
                continue
            if not held:
                return
