"""One transaction of the ledger: everything that may be written, committed together or not at all."""

from __future__ import annotations

from ledger.accounts import AccountWrites
from ledger.administration import AdministrationWrites
from ledger.adoption import AdoptionWrites
from ledger.arranging import ArrangementWrites
from ledger.asking import AskingWrites
from ledger.batches import BatchWrites
from ledger.exchange import ExchangeWrites
from ledger.holding import HoldWrites
from ledger.joining import JoinWrites
from ledger.questions import Questions
from ledger.recovering import RecoveryWrites
from ledger.reviewing import ReviewWrites
from ledger.searches import SearchWrites
from ledger.sharing import SharingWrites


class Tx(
    AdoptionWrites,
    AskingWrites,
    BatchWrites,
    AccountWrites,
    AdministrationWrites,
    HoldWrites,
    JoinWrites,
    ExchangeWrites,
    ArrangementWrites,
    RecoveryWrites,
    ReviewWrites,
    SearchWrites,
    SharingWrites,
    Questions,
):
    """What `Ledger.transaction()` gives; it answers the ledger's questions too, as of what it has written so far."""
