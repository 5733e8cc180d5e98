"""How often one address may knock at a door that is open to everybody. Kept in memory: each process counts for itself
and forgets when it ends, and the table of addresses is bounded."""

from __future__ import annotations

import ipaddress
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from fastapi import Depends, Request

from schemas.errors import TooManyRequests

MOST_ADDRESSES = 10_000
IPV6_SITE = 64  # bits: whoever has one IPv6 address has the others of the same network too


class Limiter:
    """A bucket of `most` tokens for each address; one comes back every `seconds / most`."""

    def __init__(self, most: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._rate, self._clock = most, most / seconds, clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # tokens left, and when
        self._lock = threading.Lock()

    def take(self, address: str) -> None:
        """Raises TooManyRequests when the bucket is empty."""
        now, place = self._clock(), _place(address)
        with self._lock:
            left, then = self._buckets.pop(place, (float(self._most), now))
            left = min(self._most, left + (now - then) * self._rate)
            self._buckets[place] = (left - 1 if left >= 1 else left, now)
            while len(self._buckets) > MOST_ADDRESSES:
                self._buckets.popitem(last=False)
        if left < 1:
            raise TooManyRequests(seconds=math.ceil((1 - left) / self._rate))


def limited(name: str, most: int, seconds: float) -> Any:
    """The dependency of a route that an address may use so often in that time; routes of one name count together."""

    key = f"limiter_{name}"

    async def check(request: Request) -> None:  # a coroutine: never two at once, so that there is one limiter
        state = request.app.state
        if not hasattr(state, key):
            setattr(state, key, Limiter(most, seconds))
        limiter: Limiter = getattr(state, key)
        limiter.take(request.client.host if request.client else "")

    return Depends(check)


def _place(address: str) -> str:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((found, IPV6_SITE), strict=False)) if found.version == 6 else address
