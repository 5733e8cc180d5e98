"""What a command works with: the data folder it was told, opened when it needs it."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from motlan.settings import Settings, load
from motlan.wiring import House, open_house


class Session:
    """Carried in the command line's context."""

    def __init__(self, data: Path | None) -> None:
        self.data = data

    @cached_property
    def settings(self) -> Settings:
        """Settings of the data folder, initialised or not."""
        return load(self.data)

    @cached_property
    def house(self) -> House:
        """The parts of an initialised data folder."""
        return open_house(self.settings)
