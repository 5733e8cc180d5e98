"""Registers of a batch: taken in beside the files, and asked what they say of a file when its papers are understood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from ingest.register import Register, Row, file_key, read_register
from ingest.splitting import Part
from ledger import FileRow, RegisterRow
from ledger.privacy import mask_runs
from worker.inputs import bytes_of
from worker.parts import Parts


@dataclass(frozen=True)
class NamedRegister:
    """A register of a batch with the name it was dropped under."""

    name: str
    register: Register

    @cached_property
    def by_file(self) -> dict[str, list[Row]]:
        """Its rows by file, with long numbers masked as the ledger masks them in names."""
        return self.register.by_file(mask_runs)


def take_register(parts: Parts, batch: int, shown: str, data: bytes, actor: str) -> NamedRegister:
    """Keep a register and make it known to its batch. Raises RegisterUnreadable."""
    register = read_register(data)
    digest = parts.received.put_bytes(data)
    with parts.ledger.transaction() as tx:
        number = tx.add_register(batch, shown, digest)
        counts = {"sha256": digest, "rows": len(register.rows), "wrong": len(register.wrong)}
        tx.audit(actor, "register.received", f"register:{number}", counts)
    return NamedRegister(shown, register)


def registers_of(parts: Parts, batch: int) -> list[NamedRegister]:
    """The registers dropped with a batch, read anew from their bytes."""
    return registers_read(parts, parts.ledger.registers(batch))


def registers_read(parts: Parts, found: Sequence[RegisterRow]) -> list[NamedRegister]:
    """The same, of rows that the ledger gave."""
    return [NamedRegister(one.name, read_register(bytes_of(parts.received, one.sha256))) for one in found]


def rows_about(parts: Parts, file: FileRow, registers: Sequence[NamedRegister]) -> list[Row]:
    """The rows that speak about a file and about no other of its batch, by its path or by its last part. Names that are
    the same once they are masked are told apart by nobody."""
    shown = file.path_shown or file.name
    key = file_key(shown)
    found = ((named.by_file.get(key) or named.by_file.get(key.rpartition("/")[2]) or []) for named in registers)
    rows = [row for some in found for row in some]
    if not rows:
        return []
    by_path = any("/" in row.file for row in rows)
    return rows if parts.ledger.files_shown(file.batch_id, shown, also_below=not by_path) <= 1 else []


def row_of(rows: Sequence[Row], part: Part, papers: int) -> Row | None:
    """The row about one paper of a file with so many papers: by its first page, or the only row of an only paper."""
    starts = {part.pages[0], *part.written[:1]}
    paged = [row for row in rows if row.first_page in starts]
    if len(paged) == 1:
        return paged[0]
    plain = [row for row in rows if row.first_page is None]
    return plain[0] if papers == 1 and len(rows) == len(plain) == 1 else None
