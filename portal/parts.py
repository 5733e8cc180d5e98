"""The real parts the portal works with; settings choose them (in `motlan.wiring`)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from worker.parts import Parts as WorkerParts

if TYPE_CHECKING:
    from portal.secrets import SecretBox
    from reuse import Reuse


@dataclass(frozen=True)
class PortalSettings:
    """What an operator may set of the portal. `public_url` is how people reach it (scheme, host, no slash at the end);
    where it is https, cookies are sent over https alone. Idle and whole life of a session are in minutes."""

    public_url: str = "http://127.0.0.1:8080"
    idle_minutes: int = 30
    session_minutes: int = 12 * 60
    max_upload_bytes: int = 2_000_000_000

    @property
    def secure(self) -> bool:
        return self.public_url.startswith("https://")


class Parts(WorkerParts, Protocol):
    """What a page may reach: the parts of the worker, the door of once-only, and the portal's own settings."""

    @property
    def reuse(self) -> Reuse: ...
    @property
    def portal(self) -> PortalSettings: ...
    @property
    def box(self) -> SecretBox: ...
    @property
    def data(self) -> Path: ...
