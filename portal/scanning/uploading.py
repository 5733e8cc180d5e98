"""Files on their way in: a body goes to the staging area piece by piece, and into its batch only when it is whole."""

from __future__ import annotations

import errno
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from starlette.concurrency import run_in_threadpool

from ingest.staging import require_room
from ledger import Batch
from portal.parts import Parts
from portal.scanning.names import shown_path
from schemas.errors import DiskFull, FileTooLarge
from worker.intake import Receipt, receive, refuse

PIECE = 1 << 20  # bytes handed to the disk at once
_FULL = {errno.ENOSPC, errno.EDQUOT}


async def upload(
    parts: Parts, batch: Batch, actor: str, name: str, body: AsyncIterator[bytes], *, size: int | None, counter: bool
) -> list[Receipt]:
    """Take one file into a batch (a ZIP yields several receipts). `size` is what the sender says it has; `counter`: a
    citizen is waiting. A file that is too large is refused in the batch; one that came before is known again. Raises
    DiskFull and FormInvalid, and whatever a body raises that is cut off: then nothing of the file was taken."""
    shown = shown_path(name)
    limit = parts.portal.max_upload_bytes
    if size is not None and size > limit:
        return [await run_in_threadpool(refuse, parts, batch.id, shown, FileTooLarge(size=size, limit=limit), actor)]
    with _landing(parts, shown, size) as path:
        written = await _write(parts, path, body, limit)
        if written > limit:
            error = FileTooLarge(size=written, limit=limit)
            return [await run_in_threadpool(refuse, parts, batch.id, shown, error, actor)]
        return await run_in_threadpool(_take, parts, batch, actor, shown, path, counter)


def take_file(parts: Parts, batch: Batch, actor: str, name: str, source: BinaryIO, *, counter: bool) -> list[Receipt]:
    """As `upload`, for a file of a form that lies on the disk already."""
    shown = shown_path(name)
    with _landing(parts, shown, None) as path:
        with _told(parts), path.open("xb") as out:
            shutil.copyfileobj(source, out, PIECE)
        return _take(parts, batch, actor, shown, path, counter)


def _take(parts: Parts, batch: Batch, actor: str, shown: str, path: Path, counter: bool) -> list[Receipt]:
    below = path.parents[shown.count("/")]
    queue = "counter" if counter else "batch"
    receipts = list(receive(parts, batch.id, [path], actor, below=below, queue=queue, once=True))
    with parts.ledger.transaction() as tx:
        tx.expect_more(batch.id, 0)
    return receipts


@contextmanager
def _landing(parts: Parts, shown: str, size: int | None) -> Iterator[Path]:
    """Where a file of that name may be written, gone afterwards."""
    parts.staging.mkdir(parents=True, exist_ok=True)
    require_room(parts.staging, 2 * (size or 0), parts.limits)  # once as it comes, once as it is taken in
    with tempfile.TemporaryDirectory(dir=parts.staging, prefix="upload-") as folder:
        path = Path(folder, shown)
        path.parent.mkdir(parents=True, exist_ok=True)
        yield path


async def _write(parts: Parts, path: Path, body: AsyncIterator[bytes], limit: int) -> int:
    """Write the body, at most one piece above `limit`; returns how many bytes there are."""
    written, piece = 0, bytearray()
    with _told(parts), path.open("xb") as out:
        async for chunk in body:
            piece += chunk
            if len(piece) >= PIECE:
                await run_in_threadpool(out.write, bytes(piece))
                written += len(piece)
                piece.clear()
                if written > limit:
                    return written
        out.write(piece)
    return written + len(piece)


@contextmanager
def _told(parts: Parts) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise DiskFull(free=shutil.disk_usage(parts.staging).free, needed="more") from error
        raise
