"""Addresses that a visitor brings along: only those of this portal are followed."""

from __future__ import annotations

from urllib.parse import urlsplit


def ours(path: str) -> str:
    """A path of this portal; anything that could lead elsewhere is dropped."""
    there = urlsplit(path)
    fit = path.startswith("/") and not path.startswith(("//", "/\\")) and not there.netloc and not there.scheme
    return path if fit and not any(ord(c) < 33 or c == "\\" for c in path) else ""
