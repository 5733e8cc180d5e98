"""Files of a batch that can become one paper, those that did, and the orders for both ways."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ledger import Batch, FileRow, Join, JoinState
from portal.parts import Parts
from portal.scanning.batches import batch_of
from portal.scanning.files import PAGE, FileLine, files_of
from portal.visitor import Visitor
from schemas.errors import FilesNotJoinable, MotlanError, NotAllowed, by_code
from worker.joining import join as order_join
from worker.joining import undo_join
from worker.outcome import publish

COMING = ("received", "reading", "sealing")
_PLACE = re.compile(r"[1-9][0-9]{0,3}")


@dataclass(frozen=True)
class Choice:
    """A file that may be joined with others. `signed`: it may not, as that would break its signature."""

    line: FileLine
    signed: bool

    @property
    def picture(self) -> int | None:
        """The page to show of it; None as long as nothing of it is stored."""
        stored = [page for paper in self.line.papers if paper.stored for page in paper.pages]
        return stored[0] if stored else None


@dataclass(frozen=True)
class JoinedFile:
    """A file made of others, with the names of these in order; `reason` where that could not be done."""

    file: FileRow
    state: JoinState
    sources: tuple[FileRow, ...]
    reason: MotlanError | None


def choices(parts: Parts, batch: Batch, after: int = 0) -> tuple[list[Choice], int | None]:
    """Files of a batch that stand for themselves, a page of them, and where the next page begins."""
    lines = files_of(parts, batch, after, PAGE + 1)
    found = [
        Choice(line, parts.ledger.file(line.id).signed)
        for line in lines[:PAGE]
        if line.joined_into is None and (line.word in COMING or (line.papers and line.word in ("done", "review")))
    ]
    return found, lines[PAGE - 1].id if len(lines) > PAGE else None


def joined_files(parts: Parts, batch: Batch) -> list[JoinedFile]:
    """Every file of a batch that was made of others, newest first."""
    return [_joined(parts, one) for one in reversed(parts.ledger.joins(batch.id))]


def joined_file(parts: Parts, visitor: Visitor, batch: int, file: int) -> JoinedFile:
    """One of them. Raises NoSuchRow, NotAllowed."""
    batch_of(parts, visitor.unit, batch)
    made = parts.ledger.join(file)
    if made is None or made.batch_id != batch:
        raise NotAllowed()
    return _joined(parts, made)


def _joined(parts: Parts, made: Join) -> JoinedFile:
    file, sources = parts.ledger.file(made.file_id), [parts.ledger.file(one.file_id) for one in made.sources]
    told = file.reason
    reason = by_code(str(told.get("code")))(**told.get("details", {})) if told else None
    return JoinedFile(file, made.state, tuple(sources), reason)


def chosen(form: Mapping[str, str]) -> list[int]:
    """The files of a page's form, in the order typed: `place_N` for file N. Raises FilesNotJoinable."""
    places: list[tuple[int, int]] = []
    for name, value in form.items():
        word, _, number = name.partition("_")
        if word != "place" or not value.strip():
            continue
        if not (_PLACE.fullmatch(value.strip()) and _PLACE.match(number) and number.isdecimal() and len(number) < 10):
            raise FilesNotJoinable(reason="số thứ tự phải là một số từ 1 trở lên")
        places.append((int(value), int(number)))
    return [number for _, number in sorted(places)]


def order(parts: Parts, visitor: Visitor, batch: int, files: Sequence[int], type_id: str | None) -> int:
    """Order that these files become one paper; returns the id of the joined file. Raises NoSuchRow, NotAllowed,
    FilesNotJoinable."""
    batch_of(parts, visitor.unit, batch)
    ordered = order_join(parts, batch, files, visitor.actor, type_id)
    publish(parts, ordered.hints)
    return ordered.file_id


def undo(parts: Parts, visitor: Visitor, batch: int, file: int) -> None:
    """Order that they stand for themselves again. Raises NoSuchRow, NotAllowed, FilesNotJoinable."""
    joined_file(parts, visitor, batch, file)
    publish(parts, undo_join(parts, file, visitor.actor))
