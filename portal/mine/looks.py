"""Who looked at a citizen's papers, when and why, in plain words; and the questions a citizen asks about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from ledger import Correction
from ledger.sharing import ABOUT_LOOK
from portal.mine.asking import officer_name, unit_name
from portal.pages import VIETNAM
from portal.parts import Parts
from portal.texts import Texts
from portal.visitor import Visitor
from reuse import AccessEvent, OwnPaper
from schemas.errors import FormInvalid, NotAllowed

MOST_OPEN = 20  # questions of one person that nobody has answered yet
LONGEST = 1000  # characters of a message


@dataclass(frozen=True)
class Look:
    """Looks of the same kind by the same person at the same paper within a day, told once; `event` is the last of
    `events`. `denied`: nothing was seen."""

    event: int
    events: tuple[int, ...]
    at: datetime
    who: str
    officer: str
    what: str
    paper: str
    record: str | None
    purpose: str
    case: str
    denied: bool
    mine: bool


def looks_of(parts: Parts, visitor: Visitor, t: Texts, papers: Iterable[OwnPaper], *, own: bool = False) -> list[Look]:
    """Looks by others, newest first; with `own` one's own too. Asking is an event itself."""
    names = {each.manifest.record: each.manifest.type_name for each in papers}
    events = [event for event in parts.reuse.who(visitor.subject) if own or not event.mine]

    def alike(event: AccessEvent) -> tuple[object, ...]:
        day, what = event.at.astimezone(VIETNAM).date(), _what(t, event)
        return day, what, event.actor, event.unit, event.record, event.case, event.purpose, event.outcome, event.mine

    return [_told(parts, t, list(same), names) for _, same in groupby(reversed(events), key=alike)]


def _what(t: Texts, event: AccessEvent) -> str:
    return t.get(f"mine.look.{event.action.replace('.', '_')}", t("mine.look.other"))


def _told(parts: Parts, t: Texts, events: list[AccessEvent], names: dict[str, str]) -> Look:
    last = events[0]
    who, officer = _who(parts, t, last)
    return Look(
        event=last.event,
        events=tuple(each.event for each in events),
        at=last.at,
        who=who,
        officer=officer,
        what=_what(t, last),
        paper=names.get(last.record or "", ""),
        record=last.record if last.record in names else None,
        purpose=last.purpose or "",
        case=last.case or "",
        denied=last.outcome == "denied",
        mine=last.mine,
    )


def _who(parts: Parts, t: Texts, event: AccessEvent) -> tuple[str, str]:
    """The name a citizen understands, and the officer's where a unit stands for it."""
    if event.mine:
        return t("mine.by.me"), ""
    plain = {"link": "link", "anyone": "anyone", "citizen": "stranger" if event.outcome == "denied" else "other"}
    if event.actor in plain:
        return t(f"mine.by.{plain[event.actor]}"), ""
    name = officer_name(parts, event.actor)
    unit = unit_name(parts, event.unit)
    return (unit, name) if unit else (name, "")


def ask_about_look(parts: Parts, visitor: Visitor, event: int, message: str) -> int:
    """A question to the unit that looked; returns its id. Raises NotAllowed for an event that is not about the person,
    FormInvalid."""
    found = next((each for each in parts.reuse.who(visitor.subject) if each.event == event), None)
    if found is None:
        raise NotAllowed()
    paper = parts.records.head(found.record) if found.record else None
    known = found.unit if found.unit and parts.ledger.unit_exists(found.unit) else None
    unit = known or (paper.unit if paper else parts.unit_code)
    where = (found.record or "", paper.revision if paper else 0)
    return _put(parts, visitor, where, unit, f"{ABOUT_LOOK}{event}", message)


def ask_for_correction(parts: Parts, visitor: Visitor, record: str, field: str, message: str) -> int:
    """Tell the unit that keeps the paper what is wrong with a field (empty: with the paper); returns the id. Raises
    NotAllowed for somebody else's paper, FormInvalid."""
    paper = parts.reuse.own(visitor.subject, record, "view").manifest
    if field and field not in paper.fields:
        raise FormInvalid(field="field", reason="Giấy tờ này không có ô đó.")
    return _put(parts, visitor, (paper.record, paper.revision), paper.unit, field, message)


def asked(parts: Parts, visitor: Visitor) -> list[Correction]:
    """Everything the person said or asked, newest first, with the answers."""
    return parts.ledger.corrections(subject_token=visitor.subject.token)


def _put(parts: Parts, visitor: Visitor, where: tuple[str, int], unit: str, field: str, message: str) -> int:
    message = message.strip()
    if not message or len(message) > LONGEST:
        raise FormInvalid(field="message", reason=f"Cần viết từ 1 đến {LONGEST} ký tự.")
    record, revision = where
    with parts.ledger.transaction() as tx:
        still = [each for each in tx.corrections(subject_token=visitor.subject.token) if each.state == "OPEN"]
        if len(still) >= MOST_OPEN:
            raise FormInvalid(field="message", reason=f"Đang có {MOST_OPEN} điều chờ trả lời; hãy chờ trả lời trước.")
        number = tx.put_correction(record, revision, unit, field, visitor.subject.token, message)
        about = {"correction": number, "field": field, "unit": unit}
        tx.audit(visitor.actor, "correction.asked", record or "look", about, record=record or None)
    return number
