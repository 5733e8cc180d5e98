"""Which addresses a hook may have: nobody makes this machine talk to its own insides."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from schemas.errors import HookRefused
from schemas.identifiers import mask_numbers


def check_url(url: str, *, loopback: bool) -> None:
    """An address that may be told: https, or this machine itself where the portal serves no other. Raises
    HookRefused."""
    try:
        there = urlsplit(url)
        host, _ = there.hostname or "", there.port
    except ValueError:
        raise HookRefused(reason="địa chỉ không đọc được") from None
    if not url.isascii() or any(ord(char) < 33 for char in url):
        raise HookRefused(reason="địa chỉ chỉ gồm chữ ASCII, không dấu cách")
    if there.username is not None or there.password is not None or there.fragment or not host:
        raise HookRefused(reason="không kèm tài khoản hoặc dấu #")
    if mask_numbers(url) != url:
        raise HookRefused(reason="không có dãy số dài")
    here = _is_loopback(host)
    if (here and not loopback) or (not here and there.scheme != "https") or there.scheme not in ("https", "http"):
        raise HookRefused(reason="cần https")
    if not here and _is_odd(host):
        raise HookRefused(reason="máy này không gửi tới địa chỉ đó")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _is_odd(host: str) -> bool:
    """No host of another office: link-local (where clouds keep their secrets), multicast, nowhere."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_link_local or address.is_multicast or address.is_unspecified or address.is_reserved
