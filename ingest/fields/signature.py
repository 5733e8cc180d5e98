"""The signature block of Decree 30, bottom right: authority, title and name, and the organisation on forms that name it
there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from rapidfuzz import fuzz

from ingest.evidence import Found, on_page
from ingest.fields import kinds
from ingest.fields.letter import agency_name, capital_part
from ingest.naming import capitals_share
from ingest.sheet import Line, Sheet
from ingest.vocabulary import folded, words
from schemas.vietnamese import fold, tone_style

_SAME_TITLE = 85.0  # similarity, 0..100
_CENTRED = 0.02  # of the width


def signer_of(sheets: Sequence[Sheet]) -> tuple[Found | None, Found | None]:
    """(authority, name) of the first signature block: an attached draft with another signer comes after it."""
    for sheet in sheets:
        lines = _authority_lines(sheet)
        if lines:
            return _authority(sheet, lines), _signer_name(sheet, lines)
    return None, None


def signing_agency(sheets: Sequence[Sheet]) -> Found | None:
    """The organisation named above the authority in a signature block."""
    for sheet in sheets:
        lines = _authority_lines(sheet)
        if not lines:
            continue
        above: list[Line] = []
        for run in reversed([run for run in sheet.runs if run.y < lines[0].y]):
            line, below = capital_part(run), above[0] if above else lines[0]
            if below.y - run.y > 3 * below.box.height or line is None or abs(line.x - lines[0].x) > _CENTRED * 2:
                break
            above.insert(0, line)
        if above and any(above[0].folded.startswith(f"{head} ") for head in folded("organisation_heads")):
            whole = Line(tuple(token for line in above for token in line.tokens), sheet.page)
            return on_page(whole, agency_name, sheet.reading)
    return None


def _authority_lines(sheet: Sheet) -> list[Line]:
    lines: list[Line] = []
    for run in sheet.runs:
        line = capital_part(run)
        if line is None or line.x < 0.52 or line.box.x0 < 0.4:
            continue
        if not lines:
            if _is_authority(line) and _below_header(line, sheet):
                lines.append(line)
        elif line.y - lines[-1].y > 4 * max(lines[-1].box.height, 0.01):
            break
        elif line.y - lines[-1].y > 0.4 * lines[-1].box.height and abs(line.x - lines[0].x) < 0.2:
            if not _is_authority(line):
                break
            lines.append(line)
    return lines


def _below_header(line: Line, sheet: Sheet) -> bool:
    return line.y > 0.2 or sheet.page > 1


def _is_authority(line: Line) -> bool:
    text = line.folded
    if any(text.startswith(f"{fold(mark)} ") for mark in words("authority_marks")):
        return bool(re.match(r"\W*(TM|KT|TL|TUQ|Q)\b", line.text))
    return any(text.startswith(title) or fuzz.ratio(text, title) >= _SAME_TITLE for title in folded("authority_titles"))


def _authority(sheet: Sheet, lines: Sequence[Line]) -> Found:
    whole = Line(tuple(token for line in lines for token in line.tokens), sheet.page)
    found = on_page(whole, str, sheet.reading)
    seen = [line.seen for line in lines]
    again = found.again and replace(
        found.again, value="; ".join(_authority_text(look.text) for look in seen if look is not None)
    )
    return replace(found, value="; ".join(_authority_text(line.text) for line in lines), again=again)


def _authority_text(line: str) -> str:
    """`KT. CHỦ TỊCH`: the mark, and the title snapped to the closed list where only marks or one letter differ."""
    text = tone_style(kinds.cleaned(line)).upper()
    mark, rest = "", text
    match = re.match(r"^(TM|KT|TL|TUQ|Q)\.?\s+(.+)$", text)
    if match:
        mark, rest = f"{match[1]}. ", match[2]
    alike = [title for title in words("authority_titles") if fuzz.ratio(fold(rest), fold(title)) >= _SAME_TITLE]
    nearest = max(alike, key=lambda title: fuzz.ratio(fold(rest), fold(title)), default=rest)
    return f"{mark}{nearest}"


def _signer_name(sheet: Sheet, block: Sequence[Line]) -> Found | None:
    above, middle = block[-1], block[0].x
    best: tuple[tuple[bool, bool, float], Found] | None = None
    for run in sheet.runs:
        if not 0 < run.y - above.y < 0.3 or run.x < 0.48:
            continue
        for part in _name_parts(run):
            value = kinds.name(part.text)
            if value is None or capitals_share(part.text) > 0.8 or not all(t.text[:1].isupper() for t in part.tokens):
                continue
            # A name stands centred under the authority; one that does not may have lost a part under the signature.
            whole = abs(part.x - middle) < _CENTRED and len(part.tokens) == len(run.tokens)
            rank = (kinds.has_surname(value), kinds.name_is_plausible(value), part.confidence)
            if best is None or rank > best[0]:
                best = rank, on_page(part, kinds.name, sheet.reading, unsure=not whole)
    return best[1] if best else None


def _name_parts(run: Line) -> list[Line]:
    """The run, and the run without specks at its ends."""
    whole = run.trimmed()
    if whole is None:
        return []
    tokens = list(whole.tokens)
    while len(tokens) > 2 and (len(tokens[0].core) < 2 or not tokens[0].text[:1].isupper()):
        tokens.pop(0)
    while len(tokens) > 2 and (len(tokens[-1].core) < 2 or not tokens[-1].text[:1].isupper()):
        tokens.pop()
    trimmed = Line(tuple(tokens), run.page, run.block)
    return [whole] if trimmed == whole else [whole, trimmed]
