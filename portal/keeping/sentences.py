"""Entries of the audit chain in people's words: who did what, and to what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ledger import AuditEntry
from portal.texts import Texts


@dataclass(frozen=True)
class Told:
    """One entry; a word that the catalogue lacks stands as it was written."""

    who: str
    did: str
    about: str


def told_by(t: Texts, names: Mapping[str, str]) -> Callable[[AuditEntry], Told]:
    """Tells entries in that language; `names` are the logins behind `account:7`."""

    def told(entry: AuditEntry) -> Told:
        kind, _, number = entry.object.partition(":")
        about = t.get(f"keeping.object.{kind.replace(' ', '_')}", entry.object).replace("{n}", number)
        return Told(
            who=names.get(entry.actor, t.get(f"keeping.doer.{entry.actor}", entry.actor)),
            did=t.get(key_of(entry.action), entry.action),
            about=names.get(entry.object, about),
        )

    return told


def key_of(action: str) -> str:
    """Where the catalogue has an action's words."""
    return f"keeping.did.{action.replace('.', '_')}"
