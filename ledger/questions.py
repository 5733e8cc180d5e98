"""All questions the ledger answers, outside a transaction and within one."""

from __future__ import annotations

from ledger.accounts import AccountReads
from ledger.overview import Overview


class Questions(AccountReads, Overview):
    """Everything that can be asked; each part stands in the file of its tables."""
