"""The lease on the step in hand, renewed in the background while its work goes on."""

from __future__ import annotations

import threading
from types import TracebackType

import structlog

from ledger import Ledger, Step

log = structlog.get_logger()


class Lease:
    """Context manager: every third of a lease's length it renews that of the step taken last, until left. A lease that
    cannot be renewed is not an error here: the step's own commit is refused by the ledger when it is no longer ours."""

    def __init__(self, ledger: Ledger, owner: str, seconds: int) -> None:
        self._ledger, self._owner, self._seconds = ledger, owner, seconds
        self._step: Step | None = None
        self._left = threading.Event()
        self._thread = threading.Thread(target=self._renew, name="lease", daemon=True)

    def take(self, step: Step) -> None:
        """From now on it is this step's lease."""
        self._step = step

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
            step = self._step
            if step is None:
                continue
            try:
                with self._ledger.transaction() as tx:
                    tx.renew_lease(step.id, self._owner, self._seconds)
            except Exception as error:  # a busy ledger: the next third tries again, and the commit has the last word
                log.warning("lease_not_renewed", step=step.id, error=type(error).__name__)
