"""One transaction of the ledger: everything that may be written, committed together or not at all."""

from __future__ import annotations

from ledger.asking import AskingWrites
from ledger.intake import IntakeWrites
from ledger.overview import Overview
from ledger.papers import PaperWrites


class Tx(IntakeWrites, PaperWrites, AskingWrites, Overview):
    """What `Ledger.transaction()` gives; it answers the ledger's questions too, as of what it has written so far."""
