"""The sender of hooks: signed, in the order of each record, tried again for days, then given up and shown."""

from __future__ import annotations

import hashlib
import hmac
import json
import random
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import httpx
import structlog

from ledger import Delivery, Hook
from portal.exchange.addresses import check_url
from portal.parts import Parts
from schemas.errors import HookRefused

log = structlog.get_logger()

SIGNATURE = "Motlan-Signature"
SECONDS = 10.0  # a receiver has to answer
AT_ONCE = 100  # deliveries of one round
HELD = 300.0  # seconds that a round may take before another sender may try the same
FIRST_PAUSE, LONGEST_PAUSE = 10.0, 6 * 3600.0  # seconds between tries
GIVE_UP = timedelta(days=3)


def deliver_due(parts: Parts) -> int:
    """Send what is due, the hooks beside each other; returns how many were taken. A receiver that fails once is left
    alone for the rest of the round."""
    with parts.ledger.transaction() as tx:
        claimed = tx.claim_deliveries(AT_ONCE, HELD)
    by_hook: dict[int, list[Delivery]] = defaultdict(list)
    for delivery in claimed:
        by_hook[delivery.hook_id].append(delivery)
    if not by_hook:
        return 0
    with ThreadPoolExecutor(min(8, len(by_hook))) as pool:
        return sum(pool.map(lambda rows: _deliver(parts, rows), by_hook.values()))


def signature(secret: str, at: int, body: bytes) -> str:
    """`t=SECONDS,v1=HEX`: HMAC-SHA256 of "SECONDS." and the body. The time is signed, so that a delivery that somebody
    caught can't be sent again later."""
    made = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={made}"


def _deliver(parts: Parts, rows: Sequence[Delivery]) -> int:
    hook = parts.ledger.hook(rows[0].hook_id)
    secret = parts.box.read(hook.secret)
    taken, away = 0, ""
    with httpx.Client(timeout=SECONDS, follow_redirects=False) as client:
        for row in rows:
            away = away or _send(parts, client, hook, secret, row)
            with parts.ledger.transaction() as tx:
                if away:
                    tx.not_delivered(row.id, away, _again(parts, row))
                else:
                    tx.delivered(row.id)
                    taken += 1
    if away:
        log.warning("hook_failed", hook=hook.id, error=away)
    return taken


def _send(parts: Parts, client: httpx.Client, hook: Hook, secret: str, row: Delivery) -> str:
    """Empty when it was taken, else why not; no word of the receiver's answer is kept."""
    document = parts.ledger.document_by_record(row.record)
    told = {
        "delivery": row.id,
        "event": row.event,
        "record": row.record,
        "revision": row.revision,
        "type": document.type if document else None,
        "unit": hook.unit,
        "at": row.created_at.astimezone(UTC).isoformat(timespec="seconds"),
    }
    body = json.dumps(told).encode()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": parts.software.replace(" ", "/"),
        SIGNATURE: signature(secret, int(parts.clock().timestamp()), body),
    }
    try:
        check_url(hook.url, loopback=not parts.portal.secure)
        with client.stream("POST", hook.url, content=body, headers=headers) as answer:
            return "" if answer.is_success else f"HTTP {answer.status_code}"
    except HookRefused as error:
        return error.code
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return type(error).__name__


def _again(parts: Parts, row: Delivery) -> datetime | None:
    """When to try again: twice as long each time, with jitter; None to give up."""
    now = parts.clock()
    if now - row.created_at > GIVE_UP:
        return None
    pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(row.attempts, 12)) * random.uniform(0.75, 1.0)
    return now + timedelta(seconds=pause)
