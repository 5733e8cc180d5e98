"""The signature block of Decree 30, bottom right: authority, title and name, and the organisation on forms that name it
there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from rapidfuzz import fuzz

from ingest import agencies
from ingest.evidence import Again, Found, on_page
from ingest.fields import kinds
from ingest.fields.letter import agency_name, capital_part
from ingest.sheet import Line, Sheet, Token
from ingest.vocabulary import folded, words
from schemas.vietnamese import fold, tone_style

_SAME_TITLE = 85.0  # similarity, 0..100
_RIGHT = 0.45  # of the width: what stands left of it is no part of a signature block
_ABOVE = 0.04  # of the width: how far the organisation's middle may be off the authority's
# Of the width: names read whole stood within 0.004 of the middle, the shortest syllable lost moves it by 0.01.
_CENTRED = 0.006
_BELOW, _BESIDE = 0.3, 0.25  # of height and width: how far from the authority the name may stand
_SAME_LINE = 0.6  # of the height of a line
_GAP = 0.03  # of the width, between words of a name
_LONGEST_NAME = 6
_ON_BEHALF = r"(TM|TL|TUQ)\."  # what a block of more than one line begins with


def signer_of(sheets: Sequence[Sheet]) -> tuple[Found | None, Found | None]:
    """(authority, name) of the first signature block: an attached draft with another signer comes after it. Words of
    an authority that stand elsewhere have no name centred under them, and no recipients beside them."""
    blocks = [(sheet, lines) for sheet in sheets if (lines := _authority_lines(sheet))]
    found = [(_authority(*block), _signer_name(*block), _beside_recipients(block[0], block[1][0])) for block in blocks]
    if not found:
        return None, None
    signed = (one for one in found if one[2] or (one[1] is not None and not one[1].unsure))
    authority, name, _ = next(signed, found[0])
    return authority, name


def signing_agency(sheets: Sequence[Sheet]) -> Found | None:
    """The organisation named above the authority in a signature block, or else the one it is signed for (TM.)."""
    for sheet in sheets:
        lines = _authority_lines(sheet)
        if not lines:
            continue
        above: list[Line] = []
        for run in reversed([run for run in sheet.runs if run.y < lines[0].y and run.x > _RIGHT]):
            line, below = capital_part(run), above[0] if above else lines[0]
            if (
                below.y - run.y > 3 * below.box.height
                or line is None
                or line.text.strip(". ") in words("authority_marks")
                or abs(_middle(line) - _middle(lines[0])) > _ABOVE
            ):
                break
            if not _is_authority(line):
                above.insert(0, line)
        if above and any(above[0].folded.startswith(f"{head} ") for head in folded("organisation_heads")):
            whole = Line(tuple(token for line in above for token in line.tokens), sheet.page)
            return on_page(whole, agency_name, sheet.reading)
        behalf = re.match(_ON_BEHALF, lines[0].text)
        if behalf is not None and behalf[1] == "TM" and len(lines[0].tokens) > 1:
            named = Line(lines[0].tokens[1:], sheet.page, lines[0].block)
            heads = any(named.folded.startswith(f"{head} ") for head in folded("organisation_heads"))
            if heads and not agencies.is_bare(named.text):
                return on_page(named, agency_name, sheet.reading)
    return None


def _authority_lines(sheet: Sheet) -> list[Line]:
    lines: list[Line] = []
    for run in sheet.runs:
        line = capital_part(run)
        if line is None or line.x < 0.52 or line.box.x0 < 0.4:
            continue
        if not lines:
            if (_is_authority(line) or _is_rest_of_title(line, sheet)) and _below_header(line, sheet):
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
    if any(text.startswith(f"{head} ") for head in folded("organisation_heads") if " " in head):
        return False  # "CHI NHÁNH VĂN PHÒNG …" is no "CHÁNH VĂN PHÒNG"
    return any(text.startswith(title) or fuzz.ratio(text, title) >= _SAME_TITLE for title in folded("authority_titles"))


def _is_rest_of_title(line: Line, sheet: Sheet) -> bool:
    """What a seal left of a title, where a signature block begins."""
    ends = any(title.endswith(f" {line.folded}") for title in folded("authority_titles"))
    return ends and _beside_recipients(sheet, line)


def _authority(sheet: Sheet, lines: Sequence[Line]) -> Found:
    """The block's lines as one value; confirmed where they are of closed lists throughout and follow one another as
    Decree 30 wants it, and no line can be missing above them."""
    whole = Line(tuple(token for line in lines for token in line.tokens), sheet.page)
    found = on_page(whole, str, sheet.reading)
    seen = [line.seen for line in lines]
    again = found.again and replace(
        found.again, value="; ".join(_authority_text(look.text) for look in seen if look is not None)
    )
    texts = [_authority_text(line.text) for line in lines]
    begins = re.match(_ON_BEHALF, texts[0]) is not None or _beside_recipients(sheet, lines[0])
    complete, torn = begins and _is_complete(texts), not _is_authority(lines[0])
    return replace(found, value="; ".join(texts), again=again, structural=complete, unsure=torn)


def _authority_text(line: str) -> str:
    """`KT. CHỦ TỊCH`: the mark, and the title (behind TM. the organisation) snapped to the closed list where only marks
    or one letter differ."""
    mark, rest = _marked(tone_style(kinds.cleaned(line)).upper())
    if mark in ("TM", "TUQ"):
        return f"{mark}. {agencies.snapped(rest)[0]}"
    alike = [title for title in words("authority_titles") if fuzz.ratio(fold(rest), fold(title)) >= _SAME_TITLE]
    nearest = max(alike, key=lambda title: fuzz.ratio(fold(rest), fold(title)), default=rest)
    return f"{mark}. {nearest}" if mark else nearest


def _marked(text: str) -> tuple[str, str]:
    """("KT", "CHỦ TỊCH"); the mark is empty where there is none."""
    match = re.match(r"^\W*(TM|KT|TL|TUQ|Q)[.,]?\s+(.+)$", text)
    return (match[1], match[2]) if match else ("", text)


def _is_complete(texts: Sequence[str]) -> bool:
    """TM. an organisation, then a title; TL. or TUQ. one, then the title of who signs; KT. a title, then a deputy's."""
    parts = [_marked(text) for text in texts]
    known = all(name in words("authority_titles") or agencies.snapped(name)[2] for _, name in parts)
    deputies = all(
        name == f"PHÓ {above}" or (above.endswith("TRƯỞNG") and name.endswith("TRƯỞNG") and name != above)
        for (mark, above), (_, name) in pairwise(parts)
        if mark == "KT"
    )
    return known and deputies and not parts[-1][0]


def _beside_recipients(sheet: Sheet, line: Line) -> bool:
    """The block begins level with "Nơi nhận:", as Decree 30 sets it."""
    recipients = folded("recipients")
    level = [run for run in sheet.runs if run.x < line.box.x0 and run.folded.startswith(recipients)]
    return any(abs(run.y - line.y) < line.box.height for run in level)


@dataclass(frozen=True)
class _Named:
    """A row of words under the authority that may be the name; `whole` says that it stands centred there: a name that
    lost a part under the seal does not, and what a seal left of a title tells no middle."""

    line: Line
    value: str
    whole: bool

    @property
    def rank(self) -> tuple[int, bool, int, float]:
        surname, plausible = kinds.has_surname(self.value), kinds.name_is_plausible(self.value)
        return 2 * self.whole + surname + plausible, self.whole, len(self.line.tokens), self.line.confidence


def _signer_name(sheet: Sheet, block: Sequence[Line]) -> Found | None:
    """The name as each reader saw it, each for itself: where a seal and a signature lie over it, their words do not
    stand for one another."""
    first = _best(_named(sheet.lines, block))
    seen = _named(sheet.looks, block)
    second = next((one for one in seen if first is not None and one.value == first.value), _best(seen))
    best = first or second
    if best is None:
        return None
    found = on_page(best.line, kinds.name, sheet.reading, unsure=not best.whole)
    if second is None or second is best:
        return replace(found, again=None, source="second_ocr" if first is None else found.source)
    if first is not None and first.whole and _is_part(second.value, first.value):
        return replace(found, again=None)  # it saw less of the name, and nothing else
    engine = next((token.seen.engine for token in second.line.tokens if token.seen), "")
    again = Again(second.line.text, second.value, second.line.confidence, engine, unsure=not second.whole)
    return replace(found, again=again, together=None)


def _is_part(part: str, whole: str) -> bool:
    return part != whole and f" {part} " in f" {whole} "


def _best(candidates: Sequence[_Named]) -> _Named | None:
    return max(candidates, key=lambda one: one.rank, default=None)


def _named(lines: Sequence[Line], block: Sequence[Line]) -> list[_Named]:
    """What one reader saw that may be the name."""
    top, middle, torn = block[-1], median(_middle(line) for line in block), not _is_authority(block[0])
    near = [
        token
        for line in lines
        for token in line.tokens
        if token.page == top.page and 0 < token.y - top.y < _BELOW and abs(token.x - middle) < _BESIDE
    ]
    height = median(line.box.height for line in block)
    return [
        _Named(part, value, not torn and abs(part.x - middle) <= _CENTRED)
        for row in _rows(near, height)
        for part in _parts(row)
        if (value := kinds.name(part.text)) is not None
    ]


def _middle(line: Line) -> float:
    bare = [token for token in (token.bare() for token in line.tokens) if token is not None]
    return (bare[0].box.x0 + bare[-1].box.x1) / 2 if bare else line.x


def _rows(tokens: Sequence[Token], height: float) -> list[list[Token]]:
    """Tokens that stand on one line, whatever line the reader put them in."""
    rows: list[list[Token]] = []
    for token in sorted(tokens, key=lambda token: token.y):
        if rows and token.y - rows[-1][-1].y < _SAME_LINE * height:
            rows[-1].append(token)
        else:
            rows.append([token])
    return [sorted(row, key=lambda token: token.box.x0) for row in rows]


def _parts(row: Sequence[Token]) -> list[Line]:
    """All that may be a name in a row: neighbours that begin with a capital and go on in small letters."""
    parts = []
    for first in range(len(row)):
        part: list[Token] = []
        for token in row[first : first + _LONGEST_NAME]:
            bare = token.bare()
            if bare is None or not _is_name_part(bare.text):
                break
            if part and bare.box.x0 - part[-1].box.x1 > _GAP:
                break
            part.append(bare)
            if len(part) > 1:
                parts.append(Line(tuple(part), row[0].page))
    return parts


def _is_name_part(text: str) -> bool:
    return text[:1].isupper() and (len(text) == 1 or text[1:].islower())
