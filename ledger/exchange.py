"""Systems that use the API: who they are, what they asked before (so that it is not done twice), and what they are to
be told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Row, and_, delete, exists, select, update

from ledger.people_tables import accounts, clients, deliveries, hooks, idempotency
from ledger.reads import Reads
from ledger.rows import DocumentRow, Request
from ledger.tables import documents, requests
from ledger.writes import Writes
from schemas.errors import NoSuchRow

HookState = Literal["ACTIVE", "CLOSED"]
DeliveryState = Literal["PENDING", "DELIVERED", "FAILED", "CANCELLED"]


@dataclass(frozen=True)
class Client:
    """A system: its account, the one purpose it is registered for, and what it may do."""

    account_id: int
    purpose: str
    scopes: tuple[str, ...]
    created_at: datetime


@dataclass(frozen=True)
class KeptAnswer:
    """What a key of idempotency stands for: the digest of the request, and its answer once there is one (sealed)."""

    id: int
    account_id: int
    key: str
    request: str
    status: int | None
    answer: Any
    created_at: datetime


@dataclass(frozen=True)
class Hook:
    """Where a system wants to be told of its unit's records; `secret` is sealed."""

    id: int
    account_id: int
    unit: str
    url: str
    secret: str
    state: HookState
    created_at: datetime


@dataclass(frozen=True)
class Delivery:
    """One event for one hook. PENDING: to be sent from `due_at` on; FAILED: given up; `error` is the last reason."""

    id: int
    hook_id: int
    event: str
    record: str
    revision: int
    state: DeliveryState
    attempts: int
    due_at: datetime
    error: str | None
    created_at: datetime
    changed_at: datetime


class ExchangeReads(Reads):
    """Questions about systems and what they are told."""

    def client(self, account_id: int) -> Client:
        """Raises NoSuchRow."""
        return _client(self._one(select(clients).where(clients.c.account_id == account_id), "client", account_id))

    def hook(self, hook_id: int) -> Hook:
        """Raises NoSuchRow."""
        return Hook(**self._one(select(hooks).where(hooks.c.id == hook_id), "hook", hook_id)._asdict())

    def hooks(self, account_id: int) -> list[Hook]:
        """The hooks of an account that are not closed."""
        query = select(hooks).where(hooks.c.account_id == account_id, hooks.c.state == "ACTIVE").order_by(hooks.c.id)
        return [Hook(**row._asdict()) for row in self._all(query)]

    def hook_deliveries(self, hook_id: int, after: int = 0, limit: int = 100) -> list[Delivery]:
        """What a hook was or will be told, in order, above that id."""
        query = select(deliveries).where(deliveries.c.hook_id == hook_id, deliveries.c.id > after)
        return [Delivery(**row._asdict()) for row in self._all(query.order_by(deliveries.c.id).limit(limit))]

    def requests_of(self, actor: str, after: int = 0, limit: int = 100) -> list[Request]:
        """What somebody asked for, in order, above that id of a request."""
        query = select(requests).where(requests.c.actor == actor, requests.c.id > after)
        return [Request(**row._asdict()) for row in self._all(query.order_by(requests.c.id).limit(limit))]

    def unit_documents(self, unit: str, after: int = 0, limit: int = 100) -> list[DocumentRow]:
        """A unit's papers that are stored, in order, above that id of a document."""
        stored = (documents.c.unit == unit, documents.c.revision.is_not(None), documents.c.state != "CANCELLED")
        query = select(documents).where(*stored, documents.c.id > after).order_by(documents.c.id).limit(limit)
        return [DocumentRow(**{**row._asdict(), "pages": tuple(row.pages)}) for row in self._all(query)]


class ExchangeWrites(Writes):
    """The part of a transaction that deals with systems and what they are told."""

    def add_client(self, account_id: int, purpose: str, scopes: Sequence[str]) -> None:
        """Register an account as a system."""
        self._insert(clients, account_id=account_id, purpose=purpose, scopes=sorted(scopes), created_at=self._now())

    def begin_once(self, account_id: int, key: str, request: str) -> KeptAnswer | None:
        """Take a key for that request; None when it is ours to answer, else what it stands for already."""
        same = [idempotency.c.account_id, idempotency.c.key]
        made = self._insert_new(
            idempotency, same, account_id=account_id, key=key, request=request, created_at=self._now()
        )
        if made is not None:
            return None
        row = self._all(select(idempotency).where(idempotency.c.account_id == account_id, idempotency.c.key == key))[0]
        return KeptAnswer(**row._asdict())

    def answer_once(self, account_id: int, key: str, status: int | None, answer: Any) -> None:
        """What the request came to."""
        mine = (idempotency.c.account_id == account_id, idempotency.c.key == key)
        self._do(update(idempotency).where(*mine).values(status=status, answer=answer))

    def forget_once(self, account_id: int, key: str) -> None:
        """The request changed nothing: the key may be used again."""
        mine = (idempotency.c.account_id == account_id, idempotency.c.key == key)
        self._do(delete(idempotency).where(*mine))

    def sweep_once(self, before: datetime) -> int:
        """Forget keys older than that; returns how many."""
        return self._do(delete(idempotency).where(idempotency.c.created_at < before))

    def add_hook(self, account_id: int, unit: str, url: str, secret: str) -> int:
        """Tell that address of the unit's records from now on."""
        told = {"account_id": account_id, "unit": unit, "url": url, "secret": secret, "state": "ACTIVE"}
        return self._insert(hooks, **told, created_at=self._now())

    def close_hook(self, hook_id: int) -> None:
        """Tell it nothing more; what was not sent yet is cancelled. Raises NoSuchRow."""
        if not self._do(update(hooks).where(hooks.c.id == hook_id).values(state="CLOSED")):
            raise NoSuchRow(what="hook", id=hook_id)
        waiting = (deliveries.c.hook_id == hook_id, deliveries.c.state == "PENDING")
        self._do(update(deliveries).where(*waiting).values(state="CANCELLED", changed_at=self._now()))

    def tell_hooks(self, unit: str, event: str, record: str, revision: int) -> int:
        """An event for every hook of the unit whose account is open; the same event again changes nothing. Returns how
        many are to be told."""
        of_unit = select(hooks.c.id).join(accounts, accounts.c.id == hooks.c.account_id)
        of_unit = of_unit.where(hooks.c.unit == unit, hooks.c.state == "ACTIVE", accounts.c.state == "ACTIVE")
        same = [deliveries.c.hook_id, deliveries.c.event, deliveries.c.record, deliveries.c.revision]
        now, told = self._now(), 0
        for hook in self._all(of_unit.order_by(hooks.c.id)):
            made = self._insert_new(
                deliveries,
                same,
                hook_id=hook.id,
                event=event,
                record=record,
                revision=revision,
                state="PENDING",
                attempts=0,
                due_at=now,
                created_at=now,
                changed_at=now,
            )
            told += made is not None
        return told

    def claim_deliveries(self, limit: int, seconds: float) -> list[Delivery]:
        """What is due, at most one a hook and record and the oldest of them first; nobody else gets it for so long."""
        now = self._now()
        earlier = deliveries.alias()
        blocked = exists().where(
            and_(
                earlier.c.hook_id == deliveries.c.hook_id,
                earlier.c.record == deliveries.c.record,
                earlier.c.state == "PENDING",
                earlier.c.id < deliveries.c.id,
            )
        )
        due = select(deliveries).where(deliveries.c.state == "PENDING", deliveries.c.due_at <= now, ~blocked)
        found = [Delivery(**row._asdict()) for row in self._all(due.order_by(deliveries.c.id).limit(limit))]
        return [each for each in found if self._postpone(each, now + timedelta(seconds=seconds))]

    def delivered(self, delivery_id: int) -> None:
        """It was taken."""
        self._set_delivery(delivery_id, state="DELIVERED", attempts=deliveries.c.attempts + 1, error=None)

    def not_delivered(self, delivery_id: int, error: str, again: datetime | None) -> None:
        """It was not taken: tried again then, or given up."""
        when: dict[str, Any] = {"state": "FAILED"} if again is None else {"due_at": again}
        self._set_delivery(delivery_id, attempts=deliveries.c.attempts + 1, error=error, **when)

    def deliver_again(self, hook_id: int) -> int:
        """Send what was given up of a hook once more; returns how many."""
        failed = (deliveries.c.hook_id == hook_id, deliveries.c.state == "FAILED")
        now = self._now()
        fresh = {"state": "PENDING", "due_at": now, "created_at": now, "changed_at": now}
        return self._do(update(deliveries).where(*failed).values(**fresh))

    def _postpone(self, delivery: Delivery, until: datetime) -> bool:
        # Only if nobody else was quicker: their claim has moved due_at.
        mine = (deliveries.c.id == delivery.id, deliveries.c.state == "PENDING", deliveries.c.due_at == delivery.due_at)
        return self._do(update(deliveries).where(*mine).values(due_at=until)) == 1

    def _set_delivery(self, delivery_id: int, **values: Any) -> None:
        pending = (deliveries.c.id == delivery_id, deliveries.c.state == "PENDING")
        self._do(update(deliveries).where(*pending).values(**values, changed_at=self._now()))


def _client(row: Row[Any]) -> Client:
    return Client(row.account_id, row.purpose, tuple(row.scopes), row.created_at)
