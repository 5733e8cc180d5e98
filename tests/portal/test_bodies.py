"""Bodies that would fill the memory: ended before anybody is asked who sent them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from motlan.wiring import House
from portal.bodies import MOST
from tests.support.portal import Client

PLACES = [
    ("POST", "/api/v1/exchange/checks", "application/json"),
    ("POST", "/dang-nhap", "application/x-www-form-urlencoded"),
]


@pytest.mark.parametrize(("method", "path", "kind"), PLACES)
def test_a_body_that_says_it_is_too_long_is_not_read(empty_town: House, method: str, path: str, kind: str) -> None:
    def body() -> Iterator[bytes]:
        raise AssertionError("it was read")
        yield b""

    headers = {"content-type": kind, "content-length": str(MOST + 1)}
    answer = Client(empty_town).request(method, path, headers=headers, content=body())
    assert answer.status_code == 413


@pytest.mark.parametrize(("method", "path", "kind"), PLACES)
def test_a_body_that_never_ends_is_ended(empty_town: House, method: str, path: str, kind: str) -> None:
    sent = 0

    def body() -> Iterator[bytes]:
        nonlocal sent
        while sent < 3 * MOST:
            sent += 1_000_000
            yield b"a" * 1_000_000

    answer = Client(empty_town).request(method, path, headers={"content-type": kind}, content=body())
    assert answer.status_code in (400, 413)
