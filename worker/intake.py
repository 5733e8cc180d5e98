"""The door: a file is taken, its bytes are kept, and only then is it acknowledged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ingest.intake import Taken, expand_zip, take, take_bytes
from ingest.register import MAX_BYTES, Register, is_register
from schemas.errors import DiskFull, ErrorKind, MotlanError, RegisterUnreadable
from schemas.vietnamese import nfc
from worker.outcome import publish
from worker.parts import Parts, crash_point
from worker.registers import take_register


@dataclass(frozen=True)
class Receipt:
    """What became of one dropped file. `reason` is set when it was refused, `duplicate_of` when it was known before,
    `register` when it is the list of the others; such a one is no file of the batch and has no `file_id`."""

    name: str
    file_id: int | None
    duplicate_of: int | None = None
    reason: MotlanError | None = None
    register: Register | None = None


def open_batch(
    parts: Parts,
    source: str,
    actor: str,
    expected: int | None = None,
    *,
    papers: int | None = None,
    pages: int | None = None,
    due: datetime | None = None,
) -> int:
    """A new batch for the files of one drop; `expected` files, `papers` and `pages` where somebody said how many. Of
    work that is equally urgent, what is `due` first is done first."""
    with parts.ledger.transaction() as tx:
        batch = tx.open_batch(parts.unit_code, source, actor, expected_files=expected, due_at=due)
        if papers is not None or pages is not None:
            tx.expect(batch, "option", papers=papers, pages=pages)
        return batch


def receive(
    parts: Parts, batch: int, paths: Iterable[Path], actor: str, below: Path | None = None, queue: str = "batch"
) -> Iterator[Receipt]:
    """Take each file in turn; a bad one is set aside with its reason and harms no other. A ZIP yields its members.
    Registers go first, so that they are known when the first paper is understood. Files are shown by their path below
    `below` where that is given, else by their name. `queue` is `counter` when a citizen is waiting. Errors of the
    machine (a full disk) are raised: nothing of that file was accepted, and the drop can be repeated."""
    for path in sorted(paths, key=lambda path: not is_register(path.name)):
        inside = below is not None and path.is_relative_to(below)
        shown = nfc(path.relative_to(below).as_posix() if below is not None and inside else path.name)
        yield from _receive_one(parts, batch, path, shown, actor, queue)


def _receive_one(parts: Parts, batch: int, path: Path, shown: str, actor: str, queue: str) -> Iterator[Receipt]:
    try:
        if is_register(path.name):
            yield _register(parts, batch, shown, take_bytes(path, MAX_BYTES), actor)
            return
        taken = take(path, parts.staging, parts.limits)
    except MotlanError as error:
        yield _refused(parts, batch, shown, error, actor, path)
        return
    try:
        if taken.kind == "zip":
            yield from _members(parts, batch, taken, shown, actor, queue)
        else:
            yield _accepted(parts, batch, taken, shown, actor, queue)
    finally:
        taken.path.unlink(missing_ok=True)


def _members(parts: Parts, batch: int, archive: Taken, shown: str, actor: str, queue: str) -> Iterator[Receipt]:
    try:
        for name, member in expand_zip(archive, parts.staging, parts.limits):
            place = f"{shown}/{name}"
            if isinstance(member, bytes):
                yield _listed(parts, batch, place, member, actor)
                continue
            if isinstance(member, MotlanError):
                yield _refused(parts, batch, place, member, actor, None)
                continue
            try:
                yield _accepted(parts, batch, member, place, actor, queue)
            finally:
                member.path.unlink(missing_ok=True)
    except MotlanError as error:
        yield _refused(parts, batch, shown, error, actor, archive.path)


def _listed(parts: Parts, batch: int, shown: str, data: bytes, actor: str) -> Receipt:
    try:
        return _register(parts, batch, shown, data, actor)
    except RegisterUnreadable as error:
        return _refused(parts, batch, shown, error, actor, None)


def _register(parts: Parts, batch: int, shown: str, data: bytes, actor: str) -> Receipt:
    return Receipt(shown, None, register=take_register(parts, batch, shown, data, actor).register)


def _accepted(parts: Parts, batch: int, taken: Taken, shown: str, actor: str, queue: str) -> Receipt:
    parts.received.put_file(taken.path, expected=taken.sha256)
    crash_point("intake:stored")
    with parts.ledger.transaction() as tx:
        got = tx.receive_file(
            batch,
            taken.name,
            taken.sha256,
            taken.size,
            taken.kind,
            taken.notices,
            actor,
            path_shown=shown,
            queue=queue,
        )
        tx.audit(actor, "file.received", f"file:{got.id}", {"sha256": taken.sha256, "duplicate_of": got.duplicate_of})
        hints = tx.hints
    crash_point("intake:committed")
    publish(parts, hints)
    return Receipt(shown, got.id, duplicate_of=got.duplicate_of)


def _refused(parts: Parts, batch: int, shown: str, error: MotlanError, actor: str, path: Path | None) -> Receipt:
    if isinstance(error, DiskFull):
        raise error
    unfinished = error.kind is ErrorKind.TRANSIENT  # a file still being written is not ours to keep yet
    kept = parts.quarantine.put_file(path) if path is not None and path.is_file() and not unfinished else None
    with parts.ledger.transaction() as tx:
        size = path.stat().st_size if kept and path else None
        number = tx.refuse_file(batch, shown, error.as_reason(), actor, sha256=kept, size=size)
        tx.audit(actor, "file.refused", f"file:{number}", {"code": error.code})
    return Receipt(shown, number, reason=error)
