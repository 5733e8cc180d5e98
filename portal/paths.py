"""Addresses that a visitor brings along: only those of this portal are followed."""

from __future__ import annotations

from urllib.parse import urlsplit


def ours(path: str) -> str:
    """A path of this portal; anything that could lead elsewhere is dropped."""
    there = urlsplit(path)
    fit = path.startswith("/") and not path.startswith(("//", "/\\")) and not there.netloc and not there.scheme
    return path if fit and not any(ord(c) < 33 or c == "\\" for c in path) else ""


def is_safe(url: str) -> bool:
    """Whether secrets may go there: over https, or to this machine itself."""
    try:
        there = urlsplit(url)
    except ValueError:
        return False
    here = there.hostname in ("127.0.0.1", "::1", "localhost")
    return bool(there.hostname) and (there.scheme == "https" or (there.scheme == "http" and here))
