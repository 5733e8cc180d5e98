"""A look at a paper through the portal: written to the audit chain before the first byte leaves."""

from __future__ import annotations

from typing import Any

from portal.parts import Parts
from portal.visitor import Visitor
from schemas.manifest import Manifest


def record_look(
    parts: Parts, visitor: Visitor, action: str, manifest: Manifest, *, outcome: str = "ok", **detail: Any
) -> None:
    """Commit the access event `access.<action>` about that paper; its citizens see it among who looked. `detail` holds
    plain words (page, case, purpose), never a value of a field."""
    said = {"unit": visitor.known.unit, "revision": manifest.revision, **detail}
    with parts.ledger.transaction() as tx:
        tx.audit(
            visitor.actor,
            f"access.{action}",
            manifest.record,
            {name: value for name, value in said.items() if value is not None},
            record=manifest.record,
            outcome=outcome,
        )
