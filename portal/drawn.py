"""Pictures that were drawn lately, kept in memory: drawing one takes a tenth of a second, and people leaf to and fro.
They are named by the digests of what they show, so none is ever out of date; who may look, and that they looked, is
settled before anybody asks here."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable

KEPT_BYTES = 64_000_000
AT_ONCE = 4  # a page at 300 dpi takes some 60 MB while it is drawn


class Drawn:
    """The last pictures, at most that many bytes of them."""

    def __init__(self, most: int = KEPT_BYTES) -> None:
        self._most, self._bytes = most, 0
        self._kept: OrderedDict[Hashable, bytes] = OrderedDict()
        self._lock, self._drawing = threading.Lock(), threading.BoundedSemaphore(AT_ONCE)

    def get(self, name: Hashable, draw: Callable[[], bytes]) -> bytes:
        """The picture of that name, drawn when it is not there."""
        with self._lock:
            if name in self._kept:
                self._kept.move_to_end(name)
                return self._kept[name]
        with self._drawing:
            made = draw()
        with self._lock:
            self._bytes += len(made) - len(self._kept.pop(name, b""))
            self._kept[name] = made
            while self._bytes > self._most:
                self._bytes -= len(self._kept.popitem(last=False)[1])
        return made
