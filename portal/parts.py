"""The real parts the portal works with; settings choose them (in `motlan.wiring`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from worker.parts import Parts as WorkerParts

if TYPE_CHECKING:
    from portal.secrets import SecretBox
    from reuse import Reuse
    from storage.segments import SegmentStore


@dataclass(frozen=True)
class OpenId:
    """A provider that people may log in by. `number_claim` is the path of the claim with the national number that it
    has verified (`verified_claims.claims.national_id`): such a person is a citizen. `login_claim` names the claim with
    the login of staff; only a claim that people can't choose themselves. `levels` are the values of `acr` that are
    enough; none: any."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    scopes: str = "openid profile"
    number_claim: str = ""
    login_claim: str = ""
    levels: tuple[str, ...] = ()


@dataclass(frozen=True)
class PortalSettings:
    """What an operator may set of the portal. `public_url` is how people reach it (scheme, host, no slash at the end);
    where it is https, cookies are sent over https alone. Idle and whole life of a session are in minutes. Without a
    token `/metrics` is open to this machine alone."""

    public_url: str = "http://127.0.0.1:8080"
    idle_minutes: int = 30
    session_minutes: int = 12 * 60
    max_upload_bytes: int = 2_000_000_000
    metrics_token: str = ""
    openid: OpenId | None = None

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
    @property
    def segments(self) -> SegmentStore: ...
