"""Tables of forms without colons: a label alone in its cell, also over two lines, and its value in the cell beside it.
What the layout read column by column is put in rows again, so that a value stands behind its label."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ingest.sheet import Hit, Line, find_labels

_ALIGNED = 0.6  # of a line's height: how far apart the lines of one row stand at most
_STEP = 2.2  # of a line's height: how far below its first line a label or a value goes on
_TIGHT = 1.6  # of a line's height: lines of one cell stand no wider apart than those of a paragraph
_INDENT = 0.012  # of the page's width: how far the second line of a label may stand off the first
_NUMBER = re.compile(r"\W*(?:\d{1,2}|[a-zđ]|[IVX]{1,4})?\W*")  # of a label in a list
_BEGINNING = 2  # tokens: a label's number and its first word
_SHARED = 0.5  # of the narrower line: lines of one cell overlap at least so much in width


def in_rows(lines: Sequence[Line], labels: Sequence[str]) -> tuple[list[Line], list[Hit], frozenset[int]]:
    """The lines with every value behind its label, the labels found on them, and the lines whose value may have begun
    higher up: then it is not whole."""
    whole = _unwrapped(lines, labels)
    hits = find_labels(whole, labels)
    lone = {hit.line: hit for hit in hits if _is_alone(hit, whole[hit.line])}
    labelled = {hit.line for hit in hits if _leads(hit, whole[hit.line])}
    beside = {number: _beside(number, whole, labelled) for number in lone}
    moved = {other for others in beside.values() for other in others}
    if not moved:
        return whole, hits, frozenset()
    order, doubtful = _order(whole, beside, moved, labelled)
    rows, found, unsure = list[Line](), list[Hit](), set[int]()
    for number in order:
        line, offset = whole[number], 0
        for part in (number, *beside.get(number, ())):
            mine = [replace(hit, line=len(rows), start=hit.start + offset, end=hit.end + offset)
                    for hit in hits if hit.line == part]  # fmt: skip
            found += mine
            line = line if part == number else replace(line, tokens=(*line.tokens, *whole[part].tokens))
            offset = len(line.tokens)
        unsure |= {len(rows)} if number in doubtful else set()
        rows.append(line)
    return rows, found, frozenset(unsure)


def _unwrapped(lines: Sequence[Line], labels: Sequence[str]) -> list[Line]:
    """The lines with labels that run over two lines of their cell in one."""
    whole, gone = list[Line](), set[int]()
    for number, line in enumerate(lines):
        if number in gone:
            continue
        below = (other for other in range(number + 1, len(lines)) if other not in gone and _goes_on(line, lines[other]))
        under = next(below, None)
        if under is not None and not find_labels([lines[under]], labels):
            both = replace(line, tokens=(*line.tokens, *lines[under].tokens))
            hit = next((hit for hit in find_labels([both], labels) if _leads(hit, both)), None)
            if hit is not None and hit.end == len(both.tokens):
                gone.add(under)
                line = both
        whole.append(line)
    return whole


def _goes_on(first: Line, second: Line) -> bool:
    """Small letters right under a line, where its words or what stands behind their number begin."""
    step = second.box.y0 - first.box.y0
    if first.page != second.page or not 0 < step < _STEP * first.box.height or not second.text[:1].islower():
        return False
    return any(abs(second.box.x0 - token.box.x0) < _INDENT for token in first.tokens[:_BEGINNING])


def _is_alone(hit: Hit, line: Line) -> bool:
    """Nothing but its number stands with the label."""
    return hit.end == len(line.tokens) and _leads(hit, line)


def _leads(hit: Hit, line: Line) -> bool:
    """Nothing but its number stands before the label."""
    return all(_NUMBER.fullmatch(token.text) for token in line.tokens[: hit.start])


def _beside(number: int, lines: Sequence[Line], labelled: set[int]) -> list[int]:
    """The lines to the right of a label that stands alone, left to right; none where the next one bears a label too."""
    label = lines[number]
    row = [other for other, line in enumerate(lines) if _same_row(label, line)]
    row.sort(key=lambda other: lines[other].box.x0)
    return [] if not row or row[0] in labelled else row


def _same_row(label: Line, line: Line) -> bool:
    if line.page != label.page or line.box.x0 <= label.box.x1:
        return False
    first, last = label.tokens[0].y, label.tokens[-1].y  # of a label over two lines
    slack = _ALIGNED * line.box.height
    return min(first, last) - slack < line.y < max(first, last) + slack


def _order(
    lines: Sequence[Line], beside: Mapping[int, Sequence[int]], moved: set[int], labelled: set[int]
) -> tuple[list[int], set[int]]:
    """The lines that begin a row, each followed by those that go on under its value; and the labels whose value may
    have begun above them."""
    under = {number: _under(others[-1], lines, moved | labelled) for number, others in beside.items() if others}
    taken = {other for others in under.values() for other in others}
    order: list[int] = []
    for number in range(len(lines)):
        if number in moved or number in taken:
            continue
        order += [number, *under.get(number, ())]
    doubtful = {number for number, others in beside.items() if others and _begun_above(number, others[0], lines, taken)}
    return order, doubtful


def _under(last: int, lines: Sequence[Line], ended: set[int]) -> list[int]:
    """The lines right under a value in its cell."""
    found: list[int] = []
    above = lines[last]
    for number in range(last + 1, len(lines)):
        line = lines[number]
        if number in ended or line.page != above.page or line.block != above.block:
            break
        if not _in_column(line, lines[last]) or line.box.y0 - above.box.y0 > _STEP * above.box.height:
            break
        found.append(number)
        above = line
    return found


def _begun_above(number: int, first: int, lines: Sequence[Line], taken: set[int]) -> bool:
    """A line of the value's column stands right above it that goes with no other label: in a row whose label stands in
    the middle of its height the value begins above it."""
    value = lines[first]
    near = [line for other, line in enumerate(lines) if other not in taken and _stands_on(line, value)]
    labels = [line for other, line in enumerate(lines) if other != number and line.box.x1 < value.box.x0]
    return any(not any(_same_row(label, line) for label in labels) for line in near)


def _stands_on(line: Line, value: Line) -> bool:
    """Right above it in its column."""
    step = value.y - line.y
    return line.page == value.page and 0 < step < _TIGHT * line.box.height and _in_column(line, value)


def _in_column(line: Line, value: Line) -> bool:
    shared = min(line.box.x1, value.box.x1) - max(line.box.x0, value.box.x0)
    return shared > _SHARED * min(line.box.width, value.box.width)
