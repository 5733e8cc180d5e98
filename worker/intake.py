"""The door: a file is taken, its bytes are kept, and only then is it acknowledged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ingest.intake import Member, Taken, expand_zip, take, take_bytes
from ingest.register import MAX_BYTES, Register, is_register
from schemas.errors import DiskFull, ErrorKind, MotlanError, RegisterUnreadable
from schemas.vietnamese import nfc
from worker.outcome import publish
from worker.parts import Parts, crash_point
from worker.registers import take_register


@dataclass(frozen=True)
class Receipt:
    """What became of one dropped file. `reason` is set when it was refused, `duplicate_of` when it was known before,
    `register` when it is the list of the others; such a one is no file of the batch and has no `file_id`. `again`: it
    had come into this batch before and was only sent once more."""

    name: str
    file_id: int | None
    duplicate_of: int | None = None
    reason: MotlanError | None = None
    register: Register | None = None
    again: bool = False


@dataclass(frozen=True)
class _Drop:
    """Into which batch files go, from whom, and how."""

    parts: Parts
    batch: int
    actor: str
    queue: str
    once: bool


def open_batch(
    parts: Parts,
    source: str,
    actor: str,
    expected: int | None = None,
    *,
    unit: str | None = None,
    papers: int | None = None,
    pages: int | None = None,
    due: datetime | None = None,
) -> int:
    """A new batch for the files of one drop, of the archive's own unit unless another is named; `expected` files,
    `papers` and `pages` where somebody said how many. Of work that is equally urgent, what is `due` first is done
    first."""
    with parts.ledger.transaction() as tx:
        batch = tx.open_batch(unit or parts.unit_code, source, actor, expected_files=expected, due_at=due)
        if papers is not None or pages is not None:
            tx.expect(batch, "option", papers=papers, pages=pages)
        return batch


def receive(
    parts: Parts,
    batch: int,
    paths: Iterable[Path],
    actor: str,
    below: Path | None = None,
    queue: str = "batch",
    *,
    once: bool = False,
) -> Iterator[Receipt]:
    """Take each file in turn; a bad one is set aside with its reason and harms no other. A ZIP yields its members.
    Registers go first, so that they are known when the first paper is understood. Files are shown by their path below
    `below` where that is given, else by their name. `queue` is `counter` when a citizen is waiting; with `once` a file
    that came into this batch before may be sent again. Errors of the machine (a full disk) are raised: nothing of that
    file was accepted, and the drop can be repeated."""
    drop = _Drop(parts, batch, actor, queue, once)
    for path in sorted(paths, key=lambda path: not is_register(path.name)):
        inside = below is not None and path.is_relative_to(below)
        shown = nfc(path.relative_to(below).as_posix() if below is not None and inside else path.name)
        yield from _receive_one(drop, path, shown)


def refuse(parts: Parts, batch: int, shown: str, error: MotlanError, actor: str) -> Receipt:
    """Write down a file that is not taken although its bytes never came; told again, it is the same refusal."""
    return _refused(_Drop(parts, batch, actor, "batch", once=True), nfc(shown), error, None)


def _receive_one(drop: _Drop, path: Path, shown: str) -> Iterator[Receipt]:
    parts = drop.parts
    try:
        if is_register(path.name):
            yield _register(drop, shown, take_bytes(path, MAX_BYTES))
            return
        taken = take(path, parts.staging, parts.limits)
    except MotlanError as error:
        yield _refused(drop, shown, error, path)
        return
    try:
        if taken.kind == "zip":
            yield from _members(drop, taken, shown)
        else:
            yield _accepted(drop, taken, shown)
    finally:
        taken.path.unlink(missing_ok=True)


def _members(drop: _Drop, archive: Taken, shown: str) -> Iterator[Receipt]:
    """The first file of a ZIP takes the place that was announced for the ZIP; the others come on top."""
    files = 0
    try:
        for name, member in expand_zip(archive, drop.parts.staging, drop.parts.limits):
            place = f"{shown}/{name}"
            receipt = _member(drop, place, member, more=int(files > 0))
            files += receipt.file_id is not None
            yield receipt
    except MotlanError as error:
        yield _refused(drop, shown, error, archive.path, more=int(files > 0))


def _member(drop: _Drop, place: str, member: Member, more: int) -> Receipt:
    if isinstance(member, bytes):
        return _listed(drop, place, member, more)
    if isinstance(member, MotlanError):
        return _refused(drop, place, member, None, more=more)
    try:
        return _accepted(drop, member, place, more=more)
    finally:
        member.path.unlink(missing_ok=True)


def _listed(drop: _Drop, shown: str, data: bytes, more: int) -> Receipt:
    try:
        return _register(drop, shown, data)
    except RegisterUnreadable as error:
        return _refused(drop, shown, error, None, more=more)


def _register(drop: _Drop, shown: str, data: bytes) -> Receipt:
    return Receipt(shown, None, register=take_register(drop.parts, drop.batch, shown, data, drop.actor).register)


def _accepted(drop: _Drop, taken: Taken, shown: str, *, more: int = 0) -> Receipt:
    parts = drop.parts
    parts.received.put_file(taken.path, expected=taken.sha256)
    crash_point("intake:stored")
    with parts.ledger.transaction() as tx:
        got = tx.receive_file(
            drop.batch,
            taken.name,
            taken.sha256,
            taken.size,
            taken.kind,
            taken.notices,
            drop.actor,
            path_shown=shown,
            queue=drop.queue,
            once=drop.once,
        )
        if not got.again:
            detail = {"sha256": taken.sha256, "duplicate_of": got.duplicate_of}
            tx.audit(drop.actor, "file.received", f"file:{got.id}", detail)
            if more:
                tx.expect_more(drop.batch, more)
        hints = tx.hints
    crash_point("intake:committed")
    publish(parts, hints)
    return Receipt(shown, got.id, duplicate_of=got.duplicate_of, again=got.again)


def _refused(drop: _Drop, shown: str, error: MotlanError, path: Path | None, *, more: int = 0) -> Receipt:
    if isinstance(error, DiskFull):
        raise error
    parts = drop.parts
    unfinished = error.kind is ErrorKind.TRANSIENT  # a file still being written is not ours to keep yet
    kept = parts.quarantine.put_file(path) if path is not None and path.is_file() and not unfinished else None
    with parts.ledger.transaction() as tx:
        size = path.stat().st_size if kept and path else None
        told = tx.refuse_file(drop.batch, shown, error.as_reason(), drop.actor, sha256=kept, size=size, once=drop.once)
        if not told.again:
            tx.audit(drop.actor, "file.refused", f"file:{told.id}", {"code": error.code})
            if more:
                tx.expect_more(drop.batch, more)
    return Receipt(shown, told.id, reason=error, again=told.again)
