"""A ledger, and an archive in memory with three made-up papers of two people who do not exist."""

from __future__ import annotations

import hashlib
import hmac
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ledger import Ledger
from reuse import Procedures, Requirement, Requirements, Reuse
from schemas.errors import BlobMissing, RecordMissing
from schemas.evidence import FieldReading, Subject
from schemas.manifest import Conversion, Manifest, Representation, Source
from tests.support.databases import Postgres, sqlite

UNIT, OTHER_UNIT = "H41.16", "H42"
MAU, THU = "079201000001", "001301000002"  # Nguyễn Văn Mẫu, Trần Thị Thử
CASE, PURPOSE = "H41.16-260302-0001", "Đăng ký kết hôn"
OFFICER = "officer:binh"
BIRTH, MARITAL, CRIMINAL = (f"motlan:{UNIT}:" + letter * 26 for letter in "abc")
PDF = b"%PDF-1.7 sealed"


class Archive:
    """Records and blobs, as the ports of reuse ask for them."""

    def __init__(self) -> None:
        self.revisions: dict[str, list[Manifest]] = {}
        self.content: dict[str, bytes] = {}
        self.opened = 0

    def add(self, manifest: Manifest) -> None:
        self.revisions.setdefault(manifest.record, []).append(manifest)

    def head(self, record: str) -> Manifest | None:
        return self.revisions.get(record, [None])[-1]

    def get(self, record: str, revision: int) -> Manifest:
        try:
            return self.revisions[record][revision - 1]
        except (KeyError, IndexError):
            raise RecordMissing() from None

    def open(self, digest: str, verify: bool = False) -> io.BytesIO:
        assert verify, "a damaged file must not be handed over"
        if digest not in self.content:
            raise BlobMissing(digest=digest)
        self.opened += 1
        return io.BytesIO(self.content[digest])

    def find_number(self, token: str, unit: str | None) -> list[Any]:
        assert unit is None
        heads = [head for name in self.revisions if (head := self.head(name))]
        return [SimpleNamespace(record=m.record) for m in heads if token in [_token(s) for s in m.subjects]]


def _token(subject: Subject) -> str:
    return token(subject.id_kind or "", subject.number or "")


def token(kind: str, number: str) -> str:
    return "v1:" + hmac.new(b"key", f"{kind}|{number}".encode(), hashlib.sha256).hexdigest()


def paper(record: str, type: str, number: str, revision: int = 1, level: str = "personal", **fields: str) -> Manifest:
    sha256 = hashlib.sha256(PDF).hexdigest()
    return Manifest(
        record=record,
        revision=revision,
        unit=UNIT,
        created_at="2026-01-02T08:00:00+00:00",
        type=type,
        type_name=type.replace("_", " "),
        pages=1,
        source=Source(file_name="a.pdf", sha256="a" * 64, pages=(1,), batch="1"),
        conversion=Conversion(by="Xã Hòa Bình", at="2026-01-02T08:00:00+00:00", software="t", reading_config="t"),
        fields={name: FieldReading(value=value, confidence=1, accepted=True) for name, value in fields.items()},
        subjects=(Subject(role="person", id_kind="cccd", number=number),),
        access_level=level,
        representations=(Representation(role="archival", sha256=sha256, size=len(PDF), media_type="application/pdf"),),
    )


@dataclass
class Clock:
    now: datetime = field(default_factory=lambda: datetime(2026, 3, 2, 8, 0, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **time: float) -> None:
        self.now += timedelta(**time)


@dataclass
class Office:
    """Reuse with everything it stands on."""

    reuse: Reuse
    ledger: Ledger
    archive: Archive
    clock: Clock
    folder: Path

    def check(self, wanted: str = "birth", number: str = MAU, **changes: str) -> tuple[Any, ...]:
        asked = {"actor": OFFICER, "unit": UNIT, "case": CASE, "purpose": PURPOSE, **changes}
        return self.reuse.check(wanted=wanted, number=number, **asked)

    def request(self, record: str = BIRTH) -> int:
        return self.reuse.request(OFFICER, UNIT, CASE, PURPOSE, record)

    def consent(self, request: int, uses: int = 1, hours: float = 24, number: str = MAU) -> int:
        return self.reuse.consent(request, number, self.clock() + timedelta(hours=hours), uses)

    def release(self, request: int, **changes: str) -> Any:
        return self.reuse.release(request, **{"actor": OFFICER, "case": CASE, "purpose": PURPOSE, **changes})

    def last(self) -> Any:
        return self.ledger.audit_entries()[-1]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.services)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty ledger of either kind."""
    if request.param == "sqlite":
        yield sqlite(tmp_path)()
        return
    server: Postgres = request.getfixturevalue("postgres")
    yield server.database()
    server.take_back()


@pytest.fixture
def office(database: str, tmp_path: Path) -> Iterator[Office]:
    clock, archive = Clock(), Archive()
    ledger = Ledger(database, clock)
    with ledger.transaction() as tx:
        tx.ensure_unit(UNIT, "Xã Hòa Bình")
        tx.ensure_unit(OTHER_UNIT, "Xã khác")
    archive.content[hashlib.sha256(PDF).hexdigest()] = PDF
    archive.add(paper(BIRTH, "birth_certificate", MAU, issued_date="2001-05-06", name="Nguyễn Văn Mẫu"))
    archive.add(paper(MARITAL, "marital_status", MAU, issued_date="2025-08-31"))
    archive.add(paper(CRIMINAL, "criminal_record", THU, level="sensitive"))
    requirements = Requirements(
        {"birth": Requirement("birth", "Việc sinh", ("birth_certificate", "birth_extract"))},
        ("issued_date",),
        ("expiry_date",),
    )
    reuse = Reuse(
        ledger,
        archive,
        archive,
        archive,
        clock,
        token=token,
        checks_per_day=5,
        requirements=requirements,
        procedures=Procedures.load(Requirements.load()),
    )
    yield Office(reuse, ledger, archive, clock, tmp_path)
    ledger.close()
