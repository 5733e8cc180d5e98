"""People lay out a file's papers anew: merge, split, re-order, re-type, undo. Records are never changed or removed: a
paper laid out anew is a new revision of its record, and one whose pages went elsewhere is withdrawn by a revision."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from ingest.understand import paper_as_told, subjects_of
from ledger import DocumentRow, Hint, Step, TakenFile, Tx
from schemas.errors import ArrangementNotPossible, BlobMissing, NoSuchRow
from schemas.evidence import FieldReading
from schemas.manifest import Manifest, Withdrawal, canonical_json
from schemas.reading import PageReading
from schemas.records import record_uri
from worker.inputs import bytes_of, incoming_of, readings_of
from worker.manifests import project_record
from worker.outcome import Done
from worker.parts import Parts, crash_point


@dataclass(frozen=True)
class Planned:
    """One paper of a plan: its pages within the file (from 1) in reading order, and its type if a person said one."""

    pages: tuple[int, ...]
    type: str | None = None


def layout_of(parts: Parts, file_id: int) -> list[Planned]:
    """The papers of a file as they are now, in order."""
    return [Planned(one.pages, one.type) for one in papers_of(parts, file_id)]


def papers_of(parts: Parts, file_id: int) -> list[DocumentRow]:
    """The documents of a file that are papers, in order."""
    rows = [one for one in parts.ledger.documents(file_id=file_id) if one.state != "CANCELLED"]
    return sorted(rows, key=lambda one: one.index)


def arrange(parts: Parts, file_id: int, plan: Sequence[Planned], actor: str, undoes: int | None = None) -> list[Hint]:
    """Order a new layout of a file's papers; returns the hints to publish. Every page that is in a paper now must be in
    exactly one paper of the plan. Raises ArrangementNotPossible: a page is missing, double or unknown; the type is not
    known; the file came in signed as a whole; something of the file is still under way."""
    file, now = parts.ledger.taken_file(file_id), layout_of(parts, file_id)
    _check(parts, file, plan, now)
    told, before = (parts.work.put_bytes(plan_bytes(papers)) for papers in (plan, now))
    with parts.ledger.transaction() as tx:
        tx.lock_files([file_id])
        if not tx.is_at_rest(file_id) or not tx.reopen_file(file_id):
            raise ArrangementNotPossible(reason="tệp đang được xử lý, chờ xong rồi làm lại")
        number = tx.add_arrangement(file_id, actor, told, before, undoes)
        detail = {"papers_before": len(now), "papers": len(plan), "undoes": undoes}
        tx.audit(actor, "file.arranged", f"file:{file_id}", detail)
        tx.add_step("arrange", file_id, generation=number, queue="counter")
        return list(tx.hints)


def undo(parts: Parts, file_id: int, actor: str) -> list[Hint]:
    """Bring back what was before the newest arrangement that is not undone. Raises ArrangementNotPossible."""
    applied = [one for one in parts.ledger.arrangements(file_id) if one.state == "APPLIED"]
    if not applied:
        raise ArrangementNotPossible(reason="không có lần sắp xếp nào để hoàn tác")
    try:
        before = _plan(bytes_of(parts.work, applied[-1].before))
    except BlobMissing:
        raise ArrangementNotPossible(reason="bản sắp xếp trước không còn") from None
    return arrange(parts, file_id, before, actor, undoes=applied[-1].id)


def _check(parts: Parts, file: TakenFile, plan: Sequence[Planned], now: Sequence[Planned]) -> None:
    wanted = [page for paper in plan for page in paper.pages]
    if not now and parts.ledger.join_with(file.id) is not None:
        raise ArrangementNotPossible(reason="tệp đã gộp với tệp khác; hoàn tác lần gộp đó trước")
    if not plan or not all(paper.pages for paper in plan):
        raise ArrangementNotPossible(reason="có giấy tờ không có trang nào")
    if sorted(wanted) != sorted(page for paper in now for page in paper.pages):
        raise ArrangementNotPossible(reason="mỗi trang phải nằm trong đúng một giấy tờ")
    if file.signed and len(plan) > 1:
        raise ArrangementNotPossible(reason="tệp đã ký điện tử là một khối, không tách được")
    unknown = [paper.type for paper in plan if paper.type not in (None, "unknown") and not parts.types.get(paper.type)]
    if unknown:
        raise ArrangementNotPossible(reason="loại giấy tờ không có trong danh mục")


def plan_bytes(plan: Sequence[Planned]) -> bytes:
    """A plan as its blob in the work area has it."""
    return canonical_json([asdict(paper) for paper in plan])


def _plan(data: bytes) -> list[Planned]:
    return [Planned(tuple(row["pages"]), row["type"]) for row in json.loads(data)]


def handle_arrange(parts: Parts, step: Step) -> Done:
    """Understand each planned paper whose layout changes; those go the way of seal and keep again."""
    file = parts.ledger.taken_file(step.file_id)
    plan = _plan(bytes_of(parts.work, parts.ledger.arrangement(step.generation).plan))
    # Cancelled ones too: an undo may bring back a paper whose record was withdrawn.
    known = {one.record: one for one in parts.ledger.documents(file_id=file.id)}
    living = {one.record: one for one in papers_of(parts, file.id)}
    laid = [(record_uri(file.unit, file.sha256, min(paper.pages)), paper) for paper in plan]
    bring_back(parts, file, [*living.values()] or [known[record] for record, _ in laid if record in known])
    changed = {
        record: _understood(parts, file, index, paper)
        for index, (record, paper) in enumerate(laid, 1)
        if record not in living or not _is_laid_out(living[record], paper)
    }
    gone = [one for record, one in living.items() if record not in dict(laid)]
    by = parts.ledger.arrangement(step.generation).actor
    withdrawn = [(one, withdraw(parts, one, _now_in(one, laid), by)) for one in gone]
    crash_point("arrange:withdrawn")

    def commit(tx: Tx) -> None:
        for one, head in withdrawn:
            tx.withdraw_document(one, *head)
        order = []
        for at, (record, _) in enumerate(laid):
            order.append(_settle(tx, step, record, known.get(record), changed.get(record), len(known) + at + 1))
        tx.number_papers(file.id, order)
        tx.file_done_if_complete(file.id)

    return Done(commit)


@dataclass(frozen=True)
class _Laid:
    pages: tuple[int, ...]
    type: str
    access_level: str
    blob: str


def _is_laid_out(document: DocumentRow, paper: Planned) -> bool:
    return document.pages == paper.pages and paper.type in (None, document.type)


def _understood(parts: Parts, file: TakenFile, index: int, paper: Planned) -> _Laid:
    told = paper_as_told(
        index,
        readings_of(parts, file.id, paper.pages),
        type_id=None if paper.type == "unknown" else paper.type,
        file_name="",
        signatures=incoming_of(parts, file),
        types=parts.types,
    )
    blob = parts.work.put_bytes(canonical_json(told.model_dump(mode="json")))
    return _Laid(paper.pages, told.type, told.access_level, blob)


def _settle(tx: Tx, step: Step, record: str, known: DocumentRow | None, laid: _Laid | None, index: int) -> int:
    """The document of a planned paper; one that changes is to be sealed again."""
    if laid is None:
        assert known is not None
        return known.id
    if known is None:
        number = tx.add_document(step.file_id, index, laid.pages, laid.type, record, laid.blob, laid.access_level)
    else:
        number = known.id
        tx.lay_out(number, laid.pages, type=laid.type, access_level=laid.access_level, understanding=laid.blob)
    tx.add_step("seal", step.file_id, document_id=number, generation=step.generation, queue=step.queue)
    return number


def _now_in(document: DocumentRow, laid: Sequence[tuple[str, Planned]]) -> tuple[str, ...]:
    mine = set(document.pages)
    return tuple(record for record, paper in laid if mine & set(paper.pages))


def withdraw(parts: Parts, document: DocumentRow, into: tuple[str, ...], by: str) -> tuple[int, str]:
    """Put the revision that withdraws a record in favour of others, unless it is there, and its empty entry into the
    index; returns its number and digest."""
    head = parts.records.head(document.record)
    if head is None:
        raise NoSuchRow(what="record", id=document.record)
    if head.withdrawn is None:
        at = parts.clock().isoformat(timespec="seconds")
        said = {"created_at": at, "withdrawn": Withdrawal(by=by, at=at, into=into), "subjects": ()}
        head = head.model_copy(update=_next(parts, head) | said)
        parts.records.put(head)
    project_record(parts, head)
    return head.revision, parts.records.manifest_digest(head.record, head.revision)


def next_revision(parts: Parts, head: Manifest, fresh: Manifest) -> Manifest:
    """A paper laid out anew as the next revision of its record; what people decided about its fields goes along while
    its type is the same."""
    fields = dict(fresh.fields)
    if head.type == fresh.type:
        fields |= {name: field for name, field in decided(head).items() if name in fields}
    subjects = subjects_of(parts.types.get(fresh.type), fields) if not fresh.doubts else fresh.subjects
    said = {"fields": fields, "subjects": subjects, "dossier": fresh.dossier or head.dossier}
    return fresh.model_copy(update=_next(parts, head) | said)


def decided(head: Manifest) -> dict[str, FieldReading]:
    """The fields that a person decided."""
    return {name: f for name, f in head.fields.items() if any(w.source == "person" for w in f.evidence)}


def is_held(head: Manifest | None) -> bool:
    """Whether a record is in the archive and was not withdrawn."""
    return head is not None and head.withdrawn is None


def says_already(head: Manifest | None, document: DocumentRow) -> bool:
    """Whether a record's head is the paper as the document has it."""
    if head is None or not is_held(head):
        return False
    return head.source.pages == document.pages and head.type == document.type


def _next(parts: Parts, head: Manifest) -> dict[str, object]:
    previous = parts.records.manifest_digest(head.record, head.revision)
    return {"revision": head.revision + 1, "previous": previous}


def bring_back(parts: Parts, file: TakenFile, papers: Sequence[DocumentRow]) -> None:
    """What was swept since the file was done: its bytes, and the readings of its pages, from the archive. They have the
    same digests again."""
    for one in papers:
        head = parts.records.head(one.record)
        original, data = (head.representation("original"), head.representation("data")) if head else (None, None)
        if head is None or original is None or data is None:
            raise NoSuchRow(what="record", id=one.record)
        if not parts.received.exists(file.sha256):
            with parts.archive.path(original.sha256) as path:
                parts.received.put_file(path, expected=file.sha256)
        if head.incoming_signatures is not None:
            parts.work.put_bytes(canonical_json(head.incoming_signatures.model_dump(mode="json")))
        with parts.archive.open(data.sha256) as stream:
            for reading in json.load(stream):
                parts.work.put_bytes(canonical_json(PageReading.model_validate(reading).model_dump(mode="json")))
