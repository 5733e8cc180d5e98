"""Files that were made out of others of their batch, because the pages of one paper had come as several files: which
were taken, and how far the exchange of one for the others is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Row, func, insert, or_, select, update

from ledger.intake import IntakeWrites
from ledger.people_tables import join_sources, joins
from ledger.privacy import without_numbers
from ledger.reads import Reads, file_of
from ledger.rows import OPEN_STEP, DocumentRow, FileRow, Reason, TakenFile
from ledger.tables import files, pages, steps
from schemas.errors import FilesNotJoinable

JoinState = Literal["GATHERING", "JOINING", "JOINED", "PARTING", "PARTED", "FAILED"]
MOVING_JOIN: tuple[JoinState, ...] = ("GATHERING", "JOINING", "PARTING")
LIVING_JOIN: tuple[JoinState, ...] = (*MOVING_JOIN, "JOINED")


@dataclass(frozen=True)
class JoinSource:
    """A file that went into another: those of its pages that did, in order (from 1), and the ids of the documents that
    were withdrawn for it. Both are empty until the joined file is made."""

    file_id: int
    pages: tuple[int, ...]
    papers: tuple[int, ...]


@dataclass(frozen=True)
class Join:
    """The file `file_id` is made of `sources`, in that order, as one paper; `type` is the one a person said. GATHERING:
    a source is still being read; JOINING: it is being made and stored; JOINED: the sources' papers are withdrawn;
    PARTING: they are on their way back; PARTED: it is withdrawn itself; FAILED: all is as it was before."""

    file_id: int
    batch_id: int
    actor: str
    type: str | None
    state: JoinState
    created_at: datetime
    changed_at: datetime
    sources: tuple[JoinSource, ...]


class JoinReads(Reads):
    """Questions about joined files."""

    def join(self, file_id: int) -> Join | None:
        """How that file was made; None for one that was handed in."""
        found = self._all(select(joins).where(joins.c.file_id == file_id))
        return Join(**found[0]._asdict(), sources=tuple(self._sources(file_id))) if found else None

    def joins(self, batch_id: int) -> list[Join]:
        """All of a batch, oldest first."""
        query = select(join_sources).join(joins, joins.c.file_id == join_sources.c.joined_id)
        sources: dict[int, list[JoinSource]] = {}
        for row in self._all(query.where(joins.c.batch_id == batch_id).order_by(join_sources.c.place)):
            sources.setdefault(row.joined_id, []).append(_source(row))
        found = self._all(select(joins).where(joins.c.batch_id == batch_id).order_by(joins.c.file_id))
        return [Join(**row._asdict(), sources=tuple(sources[row.file_id])) for row in found]

    def join_with(self, source: int) -> Join | None:
        """The living join that has this file as a source."""
        query = select(joins.c.file_id).join(join_sources, join_sources.c.joined_id == joins.c.file_id)
        found = self._all(query.where(join_sources.c.file_id == source, joins.c.state.in_(LIVING_JOIN)))
        return self.join(found[0].file_id) if found else None

    def join_awaiting(self, source: int) -> Join | None:
        """The join that waits for this file to be read."""
        join = self.join_with(source)
        return join if join is not None and join.state == "GATHERING" else None

    def origins(self, file_id: int) -> list[tuple[TakenFile, int]]:
        """Each page of a file as (handed-in file, its page there), in order, through however many joins; empty for a
        file that was handed in itself."""
        join = self.join(file_id)
        if join is None:
            return []
        found: list[tuple[TakenFile, int]] = []
        for source in join.sources:
            deeper = self.origins(source.file_id)
            own = self.taken_file(source.file_id)
            found += [deeper[page - 1] if deeper else (own, page) for page in source.pages]
        return found

    def is_done(self, file_id: int) -> bool:
        """Whether a file is DONE and no step of it is open."""
        query = select(func.count()).select_from(files).where(files.c.id == file_id, files.c.state == "DONE")
        open_steps = select(func.count()).select_from(steps)
        open_steps = open_steps.where(steps.c.file_id == file_id, steps.c.state.in_(OPEN_STEP))
        return self._count(query) == 1 and self._count(open_steps) == 0

    def is_at_rest(self, file_id: int) -> bool:
        """Whether a file is done, and not just being exchanged for another."""
        moving = select(func.count()).select_from(joins).join(join_sources, join_sources.c.joined_id == joins.c.file_id)
        concerned = or_(join_sources.c.file_id == file_id, joins.c.file_id == file_id)
        return self.is_done(file_id) and self._count(moving.where(concerned, joins.c.state.in_(MOVING_JOIN))) == 0

    def moving_sources(self) -> list[FileRow]:
        """The files that are just being exchanged for another: their readings are needed, though they are DONE."""
        query = select(files).join(join_sources, join_sources.c.file_id == files.c.id)
        query = query.join(joins, joins.c.file_id == join_sources.c.joined_id).where(joins.c.state.in_(MOVING_JOIN))
        return [file_of(row) for row in self._all(query.order_by(files.c.id))]

    def _sources(self, joined: int) -> list[JoinSource]:
        query = select(join_sources).where(join_sources.c.joined_id == joined).order_by(join_sources.c.place)
        return [_source(row) for row in self._all(query)]


class JoinWrites(JoinReads, IntakeWrites):
    """The part of a transaction that deals with joined files."""

    def lock_files(self, file_ids: Sequence[int]) -> None:
        """Whoever else would change one of these files waits."""
        for file_id in sorted(set(file_ids)):
            self._lock_file(file_id)

    def add_join(self, batch_id: int, name: str, actor: str, sources: Sequence[int], type: str | None = None) -> int:
        """A file to be made of these as soon as all are DONE, as yet without bytes; returns its id."""
        unit, now = self._unit_of(batch_id), self._now()
        file_id = self._add_file(
            batch_id,
            unit,
            actor=actor,
            name=name,
            kind="pdf",
            notices=[],
            state="WAITING",
            queue="counter",
            priority=5,
        )
        assert file_id is not None  # without a digest it is equal to none
        told = {"batch_id": batch_id, "actor": actor, "type": type, "state": "GATHERING"}
        self._do(insert(joins).values(file_id=file_id, **told, created_at=now, changed_at=now))
        rows = [
            {"joined_id": file_id, "place": place, "file_id": source, "pages": [], "papers": []}
            for place, source in enumerate(sources, 1)
        ]
        self._do(insert(join_sources), rows)
        self._go_on(self.join(file_id))
        return file_id

    def move_join(self, joined: int, new: JoinState, expected: JoinState) -> bool:
        """Move a join on if it is as expected; whether it was."""
        change = update(joins).where(joins.c.file_id == joined, joins.c.state == expected)
        return self._do(change.values(state=new, changed_at=self._now())) == 1

    def file_made(
        self,
        joined: int,
        sha256: str,
        size: int,
        *,
        plain_pictures: bool,
        readings: Sequence[str],
        sources: Mapping[int, Sequence[int]],
    ) -> None:
        """The joined file has bytes, and a reading for each of its pages; `sources` are the pages of each file that
        went into it. It is UNDERSTOOD from now on."""
        facts = {"sha256": sha256, "size": size, "pages": len(readings), "plain_pictures": plain_pictures}
        self._change_file(joined, ("RECEIVED",), state="UNDERSTOOD", **facts)
        rows = [
            {"file_id": joined, "page": page, "state": "READ", "reading": reading, "notices": []}
            for page, reading in enumerate(readings, 1)
        ]
        self._do(insert(pages), rows)
        for source, taken in sources.items():
            mine = (join_sources.c.joined_id == joined, join_sources.c.file_id == source)
            self._do(update(join_sources).where(*mine).values(pages=list(taken)))

    def papers_given_up(self, joined: int, source: int, papers: Sequence[int]) -> None:
        """Those documents of a source were withdrawn for the joined file."""
        mine = (join_sources.c.joined_id == joined, join_sources.c.file_id == source)
        self._do(update(join_sources).where(*mine).values(papers=list(papers)))

    def read_again(self, file_id: int, generation: int) -> None:
        """A file that was left without papers, because it was to go into another, is read as any other after all."""
        self._change_file(file_id, ("DONE",), state="READING")
        mine = (pages.c.file_id == file_id, pages.c.state != "READING")
        self._do(update(pages).where(*mine).values(state="READING", reading=None))
        for row in self.pages(file_id):
            self.add_step("page", file_id, page=row.page, generation=generation)

    def cancel_file(self, file_id: int) -> None:
        """The file holds nothing any more; its bytes may come again as another."""
        self._change_file(file_id, None, state="CANCELLED")

    def file_done_if_complete(self, file_id: int) -> bool:
        """As IntakeWrites has it; what waited for the file goes on."""
        done = super().file_done_if_complete(file_id)
        for joined in self._moving(file_id) if done else ():
            self._go_on(self.join(joined))
        return done

    def quarantine_file(self, file_id: int, reason: Reason) -> None:
        """As IntakeWrites has it. A joined file that cannot be made, or whose source is set apart before it is, is
        given up: the others stand for themselves again."""
        super().quarantine_file(file_id, reason)
        own, into = self.join(file_id), self.join_awaiting(file_id)
        if own is not None:
            self._give_up(own, reason)
        if into is not None:
            name = self.file(file_id).name
            self._give_up(into, FilesNotJoinable(reason=f"“{name}” chưa nhận được").as_reason())

    def _moving(self, file_id: int) -> list[int]:
        """The moving joins that make this file, or take it in."""
        into = select(join_sources.c.joined_id).where(join_sources.c.file_id == file_id)
        concerned = or_(joins.c.file_id == file_id, joins.c.file_id.in_(into))
        query = select(joins.c.file_id).where(concerned, joins.c.state.in_(MOVING_JOIN)).order_by(joins.c.file_id)
        return [row.file_id for row in self._all(query)]

    def _go_on(self, join: Join | None) -> None:
        """The next step of a join whose files are DONE; exactly one caller adds it."""
        if join is None or join.state not in MOVING_JOIN:
            return
        self._lock_file(join.file_id)
        if join.state == "JOINING":
            if self.file(join.file_id).state == "DONE":
                self.add_step("replace", join.file_id)
        elif all(self.file(source.file_id).state == "DONE" for source in join.sources):
            if join.state == "PARTING":
                self.add_step("part", join.file_id)
            elif self.move_join(join.file_id, "JOINING", "GATHERING"):
                self._change_file(join.file_id, ("WAITING",), state="RECEIVED")
                self.add_step("join", join.file_id)

    def _give_up(self, join: Join, reason: Reason) -> None:
        stored = any(one.revision and one.state != "CANCELLED" for one in self.documents(join.file_id))
        if not any(
            self.move_join(join.file_id, "PARTING" if stored else "FAILED", at) for at in ("GATHERING", "JOINING")
        ):
            return
        self._change_file(join.file_id, None, state="CANCELLED", reason=without_numbers(reason))
        if stored:  # it was kept before something went wrong: it is withdrawn
            self.add_step("part", join.file_id)
        for source in join.sources:
            if self.file(source.file_id).state == "DONE" and not self._papers(source.file_id):
                self.read_again(source.file_id, join.file_id)

    def _papers(self, file_id: int) -> list[DocumentRow]:
        return [one for one in self.documents(file_id) if one.state != "CANCELLED"]


def _source(row: Row[Any]) -> JoinSource:
    return JoinSource(row.file_id, tuple(row.pages), tuple(row.papers))
