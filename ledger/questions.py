"""All questions the ledger answers, outside a transaction and within one."""

from __future__ import annotations

from ledger.accounts import AccountReads
from ledger.administration import AdministrationReads
from ledger.arranging import ArrangementReads
from ledger.asking import AskingReads
from ledger.audit_search import AuditSearch
from ledger.batches import BatchReads
from ledger.exchange import ExchangeReads
from ledger.facts import FactReads
from ledger.holding import HoldReads
from ledger.joining import JoinReads
from ledger.measures import MeasureReads
from ledger.recovering import RecoveryReads
from ledger.reviewing import ReviewReads
from ledger.searches import SearchReads
from ledger.sharing import SharingReads


class Questions(
    AccountReads,
    AdministrationReads,
    AskingReads,
    AuditSearch,
    FactReads,
    HoldReads,
    JoinReads,
    MeasureReads,
    ExchangeReads,
    ArrangementReads,
    RecoveryReads,
    ReviewReads,
    SearchReads,
    SharingReads,
    BatchReads,
):
    """Everything that can be asked; each part stands in the file of its tables."""
