"""A file that stops answering after a while: crafted cross-reference loops must not hold a worker for ever.

pyHanko parses in pure Python and has to seek for every object and every cross-reference section it follows; a clock in
`read` and `seek` therefore ends any such loop, without threads, signals or a second process.
"""

from __future__ import annotations

import io
from pathlib import Path
from time import monotonic


class OutOfTime(Exception):
    """The time set for reading this file is over."""


class DeadlineReader(io.BufferedReader):
    """Opens `path` for reading; every access after `seconds` raises OutOfTime."""

    def __init__(self, path: Path, seconds: float) -> None:
        super().__init__(io.FileIO(path, "rb"))
        self._end = monotonic() + seconds

    def _check(self) -> None:
        if monotonic() > self._end:
            raise OutOfTime

    def read(self, size: int | None = -1, /) -> bytes:
        self._check()
        return super().read(size)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        self._check()
        return super().seek(offset, whence)
