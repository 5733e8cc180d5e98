"""Who calls: a system with its registered purpose and scopes; and what keeps a repeated call from being done twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

from fastapi import Depends, Header, Request
from pydantic import BaseModel

from ledger import Client
from portal.parts import Parts
from portal.visitor import Visitor, Who, parts_of
from schemas.errors import IdempotencyConflict, IdempotencyInFlight, MotlanError, ScopeMissing
from schemas.manifest import canonical_json

KEPT = timedelta(hours=24)  # how long a key stands for its answer

Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=100,
        pattern=r"^[!-~]+$",
        description="Same key and same request within 24 hours: the same answer, done once.",
    ),
]


@dataclass(frozen=True)
class Caller:
    """A system that calls."""

    parts: Parts
    visitor: Visitor
    client: Client

    @property
    def unit(self) -> str:
        return self.visitor.unit

    @property
    def actor(self) -> str:
        return self.visitor.actor

    @property
    def purpose(self) -> str:
        return self.client.purpose

    def may(self, scope: str) -> bool:
        return scope in self.client.scopes


@dataclass(frozen=True)
class Needs:
    """The dependency that asks for a scope. Raises ScopeMissing."""

    scope: str

    def __call__(self, request: Request, visitor: Who) -> Caller:
        parts = parts_of(request)
        caller = Caller(parts, visitor, parts.ledger.client(visitor.known.id))
        if not caller.may(self.scope):
            raise ScopeMissing(scope=self.scope)
        return caller


Sending = Annotated[Caller, Depends(Needs("batches"))]
Reading = Annotated[Caller, Depends(Needs("records"))]
Reusing = Annotated[Caller, Depends(Needs("reuse"))]
Listening = Annotated[Caller, Depends(Needs("hooks"))]


def once(
    caller: Caller, request: Request, key: str | None, body: BaseModel | None, do: Callable[[], dict[str, Any]]
) -> dict[str, Any]:
    """What `do` comes to, done once for that key of the caller. What it returns is kept in the ledger for the time of
    the key: ids, and sealed whatever says more. A call that was refused leaves its key free; one whose end nobody knows
    keeps it until it is forgotten, so that nothing is ever done twice. Raises IdempotencyConflict,
    IdempotencyInFlight."""
    if key is None:
        return do()
    said = None if body is None else body.model_dump(mode="json")
    asked = caller.parts.box.digest(canonical_json([request.method, request.url.path, said]))  # may hold an ID number
    account = caller.client.account_id
    with caller.parts.ledger.transaction() as tx:
        tx.sweep_once(caller.parts.clock() - KEPT)
        known = tx.begin_once(account, key, asked)
    if known is None:
        return _first(caller, key, do)
    if known.request != asked:
        raise IdempotencyConflict()
    if known.status is None:
        raise IdempotencyInFlight()
    answer: dict[str, Any] = known.answer
    return answer


def _first(caller: Caller, key: str, do: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    account = caller.client.account_id
    try:
        answer = do()
    except MotlanError:
        with caller.parts.ledger.transaction() as tx:
            tx.forget_once(account, key)
        raise
    with caller.parts.ledger.transaction() as tx:
        tx.answer_once(account, key, 200, answer)
    return answer
