"""The index file and its replacement: a link names the one in use, so that readers go on while a new one is built.

SQLite keeps a write-ahead log beside the file it belongs to. Renaming a new database over an old one would hand it the
old log; so each generation has its own file, and what is replaced in one step is the link.
"""

from __future__ import annotations

import fcntl
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from schemas.errors import IndexUnusable


class Generations:
    """`index.sqlite` → `index.sqlite.3`, and two lock files beside it."""

    def __init__(self, link: Path) -> None:
        self.link = link

    def current(self) -> Path | None:
        """The file in use, or None when there is none yet. Raises IndexUnusable when something else has its name."""
        try:
            return self.link.parent / self.link.readlink()
        except FileNotFoundError:
            return None
        except OSError:
            raise IndexUnusable(detail="a copy that lost its link stands in its place") from None

    def next(self) -> Path:
        """A name no generation has had as long as any file of it is left."""
        taken = [int(match[1]) for path in self._files() if (match := self._number(path))]
        return self.link.with_name(f"{self.link.name}.{max(taken, default=0) + 1}")

    def use(self, generation: Path) -> None:
        """Point the link at the generation, in one step, and remove the files of all others."""
        fresh = self.link.with_name(f"{self.link.name}.link")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(generation.name)
        fresh.replace(self.link)
        for path in self._files():
            if (match := self._number(path)) and match[1] != generation.name.rsplit(".", 1)[1]:
                path.unlink(missing_ok=True)

    def discard(self, generation: Path) -> None:
        """Remove the files of a generation that will not be used."""
        for path in self._files():
            if path.name == generation.name or path.name.startswith(f"{generation.name}-"):
                path.unlink(missing_ok=True)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Held while something is put, by many at once; the switch waits for them."""
        with self._lock("writers", fcntl.LOCK_SH):
            yield

    @contextmanager
    def switching(self) -> Iterator[None]:
        """Held alone while the link changes."""
        with self._lock("writers", fcntl.LOCK_EX):
            yield

    @contextmanager
    def building(self) -> Iterator[None]:
        """Held by the one who builds a new generation."""
        with self._lock("builder", fcntl.LOCK_EX):
            yield

    def _files(self) -> list[Path]:
        return list(self.link.parent.glob(f"{self.link.name}.*"))

    def _number(self, path: Path) -> re.Match[str] | None:
        return re.fullmatch(re.escape(self.link.name) + r"\.([0-9]+)(?:-wal|-shm|-journal)?", path.name)

    @contextmanager
    def _lock(self, name: str, how: int) -> Iterator[None]:
        self.link.parent.mkdir(parents=True, exist_ok=True)
        with self.link.with_name(f"{self.link.name}.{name}").open("a") as file:
            fcntl.flock(file, how)
            yield
