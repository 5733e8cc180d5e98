"""One handler per step kind: it calls a room, keeps what came of it as blobs, and returns the commit.

What is done outside the ledger before the commit (blobs, a manifest, an index entry) is named by its content or by a
revision, so doing it twice is harmless.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ingest.archival import ArchivalMeta, compose
from ingest.pages import inspect
from ingest.read import READING_CONFIG, read_page
from ingest.register import Row
from ingest.secrecy import urgency_of
from ingest.separators import BatchHeader, Separator
from ingest.sheet import sheet_of
from ingest.understand import Survey
from ledger import DocumentRow, PaperFacts, RegisterRow, Step, TakenFile, Tx
from schemas.errors import (
    InputError,
    OnlySeparators,
    RecordDamaged,
    RegisterRowUnused,
    RevisionConflict,
    SecrecyStamp,
)
from schemas.manifest import Manifest, canonical_json
from schemas.reading import PageReading
from schemas.records import record_uri
from signing.seal import seal
from signing.stamp import StampFacts
from signing.verify import verify
from worker.arranging import handle_arrange, is_held, next_revision, says_already
from worker.inputs import Subject, bytes_of, document_of, incoming_of, paper_of, readings_in, scratch, subject_of
from worker.joining import handle_join, handle_part, handle_replace, inherited
from worker.manifests import doubts_of, first_manifest, project_record, put_record, stored_manifest
from worker.outcome import Done, keep_aside, set_aside
from worker.parts import Parts, crash_point
from worker.registers import registers_read, row_of, rows_about
from worker.reviewing import apply_decisions

_PRIORITIES = {"HỎA TỐC": 9, "THƯỢNG KHẨN": 8}


def _priority(urgency: str | None) -> int:
    """Of the steps of a paper with that stamp; other work has 5 unless its sender said otherwise."""
    return _PRIORITIES.get(urgency, 7) if urgency is not None else 0


def _inspect(parts: Parts, step: Step) -> Done:
    file = parts.ledger.taken_file(step.file_id)
    with parts.received.path(file.sha256) as path:
        facts = inspect(path, file.kind, parts.limits)
        incoming = None
        if facts.signed:
            verdict = verify(path, parts.key.roots)
            incoming = parts.work.put_bytes(canonical_json(verdict.model_dump(mode="json")))

    def commit(tx: Tx) -> None:
        tx.set_inspected(file.id, facts.pages, facts.signed, facts.plain_pictures, incoming)
        for page in range(1, facts.pages + 1):
            tx.add_step("page", file.id, page=page, queue=step.queue, priority=step.priority)

    return Done(commit)


def _page(parts: Parts, step: Step) -> Done:
    assert step.page is not None
    file, number = parts.ledger.taken_file(step.file_id), step.page
    with parts.received.path(file.sha256) as path:
        try:
            reading = read_page(path, file.kind, number, parts.readers)
        except InputError as error:  # one bad page never fails its file: it goes on, unread, and a person is told
            reading = _unread(number, error)
    digest = parts.work.put_bytes(canonical_json(reading.model_dump(mode="json")))
    urgency = urgency_of(sheet_of(reading)) if number == 1 else None

    def commit(tx: Tx) -> None:
        if urgency is not None:
            tx.hurry_file(file.id, _priority(urgency))
        if tx.page_read(file.id, number, digest, reading.notices) == 0:
            tx.add_step("understand", file.id, generation=step.generation, queue=step.queue, turn=step.turn)

    return Done(commit)


def _unread(page: int, error: InputError) -> PageReading:
    return PageReading(
        page=page, width=1, height=1, dpi=72, source="none", engine="none", config=READING_CONFIG, notices=(error.code,)
    )


def _understand(parts: Parts, step: Step) -> Done:
    with parts.ledger.look() as at:
        file, rows = at.taken_file(step.file_id), at.pages(step.file_id)
        into = at.join_awaiting(file.id)  # what goes into another file is understood there
        registers = at.registers(file.batch_id)
    survey = Survey(readings_in(parts, rows), incoming_of(parts, file), parts.types)
    if survey.split.secrecy_page is not None:
        return _secret(parts, file, survey.split.secrecy_page)
    found, split = _Found([], []) if into else _all_understood(parts, file, survey, registers), survey.split
    notices = [*split.notices, *found.notices] + ([] if found.papers or into else [OnlySeparators.code])

    def commit(tx: Tx) -> None:
        if into and tx.join_awaiting(file.id) is None:  # that was given up just now
            tx.add_step("understand", file.id, generation=into.file_id, queue=step.queue)
            return
        tx.set_file_state(file.id, "UNDERSTOOD", expected=("READING",))
        tx.note_file(file.id, notices)
        tx.pages_apart(file.id, split.apart)
        for page, sheet in split.sheets.items():
            _expect(tx, file, page, sheet)
        for paper in found.papers:
            document = tx.add_document(
                file.id, paper.index, paper.pages, paper.type, paper.record, paper.blob, paper.access_level
            )
            priority = max(step.priority, _priority(paper.urgency))
            tx.add_step("seal", file.id, document_id=document, queue=step.queue, priority=priority, turn=step.turn)
        if not found.papers:
            tx.file_done_if_complete(file.id)

    return Done(commit)


def _expect(tx: Tx, file: TakenFile, page: int, sheet: BatchHeader | Separator) -> None:
    """What a printed sheet says lies behind it."""
    if isinstance(sheet, BatchHeader):
        code, papers = sheet.batch, sheet.papers
        tx.expect(file.batch_id, "header", code=code, papers=papers, pages=sheet.pages, file_id=file.id, page=page)
    else:
        tx.expect(file.batch_id, "separator", code=sheet.dossier, pages=sheet.pages, file_id=file.id, page=page)


@dataclass(frozen=True)
class _Understood:
    """Of a paper what the ledger needs; the rest is in its blob."""

    index: int
    pages: tuple[int, ...]
    type: str
    access_level: str
    urgency: str | None
    record: str
    blob: str


@dataclass(frozen=True)
class _Found:
    papers: list[_Understood]
    notices: list[str]


def _all_understood(parts: Parts, file: TakenFile, survey: Survey, registers: Sequence[RegisterRow]) -> _Found:
    """Each paper understood, beside what a register says of it, and put away: a file may hold a thousand."""
    rows = rows_about(parts, file, registers_read(parts, registers))
    about = [row_of(rows, part, len(survey.split.papers)) for part in survey.split.papers]
    papers = [_understood(parts, file, survey, index, row) for index, row in enumerate(about, 1)]
    unused = len(rows) > sum(row is not None for row in about)
    return _Found(papers, [RegisterRowUnused.code] if unused else [])


def _understood(parts: Parts, file: TakenFile, survey: Survey, index: int, row: Row | None) -> _Understood:
    paper = survey.paper(index, file.name, row)
    blob = parts.work.put_bytes(canonical_json(paper.model_dump(mode="json")))
    record = record_uri(file.unit, file.sha256, paper.pages[0])
    return _Understood(index, paper.pages, paper.type, paper.access_level, paper.urgency, record, blob)


def _secret(parts: Parts, file: TakenFile, page: int) -> Done:
    """A paper with a secrecy stamp leaves the way: the bytes go to quarantine, nothing read of it is kept."""
    keep_aside(parts, file.id)
    readings = [row.reading for row in parts.ledger.pages(file.id) if row.reading]

    def forget() -> None:
        for digest in [*readings, file.sha256]:
            (parts.received if digest == file.sha256 else parts.work).remove(digest)

    return Done(lambda tx: set_aside(tx, file.id, SecrecyStamp(page=page)), after=forget)


def _seal(parts: Parts, step: Step) -> Done:
    subject = subject_of(parts, step)
    document, file = subject.document, subject.file
    # What the archive has already may not be sealed again.
    head = parts.records.head(document.record)
    in_archive = is_held(head) if not step.generation else says_already(head, document)
    digest = None if in_archive else _sealed_blob(parts, subject)

    def commit(tx: Tx) -> None:
        tx.set_document(document.id, state="SEALED", expected=("UNDERSTOOD", "SEALED"), sealed=digest)
        generation = step.generation  # 0, or the arrangement that laid the paper out anew
        tx.add_step(
            "keep",
            file.id,
            document_id=document.id,
            generation=generation,
            queue=step.queue,
            priority=step.priority,
            turn=step.turn,
        )

    return Done(commit)


def _sealed_blob(parts: Parts, subject: Subject) -> str:
    document, file = subject.document, subject.file
    paper, chosen = paper_of(parts, subject)
    now = parts.clock()
    meta = ArchivalMeta(
        record=document.record,
        title=f"{paper.type_name} – {file.name}",
        original_sha256=file.sha256,
        created_at=now,
        converted_by=parts.unit_name,
        software=parts.software,
    )
    policy = parts.seal_policy
    with scratch(parts) as folder, parts.received.path(file.sha256) as original:
        plain, sealed = folder / "archival.pdf", folder / "sealed.pdf"
        compose(original, file.kind, paper.pages, chosen, plain, meta)
        crash_point("seal:composed")
        seal(
            plain,
            sealed,
            parts.key,
            at=now,
            stamp=policy.stamp,
            facts=StampFacts(policy.form, parts.unit_name, now),
            tsa=policy.timestamp_urls,
        )
        crash_point("seal:signed")
        return parts.work.put_file(sealed)


def _keep(parts: Parts, step: Step) -> Done:
    subject = subject_of(parts, step)
    document, file = subject.document, subject.file
    head = manifest = parts.records.head(document.record)  # a manifest that is there already is adopted as it is
    digest = None
    if manifest is None or not is_held(manifest) or (step.generation and not says_already(manifest, document)):
        manifest = inherited(parts, file, first_manifest(parts, subject))
        manifest = manifest if head is None else next_revision(parts, head, manifest)
        crash_point("keep:blobs")
        try:
            digest = put_record(parts, manifest)
        except RevisionConflict:
            winner = parts.records.head(document.record)
            if winner is None:
                raise
            manifest = winner
        crash_point("keep:manifest")
    digest = digest or parts.records.manifest_digest(manifest.record, manifest.revision)
    return _kept(step, document, manifest, digest, "record.stored", asks=True)


def _revise(parts: Parts, step: Step) -> Done:
    """A person decided: the record gets a new revision with that witness; its blobs stay as they are."""
    document = document_of(parts, step)
    if document.state == "DAMAGED":  # it waits for its repair
        raise RecordDamaged(revision=document.revision)
    head = parts.records.head(document.record)
    assert head is not None
    decided = [review for review in parts.ledger.reviews(open_only=False, document_id=document.id) if review.witness]
    words = {review.id: bytes_of(parts.work, review.witness) for review in decided if review.witness}
    previous = parts.records.manifest_digest(head.record, head.revision)
    revised = apply_decisions(head, parts.types, words, previous=previous, now=parts.clock())
    if revised is not None:
        parts.records.put(revised)  # RevisionConflict when somebody was quicker: the step comes again
        crash_point("revise:manifest")
    now = revised or head
    return _kept(step, document, now, parts.records.manifest_digest(now.record, now.revision), "record.revised")


def _kept(
    step: Step, document: DocumentRow, manifest: Manifest, digest: str, action: str, *, asks: bool = False
) -> Done:
    """The ledger follows the archive: the revision, the questions it leaves open, the audit entry, the next step."""

    def commit(tx: Tx) -> None:
        tx.set_document(
            document.id,
            state="STORED",
            expected=("SEALED", "STORED", "DONE", "DAMAGED"),
            revision=manifest.revision,
            manifest=digest,
        )
        if asks:
            tx.open_reviews(document.id, document.unit, doubts_of(manifest), manifest.revision)
        detail = {"revision": manifest.revision, "manifest": digest}
        tx.audit("motlan", action, manifest.record, detail, record=manifest.record)
        tx.add_step(
            "project",
            document.file_id,
            document_id=document.id,
            generation=manifest.revision,
            queue=step.queue,
            priority=step.priority,
            turn=step.turn,
        )

    return Done(commit)


def _project(parts: Parts, step: Step) -> Done:
    document = document_of(parts, step)
    manifest = stored_manifest(parts, document)
    assert manifest is not None
    project_record(parts, manifest)

    def commit(tx: Tx) -> None:
        if tx.set_document(document.id, state="DONE", expected=("STORED", "DONE"), indexed_revision=manifest.revision):
            tx.put_facts({document.id: PaperFacts.of(manifest)})
        event = "record.stored" if manifest.revision == 1 else "record.revised"
        tx.tell_hooks(document.unit, event, manifest.record, manifest.revision)
        if tx.file_done_if_complete(step.file_id):
            tx.audit("motlan", "file.done", f"file:{step.file_id}", {})

    return Done(commit)


HANDLERS: dict[str, Callable[[Parts, Step], Done]] = {
    "arrange": handle_arrange,
    "inspect": _inspect,
    "join": handle_join,
    "page": _page,
    "part": handle_part,
    "replace": handle_replace,
    "understand": _understand,
    "seal": _seal,
    "keep": _keep,
    "revise": _revise,
    "project": _project,
}
