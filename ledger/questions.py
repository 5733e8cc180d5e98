"""All questions the ledger answers, outside a transaction and within one."""

from __future__ import annotations

from ledger.accounts import AccountReads
from ledger.arranging import ArrangementReads
from ledger.exchange import ExchangeReads
from ledger.overview import Overview


class Questions(AccountReads, ExchangeReads, ArrangementReads, Overview):
    """Everything that can be asked; each part stands in the file of its tables."""
