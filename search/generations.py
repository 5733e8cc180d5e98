"""The index file and its replacement: a small file names the one in use, so readers go on while a new one is built.

SQLite keeps a write-ahead log beside the file it belongs to. Renaming a new database over an old one would hand it the
old log; so each generation has its own file, and what is replaced in one step is the name. (A symbolic link would do
the same, and be lost by tools that copy a data folder.)
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from schemas.errors import IndexUnusable


class Generations:
    """`index.sqlite` holds the name `index.sqlite.3`; two lock files stand beside them."""

    def __init__(self, pointer: Path) -> None:
        self.pointer = pointer

    def current(self) -> Path | None:
        """The file in use, or None when there is none yet. Raises IndexUnusable when the pointer names none."""
        try:
            content = self.pointer.read_bytes()[:255]
        except FileNotFoundError:
            return None
        name = content.decode("utf-8", "replace").strip()
        if re.fullmatch(re.escape(self.pointer.name) + r"\.[0-9]+", name) is None:
            raise IndexUnusable(detail=f"{self.pointer.name} does not name an index")
        return self.pointer.with_name(name)

    def next(self) -> Path:
        """A name no generation has had as long as any file of it is left."""
        taken = [number for number, _ in self._generations()]
        return self.pointer.with_name(f"{self.pointer.name}.{max(taken, default=0) + 1}")

    def use(self, generation: Path) -> None:
        """Name that generation, in one step, and remove the files of all others."""
        fresh = self.pointer.with_name(f"{self.pointer.name}.fresh")
        with fresh.open("w", encoding="utf-8") as file:
            file.write(f"{generation.name}\n")
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.pointer)
        kept = int(generation.name.rsplit(".", 1)[1])
        for number, path in self._generations():
            if number != kept:
                path.unlink(missing_ok=True)

    def discard(self, generation: Path) -> None:
        """Remove the files of a generation that will not be used."""
        for number, path in self._generations():
            if number == int(generation.name.rsplit(".", 1)[1]):
                path.unlink(missing_ok=True)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Held while something is put, by many at once; the switch waits for them."""
        with self._lock("writers", fcntl.LOCK_SH):
            yield

    @contextmanager
    def switching(self) -> Iterator[None]:
        """Held alone while the pointer changes."""
        with self._lock("writers", fcntl.LOCK_EX):
            yield

    @contextmanager
    def building(self) -> Iterator[None]:
        """Held by the one who builds a new generation."""
        with self._lock("builder", fcntl.LOCK_EX):
            yield

    def _generations(self) -> list[tuple[int, Path]]:
        """Every file of every generation, SQLite's own beside it included, with the generation's number."""
        name = re.compile(re.escape(self.pointer.name) + r"\.([0-9]+)(?:-wal|-shm|-journal)?")
        files = self.pointer.parent.glob(f"{self.pointer.name}.*")
        return [(int(match[1]), path) for path in files if (match := name.fullmatch(path.name))]

    @contextmanager
    def _lock(self, name: str, how: int) -> Iterator[None]:
        self.pointer.parent.mkdir(parents=True, exist_ok=True)
        with self.pointer.with_name(f"{self.pointer.name}.{name}").open("a") as file:
            fcntl.flock(file, how)
            yield
