"""The first manifest of a record (what was understood, stored, who converted it), and what the index takes of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from ingest.read import READING_CONFIG
from ledger import DocumentRow, TakenFile
from schemas.manifest import Conversion, Manifest, PageNotice, Representation, Role, Source, SourceFile
from schemas.reading import PageReading
from search.fulltext import pages_in
from search.index import Entry
from search.keys import BlindIndex
from search.projection import entry_of
from signing.verify import verify
from storage.blobs import BlobStore
from storage.recent import LARGEST, RecentBlobs
from worker.inputs import Readings, Subject, incoming_of, paper_of, scratch
from worker.parts import Parts

# Manifests and texts that this process has just put into the archive: the step that tells the index of a paper mostly
# follows at once, and need not fetch them again. Only for the index, which is filled again from the archive at will.
_put_just_now = RecentBlobs(4_000_000)


def put_record(parts: Parts, manifest: Manifest) -> str:
    """Commit a revision of a record (`RecordStore.put`); returns the manifest's digest."""
    digest = parts.records.put(manifest)
    _put_just_now.keep(digest, manifest.to_bytes())
    return digest


def first_manifest(parts: Parts, subject: Subject) -> Manifest:
    """Put every representation into the archive and say so; the manifest itself is not put yet."""
    document, file = subject.document, subject.file
    paper, chosen = paper_of(parts, subject)
    assert document.sealed is not None
    with parts.received.path(file.sha256) as path:
        original = _representation(parts, "original", path, _media_type(file.kind), file.name)
    with parts.work.path(document.sealed) as path:
        archival = _representation(parts, "archival", path, "application/pdf", None)
        sealed = verify(path, parts.key.roots)
    with scratch(parts) as folder:
        told = _pages_told(chosen, folder)
        text = _representation(parts, "text", told.text, "text/plain; charset=utf-8", None)
        data = _representation(parts, "data", told.data, "application/json", None)
        if text.size <= LARGEST:
            _put_just_now.keep(text.sha256, told.text.read_bytes())
    handed_in = _handed_in(parts, file, paper.pages)
    now = parts.clock().isoformat(timespec="seconds")
    return Manifest(
        record=document.record,
        revision=1,
        unit=document.unit,
        created_at=now,
        type=paper.type,
        type_name=paper.type_name,
        type_version=paper.type_version,
        pages=len(paper.pages),
        blank_pages=tuple(told.blank),
        source=Source(
            file_name=file.name,
            sha256=file.sha256,
            pages=paper.pages,
            batch=str(file.batch_id),
            files=tuple(SourceFile(file_name=one.name, sha256=one.sha256, pages=tuple(of)) for one, of in handed_in),
        ),
        conversion=Conversion(by=parts.unit_name, at=now, software=parts.software, reading_config=READING_CONFIG),
        fields=paper.fields,
        subjects=paper.subjects,
        access_level=paper.access_level,
        dossier=paper.dossier,
        urgency=paper.urgency,
        doubts=paper.doubts,
        notices=tuple(told.notices),
        representations=(original, archival, text, data, *_sources(parts, handed_in)),
        seal=sealed,
        incoming_signatures=incoming_of(parts, file),
    )


def _handed_in(parts: Parts, file: TakenFile, pages: Sequence[int]) -> list[tuple[TakenFile, list[int]]]:
    """For a paper of a joined file: the files that were handed in, each with its pages, as the paper's pages follow."""
    origins = parts.ledger.origins(file.id)
    found: list[tuple[TakenFile, list[int]]] = []
    for page in pages if origins else ():
        one, number = origins[page - 1]
        if not found or found[-1][0].id != one.id:
            found.append((one, []))
        found[-1][1].append(number)
    return found


def _sources(parts: Parts, handed_in: Sequence[tuple[TakenFile, list[int]]]) -> list[Representation]:
    """These files in the archive, byte for byte, each once."""
    kept = {}
    for one, _ in handed_in:
        store = parts.archive if parts.archive.exists(one.sha256) else parts.received
        with store.path(one.sha256) as path:
            kept[one.sha256] = _representation(parts, "source", path, _media_type(one.kind), one.name)
    return list(kept.values())


@dataclass
class _Told:
    """What the pages of a paper say, page after page written to files, for all of them do not fit into memory."""

    text: Path
    data: Path
    blank: list[int] = field(default_factory=list)
    notices: list[PageNotice] = field(default_factory=list)


def _pages_told(readings: Readings, folder: Path) -> _Told:
    """The text (pages separated by form feeds) and the readings (a JSON array) in files of `folder`."""
    told = _Told(folder / "text.txt", folder / "data.json")
    with told.text.open("wb") as text, told.data.open("wb") as data:
        data.write(b"[")
        for number in range(1, len(readings) + 1):
            stored = readings.bytes_at(number - 1)
            reading = PageReading.model_validate_json(stored)
            if number > 1:
                text.write(b"\f")
                data.write(b",")
            text.write(reading.text().encode())
            data.write(stored)
            told.blank += [number] if reading.blank else []
            told.notices += [PageNotice(page=number, code=code) for code in reading.notices]
        data.write(b"]")
    return told


def _representation(parts: Parts, role: Role, path: Path, media_type: str, name: str | None) -> Representation:
    return Representation(
        role=role, sha256=parts.archive.put_file(path), size=path.stat().st_size, media_type=media_type, file_name=name
    )


def _media_type(kind: str) -> str:
    return "application/pdf" if kind == "pdf" else f"image/{kind}"


def doubts_of(manifest: Manifest) -> dict[str, tuple[str, ...]]:
    """What a person must look at: field name ("" for the paper itself) → stable codes."""
    whole = tuple(dict.fromkeys([*manifest.doubts, *(notice.code for notice in manifest.notices)]))
    found = {"": whole} if whole else {}
    return found | {
        name: field.doubts for name, field in manifest.fields.items() if not field.accepted and field.doubts
    }


def entry_for(manifest: Manifest, archive: BlobStore, blind: BlindIndex) -> Entry:
    """What the index takes in of a record, its text read from the archive page by page. Raises BlobMissing."""
    text = manifest.representation("text")
    if text is None:
        return entry_of(manifest, (), blind)
    with archive.open(text.sha256) as stream:
        return entry_of(manifest, pages_in(stream), blind)


def stored_manifest(parts: Parts, document: DocumentRow) -> Manifest | None:
    """The manifest that the ledger says a paper has, as this process put it just now; else the record's head."""
    known = _put_just_now.get(document.manifest) if document.manifest else None
    return Manifest.from_bytes(known) if known else parts.records.head(document.record)


def project_record(parts: Parts, manifest: Manifest) -> None:
    """Write a record's head into the index (an older revision arriving late is refused there)."""
    text = manifest.representation("text")
    told = _put_just_now.get(text.sha256) if text is not None else None
    if told is None:
        entry = entry_for(manifest, parts.archive, parts.blind)
    else:
        entry = entry_of(manifest, pages_in(BytesIO(told)), parts.blind)
    parts.index.put(entry)
