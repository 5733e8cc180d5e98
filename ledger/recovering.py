"""Codes for whoever lost the second factor: each is good once, and a new set ends the one before."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, func, insert, select, update

from ledger.people_tables import recovery_codes
from ledger.reads import Reads
from ledger.writes import Writes


class RecoveryReads(Reads):
    def recovery_codes_left(self, account_id: int) -> int:
        """How many of an account's codes were not used yet."""
        unused = (recovery_codes.c.account_id == account_id, recovery_codes.c.used_at.is_(None))
        return self._count(select(func.count()).select_from(recovery_codes).where(*unused))


class RecoveryWrites(Writes):
    def put_recovery_codes(self, account_id: int, codes: Sequence[str]) -> None:
        """An account's whole set, as keyed digests; none: it has no codes any more."""
        self._do(delete(recovery_codes).where(recovery_codes.c.account_id == account_id))
        if codes:
            rows = [{"account_id": account_id, "code": code, "created_at": self._now()} for code in codes]
            self._do(insert(recovery_codes), rows)

    def use_recovery_code(self, account_id: int, code: str) -> bool:
        """Whether it is one of the account's and had not been used before."""
        this = (recovery_codes.c.account_id == account_id, recovery_codes.c.code == code)
        unused = update(recovery_codes).where(*this, recovery_codes.c.used_at.is_(None))
        return self._do(unused.values(used_at=self._now())) == 1
