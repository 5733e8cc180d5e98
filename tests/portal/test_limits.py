"""Buckets of tokens: emptied, refilled by time, one an address, and never more addresses than the table holds."""

from __future__ import annotations

import pytest

from portal import limits
from schemas.errors import TooManyRequests


def test_a_bucket_empties_and_fills_again() -> None:
    now = [0.0]
    limiter = limits.Limiter(3, 30, lambda: now[0])
    for _ in range(3):
        limiter.take("192.0.2.1")
    with pytest.raises(TooManyRequests) as refused:
        limiter.take("192.0.2.1")
    assert refused.value.details == {"seconds": 10}
    limiter.take("192.0.2.2")
    now[0] = 10.0
    limiter.take("192.0.2.1")
    with pytest.raises(TooManyRequests):
        limiter.take("192.0.2.1")


def test_the_addresses_of_one_ipv6_network_count_together() -> None:
    limiter = limits.Limiter(1, 60)
    limiter.take("2001:db8::1")
    with pytest.raises(TooManyRequests):
        limiter.take("2001:db8::ffff:2")
    limiter.take("2001:db8:0:1::1")


def test_the_table_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_ADDRESSES", 10)
    limiter = limits.Limiter(1, 60)
    for number in range(100):
        limiter.take(f"198.51.100.{number}")
    assert len(limiter._buckets) == 10
