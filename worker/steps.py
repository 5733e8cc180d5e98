"""The steps of a paper's way: each claims, calls a room, and commits its result in one ledger transaction.

Every handler does its work first and returns `Done` with a function that writes the result; `run_step` calls it in the
same transaction that finishes the step. What is done outside the ledger before that (blobs, a manifest) is named by its
content, so doing it twice is harmless.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog

from ingest.archival import ArchivalMeta, compose
from ingest.pages import inspect
from ingest.read import READING_CONFIG, read_page
from ingest.understand import understand
from ledger import DocumentRow, FileRow, Hint, LeaseLost, Step, Tx
from schemas.errors import ErrorKind, InputError, MotlanError, RevisionConflict, SecrecyStamp
from schemas.evidence import Paper, Understanding, Verdict
from schemas.manifest import Conversion, Manifest, Representation, Source, canonical_json
from schemas.reading import PageReading
from schemas.records import record_uri
from search.projection import entry_of
from signing.seal import seal
from signing.stamp import StampFacts
from signing.verify import verify
from storage.blobs import BlobStore
from worker.lease import Lease
from worker.parts import Owner, Parts, crash_point
from worker.reviewing import apply_decisions

log = structlog.get_logger()



@dataclass(frozen=True)
class Done:
    """A step's outcome: `commit` writes it into the ledger with the end of the step; `after` tidies up once that stands
    (if the process dies in between, the reconciler's sweep does it)."""

    commit: Callable[[Tx], None]
    after: Callable[[], None] = lambda: None


MAX_CRASHES = 3  # a step whose worker died this often is set aside (engine.md: three strikes)
MAX_INTERRUPTIONS = 10  # … and one that was running at this many stops of the whole program
MAX_ATTEMPTS = 8  # transient failures before a person must look


def run_step(parts: Parts, step_id: int) -> bool:
    """Claim and do one step. False when there was nothing to claim (done, taken, or not yet due)."""
    owner = str(Owner.me())
    with parts.ledger.transaction() as tx:
        step = tx.claim_step(step_id, owner, parts.lease_seconds)
    if step is None:
        return False
    crash_point(f"{step.kind}:claimed")
    with Lease(parts.ledger, step, owner, parts.lease_seconds):
        try:
            done = HANDLERS[step.kind](parts, step)
            crash_point(f"{step.kind}:worked")
            with parts.ledger.transaction() as tx:
                tx.finish_step(step, owner)
                done.commit(tx)
                hints = tx.hints
        except LeaseLost:
            log.info("step_lost", step=step.id, kind=step.kind)
            return True
        except Exception as error:
            _failed(parts, step, owner, error)
            return True
    crash_point(f"{step.kind}:committed")
    publish(parts, hints)
    done.after()
    return True


def publish(parts: Parts, hints: Sequence[Hint]) -> None:
    """Send hints after their commit; those that do not go out stay in the outbox for the reconciler."""
    sent = parts.send(hints)
    if sent:
        with parts.ledger.transaction() as tx:
            tx.mark_sent(sent)


def _failed(parts: Parts, step: Step, owner: str, error: Exception) -> None:
    """Transient: back off with jitter, bounded. Input: set the file aside with the reason. Anything else: three tries."""
    known = error if isinstance(error, MotlanError) else MotlanError(detail=type(error).__name__)
    log.warning("step_failed", step=step.id, kind=step.kind, code=known.code, error=type(error).__name__, exc_info=not isinstance(error, MotlanError))
    tries = {ErrorKind.TRANSIENT: MAX_ATTEMPTS, ErrorKind.INPUT: 1}.get(known.kind, MAX_CRASHES)
    final = step.attempts >= tries
    if final:
        keep_aside(parts, step.file_id)
    with parts.ledger.transaction() as tx:
        if final:
            tx.fail_step(step, owner, known.as_reason())
            set_aside(tx, step.file_id, known)
        else:
            delay = min(300.0, 2.0 ** min(step.attempts, 8)) * random.uniform(0.5, 1.0)
            tx.retry_step(step, owner, known.as_reason(), delay)
        hints = tx.hints
    publish(parts, hints)


def keep_aside(parts: Parts, file_id: int) -> None:
    """Copy a file's bytes to quarantine, before the ledger says that they are there."""
    file = parts.ledger.file(file_id)
    if parts.received.exists(file.sha256):
        with parts.received.path(file.sha256) as path:
            parts.quarantine.put_file(path)


def set_aside(tx: Tx, file_id: int, error: MotlanError) -> None:
    """Quarantine a file in the ledger: its reason is told, its open steps end."""
    tx.quarantine_file(file_id, error.as_reason())
    tx.audit("motlan", "file.quarantined", f"file:{file_id}", {"code": error.code})


def _inspect(parts: Parts, step: Step) -> Done:
    file = parts.ledger.file(step.file_id)
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
    file, number = parts.ledger.file(step.file_id), step.page
    with parts.received.path(file.sha256) as path:
        try:
            reading = read_page(path, file.kind, number, parts.ocr)
        except InputError as error:  # one bad page never fails its file: it goes on, unread, and a person is told
            reading = _unread(number, error)
    digest = parts.work.put_bytes(canonical_json(reading.model_dump(mode="json")))

    def commit(tx: Tx) -> None:
        if tx.page_read(file.id, number, digest, reading.notices) == 0:
            tx.add_step("understand", file.id, queue=step.queue, priority=step.priority)

    return Done(commit)


def _unread(page: int, error: InputError) -> PageReading:
    return PageReading(
        page=page, width=1, height=1, dpi=72, source="none", engine="none", config=READING_CONFIG, notices=(error.code,)
    )


def readings_of(parts: Parts, file: FileRow) -> list[PageReading]:
    """All page readings of a file, in page order. Raises BlobMissing when the work area lost one."""
    rows = parts.ledger.pages(file.id)
    return [PageReading.model_validate_json(_bytes(parts.work, row.reading)) for row in rows if row.reading]


def _bytes(store: BlobStore, digest: str) -> bytes:
    with store.open(digest) as stream:
        return stream.read()


def _incoming(parts: Parts, file: FileRow) -> Verdict | None:
    return Verdict.model_validate_json(_bytes(parts.work, file.incoming)) if file.incoming else None


def _understand(parts: Parts, step: Step) -> Done:
    file = parts.ledger.file(step.file_id)
    understood = understand(
        readings_of(parts, file), file_name=file.name, signatures=_incoming(parts, file), types=parts.types
    )
    if understood.secrecy_page is not None:
        return _secret(parts, file, understood.secrecy_page)
    digest = parts.work.put_bytes(canonical_json(understood.model_dump(mode="json")))

    def commit(tx: Tx) -> None:
        tx.set_file_state(file.id, "UNDERSTOOD", expected=("READING",))
        for paper in understood.papers:
            uri = record_uri(parts.unit_code, file.sha256, paper.pages[0])
            document = tx.add_document(
                file.id, paper.index, paper.pages, paper.type, uri, digest, paper.access_level
            )
            tx.add_step("seal", file.id, document_id=document, queue=step.queue, priority=step.priority)

    return Done(commit)


def _secret(parts: Parts, file: FileRow, page: int) -> Done:
    """A paper with a secrecy stamp leaves the way: the bytes go to quarantine, nothing read of it is kept."""
    keep_aside(parts, file.id)
    readings = [row.reading for row in parts.ledger.pages(file.id) if row.reading]

    def forget() -> None:
        for digest in [*readings, file.sha256]:
            (parts.received if digest == file.sha256 else parts.work).remove(digest)

    return Done(lambda tx: set_aside(tx, file.id, SecrecyStamp(page=page)), after=forget)


def paper_of(parts: Parts, document: DocumentRow) -> Paper:
    """The paper as it was understood."""
    understood = Understanding.model_validate_json(_bytes(parts.work, document.understanding))
    return next(paper for paper in understood.papers if paper.index == document.index)


@contextmanager
def _scratch(parts: Parts) -> Iterator[Path]:
    parts.staging.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=parts.staging) as folder:
        yield Path(folder)


def _seal(parts: Parts, step: Step) -> Done:
    document, file = _subject(parts, step)
    queue, priority = step.queue, step.priority
    if parts.records.head(document.record) is not None:  # the archive has it already: nothing may be sealed again
        digest = None
    else:
        digest = _sealed_blob(parts, document, file)

    def commit(tx: Tx) -> None:
        tx.set_document(document.id, state="SEALED", expected=("UNDERSTOOD", "SEALED"), sealed=digest)
        tx.add_step("keep", file.id, document_id=document.id, queue=queue, priority=priority)

    return Done(commit)


def _sealed_blob(parts: Parts, document: DocumentRow, file: FileRow) -> str:
    paper, readings = paper_of(parts, document), readings_of(parts, file)
    chosen = [readings[page - 1] for page in paper.pages]
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
    with _scratch(parts) as folder, parts.received.path(file.sha256) as original:
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


def _subject(parts: Parts, step: Step) -> tuple[DocumentRow, FileRow]:
    assert step.document_id is not None
    return parts.ledger.document(step.document_id), parts.ledger.file(step.file_id)


def _keep(parts: Parts, step: Step) -> Done:
    document, file = _subject(parts, step)
    manifest = parts.records.head(document.record)  # a manifest that is there already is adopted as it is
    if manifest is None:
        manifest = _first_manifest(parts, document, file)
        crash_point("keep:blobs")
        try:
            parts.records.put(manifest)
        except RevisionConflict:
            winner = parts.records.head(document.record)
            if winner is None:
                raise
            manifest = winner
        crash_point("keep:manifest")
    kept, digest = manifest, parts.records.manifest_digest(document.record, manifest.revision)

    def commit(tx: Tx) -> None:
        tx.set_document(
            document.id, state="STORED", expected=("SEALED", "STORED"), revision=kept.revision, manifest=digest
        )
        for field, doubts in doubts_of(kept).items():
            tx.open_review(document.id, field or None, doubts, kept.revision)
        tx.audit(
            "motlan", "record.stored", document.record, {"revision": kept.revision, "manifest": digest}, record=document.record
        )
        tx.add_step("project", file.id, document_id=document.id, generation=kept.revision, queue=step.queue, priority=step.priority)

    return Done(commit)


def doubts_of(manifest: Manifest) -> dict[str, tuple[str, ...]]:
    """What a person must look at: field name ("" for the paper itself) → stable codes."""
    found = {"": manifest.doubts} if manifest.doubts else {}
    return found | {name: field.doubts for name, field in manifest.fields.items() if not field.accepted and field.doubts}


def _first_manifest(parts: Parts, document: DocumentRow, file: FileRow) -> Manifest:
    paper, readings = paper_of(parts, document), readings_of(parts, file)
    chosen = [readings[page - 1] for page in paper.pages]
    assert document.sealed is not None
    with parts.received.path(file.sha256) as path:
        original = _representation(parts, "original", path, _media_type(file.kind), file.name)
    with parts.work.path(document.sealed) as path:
        archival = _representation(parts, "archival", path, "application/pdf", None)
        sealed = verify(path, parts.key.roots)
    text = "\f".join(reading.text() for reading in chosen).encode()
    data = canonical_json([reading.model_dump(mode="json") for reading in chosen])
    now = parts.clock().isoformat(timespec="seconds")
    return Manifest(
        record=document.record,
        revision=1,
        unit=parts.unit_code,
        created_at=now,
        type=paper.type,
        type_name=paper.type_name,
        type_version=paper.type_version,
        pages=len(paper.pages),
        blank_pages=tuple(i for i, reading in enumerate(chosen, 1) if reading.blank),
        source=Source(file_name=file.name, sha256=file.sha256, pages=paper.pages, batch=str(file.batch_id)),
        conversion=Conversion(by=parts.unit_name, at=now, software=parts.software, reading_config=READING_CONFIG),
        fields=paper.fields,
        subjects=paper.subjects,
        access_level=paper.access_level,
        doubts=paper.doubts,
        representations=(
            original,
            archival,
            Representation(role="text", sha256=parts.archive.put_bytes(text), size=len(text), media_type="text/plain; charset=utf-8"),
            Representation(role="data", sha256=parts.archive.put_bytes(data), size=len(data), media_type="application/json"),
        ),
        seal=sealed,
        incoming_signatures=_incoming(parts, file),
    )


def _representation(parts: Parts, role: str, path: Path, media_type: str, name: str | None) -> Representation:
    return Representation(
        role=role, sha256=parts.archive.put_file(path), size=path.stat().st_size, media_type=media_type, file_name=name
    )


def _media_type(kind: str) -> str:
    return "application/pdf" if kind == "pdf" else f"image/{kind}"


def _revise(parts: Parts, step: Step) -> Done:
    """A person decided: the record gets a new revision with that witness; its blobs stay as they are."""
    document, file = _subject(parts, step)
    head = parts.records.head(document.record)
    assert head is not None
    decided = [review for review in parts.ledger.reviews(open_only=False, document_id=document.id) if review.witness]
    words = {review.id: _bytes(parts.work, review.witness) for review in decided if review.witness}
    revised = apply_decisions(head, parts.types, words, previous=parts.records.manifest_digest(head.record, head.revision), now=parts.clock())
    if revised is not None:
        parts.records.put(revised)  # another writer's revision of that number: RevisionConflict, and the step comes again
        crash_point("revise:manifest")
    kept = revised or head
    digest = parts.records.manifest_digest(kept.record, kept.revision)

    def commit(tx: Tx) -> None:
        tx.set_document(document.id, state="STORED", expected=("STORED", "DONE"), revision=kept.revision, manifest=digest)
        tx.audit("motlan", "record.revised", kept.record, {"revision": kept.revision, "manifest": digest}, record=kept.record)
        tx.add_step("project", file.id, document_id=document.id, generation=kept.revision, queue=step.queue, priority=step.priority)

    return Done(commit)


def _project(parts: Parts, step: Step) -> Done:
    document, file = _subject(parts, step)
    manifest = parts.records.head(document.record)
    assert manifest is not None
    project_record(parts, manifest)

    def commit(tx: Tx) -> None:
        tx.set_document(document.id, state="DONE", expected=("STORED", "DONE"), indexed_revision=manifest.revision)
        if tx.file_done_if_complete(file.id):
            tx.audit("motlan", "file.done", f"file:{file.id}", {})

    return Done(commit)


def project_record(parts: Parts, manifest: Manifest) -> None:
    """Write a record's head into the index (an older revision arriving late is refused there)."""
    text = manifest.representation("text")
    words = _bytes(parts.archive, text.sha256).decode() if text else ""
    parts.index.put(entry_of(manifest, words, parts.blind))


HANDLERS: dict[str, Callable[[Parts, Step], Done]] = {
    "inspect": _inspect,
    "page": _page,
    "understand": _understand,
    "seal": _seal,
    "keep": _keep,
    "revise": _revise,
    "project": _project,
}
