"""Recent blobs: what was put last is remembered, within a bound."""

from __future__ import annotations

from storage.recent import LARGEST, RecentBlobs


def test_the_oldest_make_room_and_what_is_forgotten_is_gone() -> None:
    recent = RecentBlobs(bound=10)
    for name in ("a", "b", "c"):
        recent.keep(name, name.encode() * 4)
    assert (recent.get("a"), recent.get("b"), recent.get("c")) == (None, b"bbbb", b"cccc")
    recent.forget("b")
    recent.keep("d", b"dddd")
    assert (recent.get("b"), recent.get("c"), recent.get("d")) == (None, b"cccc", b"dddd")


def test_the_same_blob_again_takes_no_more_room() -> None:
    recent = RecentBlobs(bound=10)
    for _ in range(9):
        recent.keep("a", b"aaaa")
    recent.keep("b", b"bbbb")
    assert recent.get("a") == b"aaaa"


def test_a_large_blob_is_not_kept() -> None:
    recent = RecentBlobs()
    recent.keep("a", bytes(LARGEST + 1))
    assert recent.get("a") is None
