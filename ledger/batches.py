"""Batches as people look at them: page by page, counted together, with their files and how fast they go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select, update

from ledger.overview import Overview
from ledger.people_tables import HANDED_IN
from ledger.reads import document_of, file_of
from ledger.rows import OPEN_STEP, Batch, DocumentRow, FileRow, Progress
from ledger.tables import batches, documents, files, pages, reviews, steps
from ledger.writes import Writes

APART = ("QUARANTINED", "REFUSED")
PACE_OF = 50  # how many of the last steps say how fast a batch goes


@dataclass(frozen=True)
class Pace:
    """How fast a batch went lately: seconds between two read pages, and when the last one was read."""

    seconds_a_page: float
    last: datetime


class BatchReads(Overview):
    """Questions about batches; each is a few statements, however many batches or files it is about."""

    def batches_page(
        self, units: Sequence[str], *, before: int | None = None, since: datetime | None = None, limit: int = 20
    ) -> list[Batch]:
        """Batches of these units, newest first: those with a smaller id than `before`, opened at `since` or later."""
        query = select(batches).where(batches.c.unit.in_(units))
        query = query if before is None else query.where(batches.c.id < before)
        query = query if since is None else query.where(batches.c.created_at >= since)
        return [Batch(**row._asdict()) for row in self._all(query.order_by(batches.c.id.desc()).limit(limit))]

    def batch_progress(self, batch_id: int) -> Progress:
        """How far a batch is. Raises NoSuchRow."""
        return self.progress_of([self.batch(batch_id)])[batch_id]

    def progress_of(self, which: Sequence[Batch]) -> dict[int, Progress]:
        """How far each of these batches is, by its id."""
        ids = [batch.id for batch in which]
        mine = files.c.batch_id.in_(ids)
        of_file = self._counted(
            select(files.c.batch_id, files.c.state, func.count()).where(mine, HANDED_IN), files.c.state
        )
        page = select(files.c.batch_id, pages.c.state, func.count()).join(pages, pages.c.file_id == files.c.id)
        of_page = self._counted(page.where(mine, HANDED_IN), pages.c.state)
        paper = select(files.c.batch_id, documents.c.state, func.count())
        paper = paper.join(documents, documents.c.file_id == files.c.id).where(mine)
        of_paper = self._counted(paper, documents.c.state)
        living = (mine, documents.c.state != "CANCELLED")
        stored = self._number_by_batch(documents, *living, documents.c.revision.is_not(None))
        indexed = self._number_by_batch(documents, *living, documents.c.indexed_revision.is_not(None))
        asked = select(files.c.batch_id, func.count()).join(documents, documents.c.file_id == files.c.id)
        asked = asked.join(reviews, reviews.c.document_id == documents.c.id)
        open_reviews = self._by_batch(asked.where(mine, reviews.c.outcome.is_(None)))
        work, waiting = self._open_work(mine, None), self._open_work(mine, "WAITING")
        found = {}
        for batch in which:
            file, sheet, told = (counts.get(batch.id, {}) for counts in (of_file, of_page, of_paper))
            count = sum(file.values())
            all_came = batch.expected_files is None or count >= batch.expected_files
            found[batch.id] = Progress(
                files=count,
                pages_total=sum(sheet.values()),
                pages_read=sheet.get("READ", 0) + sheet.get("APART", 0),
                documents=sum(told.values()) - told.get("CANCELLED", 0),
                stored=stored.get(batch.id, 0),
                indexed=indexed.get(batch.id, 0),
                done=told.get("DONE", 0),
                quarantined=sum(file.get(state, 0) for state in APART),
                duplicates=file.get("DUPLICATE", 0),
                open_reviews=open_reviews.get(batch.id, 0),
                finished=all_came and not work.get(batch.id),
                waiting=waiting.get(batch.id, 0),
            )
        return found

    def files_page(self, batch_id: int, after: int = 0, limit: int = 100) -> list[FileRow]:
        """Files of a batch in the order they came, with ids above `after`."""
        query = select(files).where(files.c.batch_id == batch_id, files.c.id > after)
        return [file_of(row) for row in self._all(query.order_by(files.c.id).limit(limit))]

    def batch_changed(self, batch_id: int) -> datetime | None:
        """When a file of a batch, or a paper of one, last changed; None for a batch without files."""
        query = select(func.max(files.c.changed_at), func.max(documents.c.changed_at))
        query = query.outerjoin(documents, documents.c.file_id == files.c.id).where(files.c.batch_id == batch_id)
        return max((moment for moment in self._all(query)[0] if moment is not None), default=None)

    def pages_of(self, file_ids: Sequence[int]) -> dict[int, int]:
        """How many pages of each of these files have been read."""
        query = select(pages.c.file_id, func.count().label("number"))
        query = query.where(pages.c.file_id.in_(file_ids), pages.c.state != "READING").group_by(pages.c.file_id)
        return {row.file_id: row.number for row in self._all(query)}

    def documents_of(self, file_ids: Sequence[int]) -> list[DocumentRow]:
        """The papers of these files, in order, without cancelled ones."""
        query = select(documents).where(documents.c.file_id.in_(file_ids), documents.c.state != "CANCELLED")
        return [document_of(row) for row in self._all(query.order_by(documents.c.file_id, documents.c.index))]

    def open_reviews_of(self, file_ids: Sequence[int]) -> dict[int, list[int]]:
        """The open questions for a person about each paper of these files, by the paper's id."""
        query = select(reviews.c.document_id, reviews.c.id).join(documents, documents.c.id == reviews.c.document_id)
        query = query.where(documents.c.file_id.in_(file_ids), reviews.c.outcome.is_(None)).order_by(reviews.c.id)
        found: dict[int, list[int]] = {}
        for row in self._all(query):
            found.setdefault(row.document_id, []).append(row.id)
        return found

    def files_with_size(self, batch_id: int) -> list[tuple[str, int]]:
        """Each file of a batch as it is shown (numbers masked), with its size."""
        shown = func.coalesce(files.c.path_shown, files.c.name).label("shown")
        query = select(shown, files.c.size).where(files.c.batch_id == batch_id, files.c.size.is_not(None))
        return [(row.shown, row.size) for row in self._all(query)]

    def pace(self, batch_id: int) -> Pace | None:
        """How fast the pages of a batch were read lately; None as long as fewer than two were."""
        query = select(steps.c.changed_at).join(files, files.c.id == steps.c.file_id)
        query = query.where(files.c.batch_id == batch_id, steps.c.kind == "page", steps.c.state == "DONE")
        read = [row.changed_at for row in self._all(query.order_by(steps.c.changed_at.desc()).limit(PACE_OF))]
        if len(read) < 2:
            return None
        return Pace((read[0] - read[-1]).total_seconds() / (len(read) - 1), read[0])

    def _counted(self, query: Select[Any], state: ColumnElement[Any]) -> dict[int, dict[str, int]]:
        """{batch: {state: number}} of a query for batch, state and count."""
        found: dict[int, dict[str, int]] = {}
        for row in self._all(query.group_by(files.c.batch_id, state)):
            batch, name, number = tuple(row)
            found.setdefault(batch, {})[name] = number
        return found

    def _number_by_batch(self, table: Any, *where: ColumnElement[bool]) -> dict[int, int]:
        query = select(files.c.batch_id, func.count()).join(table, table.c.file_id == files.c.id)
        return self._by_batch(query.where(*where))

    def _by_batch(self, query: Select[Any]) -> dict[int, int]:
        found: dict[int, int] = {}
        for row in self._all(query.group_by(files.c.batch_id)):
            batch, number = tuple(row)
            found[batch] = number
        return found

    def _open_work(self, mine: ColumnElement[bool], state: str | None) -> dict[int, int]:
        """Open steps by batch. A duplicate's paper may still be on its way in another batch; whoever dropped it again
        waits for it as well."""
        wanted = steps.c.state.in_(OPEN_STEP) if state is None else steps.c.state == state
        own = self._number_by_batch(steps, mine, wanted)
        first = files.alias()
        linked = select(files.c.batch_id, func.count(steps.c.id.distinct()))
        linked = linked.join(first, first.c.id == files.c.duplicate_of).join(steps, steps.c.file_id == first.c.id)
        elsewhere = self._by_batch(linked.where(mine, wanted, first.c.batch_id != files.c.batch_id))
        return {batch: own.get(batch, 0) + elsewhere.get(batch, 0) for batch in own.keys() | elsewhere.keys()}


class BatchWrites(Writes):
    """The part of a transaction that deals with what a batch is said to hold."""

    def expect_files(self, batch_id: int, number: int | None) -> None:
        """So many files belong to the batch in all; None when nobody knows."""
        self._do(update(batches).where(batches.c.id == batch_id).values(expected_files=number))

    def expect_more(self, batch_id: int, number: int) -> None:
        """So many more files come than were announced, and at least as many as there are; where nobody announced any,
        it changes nothing."""
        come = select(func.count()).select_from(files).where(files.c.batch_id == batch_id, HANDED_IN)
        there = come.scalar_subquery()
        announced = batches.c.expected_files + number
        expected = case((announced > there, announced), else_=there)
        more = update(batches).where(batches.c.id == batch_id, batches.c.expected_files.is_not(None))
        self._do(more.values(expected_files=expected))
