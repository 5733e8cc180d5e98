"""The order in which a page is read: blocks that stand side by side (the two halves of a header, two spouses) one after
the other, everything else row by row."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np

from ingest.cleaning import Ink, components
from ingest.pagepicture import Pixels

_GAP_MM = 4.0
_GAP_WITHIN = (0.22, 0.72)
_ROW_BREAK_MM = 0.4
_ACCENT_MM = 3.0
_MIN_PAIRED_ROWS = 2
_PADDING_MM = 1.5
_WHITE = 255
_ENOUGH_LETTERS = 60
_TITLE_LETTERS = 4
_LARGE, _HUGE = 1.35, 4.0
_TITLE_ROW = 2.2
_MARK_GAP, _MARK_HEIGHT = 0.35, 0.6

Bools = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True)
class Block:
    """A rectangle of the page that is read on its own, in pixels: left, top, right, bottom. `large` is how much larger
    its letters are than the page's."""

    left: int
    top: int
    right: int
    bottom: int
    large: float = 1.0


@dataclass(frozen=True)
class _Row:
    top: int
    bottom: int
    free: Bools  # columns without ink, within the row


@dataclass(frozen=True)
class Stack:
    """Blocks set one below the other in one picture, so that one run of a recogniser reads them all in order; `scales`
    are how much each was made smaller."""

    picture: Pixels
    blocks: tuple[Block, ...]
    tops: tuple[int, ...]
    scales: tuple[float, ...]

    def place(self, x: float, y: float) -> tuple[int, float, float, float]:
        """The block a point of the stack belongs to, the point's place on the page, and the block's scale."""
        index = max(i for i, top in enumerate(self.tops) if i == 0 or top <= y)
        scale = self.scales[index]
        return index, x / scale, (y - self.tops[index]) / scale + self.blocks[index].top, scale


def blocks_of(ink: Ink, shape: tuple[int, int], dpi: float) -> tuple[Block, ...]:
    """The blocks of a level page in reading order; together they cover it. `shape` is (height, width) of the picture
    the blocks are meant for, `dpi` its scale."""
    height, width = shape
    scale = dpi / ink.dpi
    blocks: list[Block] = []
    done = 0
    for first, last, gap in _paired_runs(_rows(ink), ink):
        top, bottom = max(done, round(first * scale)), min(height, round(last * scale))
        middle = round(gap * scale)
        if top > done:
            blocks.append(Block(0, done, width, top))
        blocks += [Block(0, top, middle, bottom), Block(middle, top, width, bottom)]
        done = bottom
    if done < height:
        blocks.append(Block(0, done, width, height))
    return tuple(blocks)


def stack(grey: Pixels, blocks: tuple[Block, ...], dpi: float) -> Stack:
    """The blocks' pixels, each at its own place from the left, one below the other."""
    if len(blocks) == 1 and blocks[0].large == 1.0:
        return Stack(grey, blocks, (0,), (1.0,))
    padding = round(_PADDING_MM * dpi / 25.4)
    tops, y = [], 0
    for block in blocks:
        tops.append(y)
        y += round((block.bottom - block.top) / block.large) + padding
    picture = np.full((y, grey.shape[1]), _WHITE, np.uint8)
    for block, top in zip(blocks, tops, strict=True):
        part, left = grey[block.top : block.bottom, block.left : block.right], round(block.left / block.large)
        if block.large > 1.0:
            size = (round(part.shape[1] / block.large), round(part.shape[0] / block.large))
            part = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        picture[top : top + part.shape[0], left : left + part.shape[1]] = part
    return Stack(picture, blocks, tuple(tops), tuple(1 / block.large for block in blocks))


def with_titles(blocks: tuple[Block, ...], ink: Ink, dpi: float) -> tuple[Block, ...]:
    """The blocks cut where rows of large letters stand among small ones: a recogniser that takes a block for lines of
    one size loses a title or its accents. Such rows are made as small as the others when the blocks are stacked."""
    scale = dpi / ink.dpi
    heights = _letters(ink)
    if len(heights) < _ENOUGH_LETTERS:
        return blocks
    usual = float(np.percentile(heights[:, 1], 80))
    cut: list[Block] = []
    rows = _rows(ink)
    titles: list[tuple[int, int, float]] = []
    for i, row in enumerate(rows):
        inside = heights[(heights[:, 0] >= row.top) & (heights[:, 0] < row.bottom), 1]
        if len(inside) < _TITLE_LETTERS:
            continue
        size = float(np.percentile(inside, 60)) / usual
        if _LARGE <= size <= _HUGE and row.bottom - row.top < _TITLE_ROW * float(np.percentile(inside, 80)):
            first, last = _cuts(rows, *_with_marks(rows, i), ink)
            titles.append((round(first * scale), round(last * scale), size))
    for block in blocks:
        top = block.top
        for first, last, size in titles:
            if top <= first and last <= block.bottom:
                if first > top:
                    cut.append(replace(block, top=top, bottom=first))
                cut.append(replace(block, top=first, bottom=last, large=size))
                top = last
        if top < block.bottom:
            cut.append(replace(block, top=top))
    return tuple(cut)


def _with_marks(rows: list[_Row], index: int) -> tuple[int, int]:
    """First and last row of a title: the accents of large letters and the dots below them make rows of their own."""
    height = rows[index].bottom - rows[index].top
    first = last = index
    if index and _is_mark(rows[index - 1], rows[index].top - rows[index - 1].bottom, height):
        first -= 1
    if index + 1 < len(rows) and _is_mark(rows[index + 1], rows[index + 1].top - rows[index].bottom, height):
        last += 1
    return first, last


def _is_mark(row: _Row, gap: int, height: int) -> bool:
    return gap < _MARK_GAP * height and row.bottom - row.top < _MARK_HEIGHT * height


def _letters(ink: Ink) -> np.ndarray[Any, np.dtype[np.int32]]:
    """Middle and height of each mark as it stands in the mask (which may have been turned since it was found)."""
    _, stats = components(ink.mask)
    tall = stats[1:][(stats[1:, cv2.CC_STAT_WIDTH] < 3 * stats[1:, cv2.CC_STAT_HEIGHT])]
    return np.stack([tall[:, 1] + tall[:, 3] // 2, tall[:, 3]], axis=1).astype(np.int32)


def _rows(ink: Ink) -> list[_Row]:
    """Rows of writing, top to bottom; marks that overlap in height are one row."""
    inked = ink.mask.any(axis=1)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], inked.astype(np.int8), [0]))))
    rows: list[_Row] = []
    least = _ROW_BREAK_MM * ink.dpi / 25.4
    start = None
    for a, b in zip(edges[::2], edges[1::2], strict=True):
        start = int(a) if start is None else start
        following = edges[edges > b]
        if len(following) and following[0] - b < least:
            continue
        rows.append(_Row(start, int(b), np.logical_not(ink.mask[start : int(b)].any(axis=0))))
        start = None
    return rows


def _paired_runs(rows: list[_Row], ink: Ink) -> list[tuple[int, int, int]]:
    """Runs of rows that leave one common gap free in the middle of the sheet, with writing on both sides of it in at
    least two rows: (top, bottom, x of the gap's middle)."""
    runs: list[tuple[int, int, int]] = []
    i = 0
    while i < len(rows):
        free, last, paired, gap = np.ones(ink.mask.shape[1], bool), -1, 0, None
        for j in range(i, len(rows)):
            narrowed = free & rows[j].free
            found = _gap(narrowed, ink)
            if found is None:
                break
            free = narrowed
            middle = (found[0] + found[1]) // 2
            if _both_sides(rows[j].free, middle):
                paired, last, gap = paired + 1, j, found
            elif j == i:
                break
        if paired >= _MIN_PAIRED_ROWS and gap is not None:
            runs.append((*_cuts(rows, i, last, ink), (gap[0] + gap[1]) // 2))
            i = last + 1
        else:
            i += 1
    return runs


def _cuts(rows: list[_Row], first: int, last: int, ink: Ink) -> tuple[int, int]:
    """Where to cut above row `first` and below row `last`: in the middle between the rows. Accents and dots are too
    small to be among the marks, so a cut along the marks would take them off their letters."""
    room = round(_ACCENT_MM * ink.dpi / 25.4)
    above = rows[first - 1].bottom if first else 0
    below = rows[last + 1].top if last + 1 < len(rows) else ink.mask.shape[0]
    top, bottom = rows[first].top, rows[last].bottom
    return max(top - room, (above + top) // 2), min(bottom + room, (bottom + below + 1) // 2)


def _gap(free: Bools, ink: Ink) -> tuple[int, int] | None:
    """The widest stretch of free columns that lies between marks, near the middle."""
    width = len(free)
    low, high = int(width * _GAP_WITHIN[0]), int(width * _GAP_WITHIN[1])
    edges = np.flatnonzero(np.diff(np.concatenate(([0], free.astype(np.int8), [0]))))
    best: tuple[int, int] | None = None
    for a, b in zip(edges[::2], edges[1::2], strict=True):
        start, end = max(int(a), low), min(int(b), high)
        wide = end - start >= _GAP_MM * ink.dpi / 25.4
        if wide and int(a) > 0 and int(b) < width and (best is None or end - start > best[1] - best[0]):
            best = (start, end)
    return best


def _both_sides(free: Bools, middle: int) -> bool:
    return not free[:middle].all() and not free[middle:].all()
