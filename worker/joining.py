"""Files of a batch become one paper, because its pages had come as several files; and the way back.

A joined file is made of them without loss and goes the way of any file from there. Only when its paper is stored are
the papers of the others withdrawn: at every moment one or the other can be found. What was handed in stays in the
archive, named by the new record. Undone, the former papers come back first, and the joined one is withdrawn then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import PurePath

from ingest.joining import Piece, join_files
from ingest.pages import inspect
from ingest.staging import require_room
from ingest.understand import paper_as_told, subjects_of
from ledger import DocumentRow, Hint, Join, JoinState, Step, TakenFile, Tx
from schemas.errors import BlobMissing, FilesNotJoinable, FileTooLarge, InputError, NoSuchRow, RevisionConflict
from schemas.evidence import FieldReading
from schemas.manifest import Manifest, canonical_json
from schemas.records import record_uri
from worker.arranging import Planned, bring_back, decided, papers_of, plan_bytes, withdraw
from worker.inputs import Readings, readings_of, scratch
from worker.outcome import Done, set_aside
from worker.parts import Parts, crash_point

MOST_SOURCES = 200
_COMING = ("RECEIVED", "READING", "UNDERSTOOD")


@dataclass(frozen=True)
class Ordered:
    """A joined file and the hints to publish. `again`: these files are joined so already, and nothing was written."""

    file_id: int
    hints: tuple[Hint, ...] = ()
    again: bool = False


def join(parts: Parts, batch: int, sources: Sequence[int], actor: str, type_id: str | None = None) -> Ordered:
    """Order that these files of a batch, in this order, become one paper; `type_id` None lets the program name it.
    Files that are still being read are waited for. Raises NoSuchRow for a file of another batch, FilesNotJoinable."""
    kind = None if type_id == "unknown" else type_id
    if len(sources) != len(set(sources)):
        raise FilesNotJoinable(reason="có tệp đứng hai lần")
    if not 2 <= len(sources) <= MOST_SOURCES:
        raise FilesNotJoinable(reason=f"cần từ hai đến {MOST_SOURCES} tệp")
    if kind is not None and parts.types.get(kind) is None:
        raise FilesNotJoinable(reason="loại giấy tờ không có trong danh mục")
    with parts.ledger.transaction() as tx:
        files = [tx.file(number) for number in sources]
        if any(file.batch_id != batch for file in files):
            raise NoSuchRow(what="file of the batch", id=batch)
        tx.lock_files(sources)
        known = tx.join_with(sources[0])
        if known is not None and [one.file_id for one in known.sources] == list(sources) and known.type == kind:
            return Ordered(known.file_id, again=True)
        for number in sources:
            _check(tx, number)
        joined = tx.add_join(batch, _name(files[0].name, len(files)), actor, sources, kind)
        tx.audit(actor, "files.joined", f"file:{joined}", {"files": list(sources), "type": kind})
        return Ordered(joined, tuple(tx.hints))


def undo_join(parts: Parts, joined: int, actor: str) -> list[Hint]:
    """Order that the files stand for themselves again; returns the hints to publish. Raises NoSuchRow for a file that
    was not joined, FilesNotJoinable."""
    made = parts.ledger.join(joined)
    if made is None:
        raise NoSuchRow(what="joined file", id=joined)
    if made.state != "JOINED":
        raise _not_joined(made.state)
    plans = {one.file_id: parts.work.put_bytes(plan_bytes(_former(parts, one.papers))) for one in made.sources}
    nothing = parts.work.put_bytes(plan_bytes([]))
    for one in made.sources:
        if not one.papers:
            _bytes_back(parts, parts.ledger.taken_file(one.file_id))
    with parts.ledger.transaction() as tx:
        numbers = [one.file_id for one in made.sources]
        tx.lock_files([*numbers, joined])
        if tx.join_with(joined) is not None:
            raise FilesNotJoinable(reason="tệp đã gộp lại nằm trong một lần gộp khác; hoàn tác lần đó trước")
        if not all(tx.is_at_rest(number) for number in (*numbers, joined)):
            raise _not_joined("PARTING")
        if not tx.move_join(joined, "PARTING", "JOINED"):
            raise _not_joined("PARTING")
        tx.audit(actor, "files.parted", f"file:{joined}", {"files": numbers})
        for one in made.sources:
            if not one.papers:
                tx.read_again(one.file_id, joined)
                continue
            tx.reopen_file(one.file_id)
            number = tx.add_arrangement(one.file_id, actor, plans[one.file_id], nothing, undo=True)
            tx.add_step("arrange", one.file_id, generation=number, queue="counter")
        return list(tx.hints)


def _not_joined(state: JoinState) -> FilesNotJoinable:
    over = state in ("PARTED", "FAILED")
    busy = "tệp đang được xử lý, chờ xong rồi làm lại"
    return FilesNotJoinable(reason="lần gộp này đã được hoàn tác" if over else busy)


def _former(parts: Parts, papers: Sequence[int]) -> list[Planned]:
    rows = sorted((parts.ledger.document(number) for number in papers), key=lambda one: one.index)
    return [Planned(one.pages, one.type) for one in rows]


def _check(tx: Tx, number: int) -> None:
    file = tx.file(number)
    shown = f"“{file.path_shown or file.name}”"
    if tx.join_with(number) is not None:
        raise FilesNotJoinable(reason=f"{shown} đã gộp vào một giấy tờ khác")
    if file.state == "DUPLICATE":
        raise FilesNotJoinable(reason=f"{shown} trùng với tệp đã nhận trước")
    if file.state not in (*_COMING, "DONE"):
        raise FilesNotJoinable(reason=f"{shown} chưa nhận được")
    if file.signed:
        raise _signed(file.name)
    made = tx.join(number)
    if (file.state == "DONE" and not tx.is_at_rest(number)) or (made is not None and made.state != "JOINED"):
        raise FilesNotJoinable(reason=f"{shown} đang được xử lý, chờ xong rồi làm lại")


def _signed(name: str) -> FilesNotJoinable:
    return FilesNotJoinable(reason=f"“{name}” đã ký điện tử, gộp vào tệp khác thì chữ ký không còn giá trị")


def _name(first: str, files: int) -> str:
    return f"{PurePath(first).stem[:150]} (gộp {files} tệp).pdf"


@dataclass(frozen=True)
class _Given:
    """A source with what is taken of it."""

    file: TakenFile
    papers: tuple[DocumentRow, ...]
    pages: tuple[int, ...]
    readings: Readings


def handle_join(parts: Parts, step: Step) -> Done:
    """Make the joined file, with the readings of its pages as they are known, and understand it as one paper."""
    made = _join(parts, step)
    file = parts.ledger.file(step.file_id)
    try:
        given = [_given(parts, one.file_id) for one in made.sources]
        sha256, size, plain = _bytes(parts, given)
    except (InputError, FilesNotJoinable) as error:
        told = error
        return Done(lambda tx: set_aside(tx, file.id, told))
    readings = [
        parts.work.put_bytes(canonical_json(reading.model_copy(update={"page": page}).model_dump(mode="json")))
        for page, reading in enumerate((reading for one in given for reading in one.readings), 1)
    ]
    paper = paper_as_told(
        1, Readings(parts.work, readings), type_id=made.type, file_name="", signatures=None, types=parts.types
    )
    paper = paper.model_copy(update={"dossier": paper.dossier or _dossier(parts, given)})
    blob = parts.work.put_bytes(canonical_json(paper.model_dump(mode="json")))
    record = record_uri(file.unit, sha256, 1)
    crash_point("join:made")

    def commit(tx: Tx) -> None:
        if tx.file_by_digest(file.unit, sha256) is not None:
            set_aside(tx, file.id, FilesNotJoinable(reason="đã có một tệp giống hệt tệp gộp lại"))
            return
        taken = {one.file.id: one.pages for one in given}
        tx.file_made(file.id, sha256, size, plain_pictures=plain, readings=readings, sources=taken)
        number = tx.add_document(file.id, 1, paper.pages, paper.type, record, blob, paper.access_level)
        tx.add_step("seal", file.id, document_id=number, queue=step.queue)

    return Done(commit)


def _given(parts: Parts, number: int) -> _Given:
    file, papers = parts.ledger.taken_file(number), tuple(papers_of(parts, number))
    if file.signed:
        raise _signed(file.name)
    pages = tuple(page for paper in papers for page in paper.pages)
    pages = pages or tuple(row.page for row in parts.ledger.pages(number) if row.state == "READ")
    if not pages:
        raise FilesNotJoinable(reason=f"“{file.name}” không có trang nào của giấy tờ")
    bring_back(parts, file, papers)
    return _Given(file, papers, pages, readings_of(parts, number, pages))


def _bytes(parts: Parts, given: Sequence[_Given]) -> tuple[str, int, bool]:
    """Put the joined file into the received area: its digest and size, and whether it is nothing but pictures."""
    parts.staging.mkdir(parents=True, exist_ok=True)
    require_room(parts.staging, 3 * sum(one.file.size for one in given), parts.limits)
    with scratch(parts) as folder, ExitStack() as held:
        pieces = [
            Piece(
                held.enter_context(parts.received.path(one.file.sha256)),
                one.file.kind,
                one.pages,
                tuple(reading.dpi for reading in one.readings),
            )
            for one in given
        ]
        made = join_files(pieces, folder)
        size, limit = made.stat().st_size, parts.limits.max_file_bytes
        if size > limit:
            raise FileTooLarge(size=size, limit=limit)
        facts = inspect(made, "pdf", parts.limits)
        return parts.received.put_file(made), size, facts.plain_pictures


def _dossier(parts: Parts, given: Sequence[_Given]) -> str | None:
    heads = (parts.records.head(paper.record) for one in given for paper in one.papers)
    return next((head.dossier for head in heads if head is not None and head.dossier), None)


def handle_replace(parts: Parts, step: Step) -> Done:
    """The joined paper is stored: the papers of its sources are withdrawn in its favour."""
    made = _join(parts, step)
    into = tuple(one.record for one in papers_of(parts, made.file_id))
    former = {one.file_id: papers_of(parts, one.file_id) for one in made.sources}
    if not all(parts.ledger.is_done(number) for number in former):
        raise RevisionConflict(revision="?")  # a person's decision on a source is on its way; it goes first
    gone = [(paper, withdraw(parts, paper, into, made.actor)) for papers in former.values() for paper in papers]
    crash_point("replace:withdrawn")

    def commit(tx: Tx) -> None:
        for paper, head in gone:
            tx.withdraw_document(paper, *head)
        for number, papers in former.items():
            tx.papers_given_up(made.file_id, number, [paper.id for paper in papers])
        tx.move_join(made.file_id, "JOINED", "JOINING")

    return Done(commit)


def handle_part(parts: Parts, step: Step) -> Done:
    """The sources' papers are back: the joined one is withdrawn in their favour."""
    made = _join(parts, step)
    into = tuple(paper.record for one in made.sources for paper in papers_of(parts, one.file_id))
    gone = [(paper, withdraw(parts, paper, into, made.actor)) for paper in papers_of(parts, made.file_id)]
    crash_point("part:withdrawn")

    def commit(tx: Tx) -> None:
        for paper, head in gone:
            tx.withdraw_document(paper, *head)
        tx.cancel_file(made.file_id)
        tx.move_join(made.file_id, "PARTED", "PARTING")

    return Done(commit)


def _join(parts: Parts, step: Step) -> Join:
    made = parts.ledger.join(step.file_id)
    if made is None:
        raise NoSuchRow(what="joined file", id=step.file_id)
    return made


def _bytes_back(parts: Parts, file: TakenFile) -> None:
    if not parts.received.exists(file.sha256):
        if not parts.archive.exists(file.sha256):
            raise BlobMissing(digest=file.sha256)
        with parts.archive.path(file.sha256) as path:
            parts.received.put_file(path, expected=file.sha256)


def inherited(parts: Parts, file: TakenFile, manifest: Manifest) -> Manifest:
    """The first manifest of a joined paper with what people decided about the papers it was joined of, where these were
    of the same type."""
    made = parts.ledger.join(file.id) if manifest.source.files else None
    if made is None or made.state != "JOINING":
        return manifest
    fields, before = dict(manifest.fields), 0
    for one in made.sources:
        place = {page: before + at for at, page in enumerate(one.pages, 1)}
        before += len(one.pages)
        for paper in papers_of(parts, one.file_id):
            head = parts.records.head(paper.record)
            if head is not None and head.type == manifest.type:
                said = decided(head)
                fields |= {name: _moved(said[name], place) for name in said.keys() & manifest.fields.keys()}
    subjects = subjects_of(parts.types.get(manifest.type), fields) if not manifest.doubts else manifest.subjects
    return manifest.model_copy(update={"fields": fields, "subjects": subjects})


def _moved(field: FieldReading, place: Mapping[int, int]) -> FieldReading:
    """A field whose witnesses' pages are those of the joined file."""
    evidence = [w if w.page is None else w.model_copy(update={"page": place.get(w.page)}) for w in field.evidence]
    return field.model_copy(update={"evidence": tuple(evidence)})
