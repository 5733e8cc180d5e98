"""Small disks of their own, that can be filled to the last byte: a tmpfs, where this machine lets us mount one."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Disk:
    """A file system with room for a few megabytes."""

    path: Path

    @contextmanager
    def full(self, but: int = 0) -> Iterator[None]:
        """As long as this lasts there is no room on it, or only that many bytes."""
        filling = self.path / "filling"
        with filling.open("wb", buffering=0) as out:
            for size in (1 << 20, 4096, 1):
                try:
                    while shutil.disk_usage(self.path).free >= max(but, 1):
                        out.write(bytes(size))
                except OSError:
                    continue
        yield
        filling.unlink()


@contextmanager
def small_disk(path: Path, megabytes: int) -> Iterator[Disk]:
    """A disk of so many megabytes, mounted on a folder."""
    path.mkdir(parents=True, exist_ok=True)
    argv = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0755", "tmpfs", str(path)]
    if subprocess.run(argv, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a disk of its own")
    try:
        yield Disk(path)
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=True)
