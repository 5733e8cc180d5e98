"""From a manifest to an entry: what is found by what, and that no number of a person gets through."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from schemas.evidence import FieldReading, Subject, Witness
from schemas.manifest import Conversion, Manifest, Representation, Source
from schemas.types import FieldRule, TypeCatalogue
from search.elastic_query import document
from search.fts5 import Fts5Index
from search.index import Entry
from search.keys import BlindIndex
from search.projection import ParityReport, entry_of, parity, plays

BLIND = BlindIndex(b"k" * 32)
RECORD = "motlan:H48:" + "a" * 26


def reading(value: str | None, accepted: bool = True, *witnesses: str) -> FieldReading:
    evidence = tuple(Witness(source="ocr", value=word, confidence=0.5) for word in witnesses)
    return FieldReading(value=value, confidence=0.9, accepted=accepted, evidence=evidence)


def manifest(fields: dict[str, FieldReading] | None = None, subjects: tuple[Subject, ...] = ()) -> Manifest:
    return Manifest(
        record=RECORD,
        revision=2,
        unit="H48",
        created_at="2025-07-01T08:00:00+07:00",
        type="giay_khai_sinh",
        type_name="Giấy khai sinh",
        pages=1,
        source=Source(file_name="a.pdf", sha256="0" * 64, pages=(1,), batch="b1"),
        conversion=Conversion(by="u", at="2025-07-01T08:00:00+07:00", software="motlan 0", reading_config="1"),
        fields=fields or {},
        subjects=subjects,
        representations=(Representation(role="original", sha256="0" * 64, size=1, media_type="application/pdf"),),
    )


def test_what_names_the_paper_becomes_findable() -> None:
    entry = entry_of(
        manifest(
            {
                "number": reading("12/2015"),
                "subject": reading("Về việc cấp đất"),
                "agency": reading("UBND phường An Hải"),
                "full_name": reading("TRẦN VĂN AN"),
                "father_name": reading("Trần Văn Bình", accepted=False),
                "birth_date": reading("2015-06-30"),
                "issued_date": reading("2016-02-01"),
                "registration_date": reading("2015-07-0?", accepted=False),
                "hometown": reading(None, accepted=False),
            },
            (Subject(role="owner", name="TRẦN VĂN AN"),),
        ),
        ["trang một", "trang hai"],
        BLIND,
    )
    assert (entry.record, entry.revision, entry.unit) == (RECORD, 2, "H48")
    assert (entry.code, entry.title, entry.agency) == ("12/2015", "Về việc cấp đất", "UBND phường An Hải")
    assert entry.names == ("TRẦN VĂN AN", "Trần Văn Bình")
    assert entry.dates == ("2016-02-01", "2015-06-30")
    assert entry.text == "trang một\ntrang hai"
    assert "father_name" not in entry.fields, "what no person has confirmed is not shown as a fact"
    assert entry.fields["full_name"] == "TRẦN VĂN AN"


def test_only_numbers_of_subjects_become_tokens() -> None:
    subjects = (
        Subject(role="child", id_kind="cccd", number="048215000001"),
        Subject(role="father", id_kind="cmnd", number="201234567"),
        Subject(role="mother", id_kind="cccd", number="048"),  # malformed: nobody can ask for it
        Subject(role="witness", name="Lê Thị Hoa"),
    )
    fields = {"personal_id": reading("048090777777", accepted=False)}
    entry = entry_of(manifest(fields, subjects), (), BLIND)
    assert entry.tokens == (BLIND.token("cccd", "048215000001"), BLIND.token("cmnd", "201234567"))


CANARIES = ("048190777001", "201777002", "C1777003", "0481907770", "19077700")


@pytest.fixture
def leaky() -> tuple[Manifest, list[str]]:
    """A manifest and a text with numbers of people wherever one can stand."""
    fields = {
        "full_name": reading("TRẦN VĂN AN 048190777001"),
        "subject": reading("về ông có CMND 201 777 002"),
        "personal_id": reading("048190777001", True, "0481907770", "048190777001"),  # OCR lost two digits
        "mother_personal_id": reading(None, False, "19077700l"),
        "passport_number": reading("C1777003"),
        "number": reading("201777002"),
        "agency": reading("Hộ chiếu C1777003"),
    }
    subjects = (
        Subject(role="owner", name="TRẦN VĂN AN, 201777002", id_kind="cccd", number="048190777001"),
        Subject(role="owner", id_kind="passport", number="C1777003"),
    )
    text = (
        "Số định danh: 048190777001; 048 190 777 001; 048.190.777.001; 0 4 8 1 9 0 7 7 7 0 0 1; 0481907770; "
        "CMND 201777002 201.777.002; hộ chiếu C1777003, C 1777003, c1777003; IDVNM2017770025048190777001<<8 19077700L"
    )
    return manifest(fields, subjects), [text]


def test_no_number_of_a_person_is_in_any_byte_of_the_index(tmp_path: Path, leaky: tuple[Manifest, list[str]]) -> None:
    path = tmp_path / "index.sqlite"
    index = Fts5Index(path, BLIND)
    index.put(entry_of(*leaky, BLIND))
    index.put(entry_of(*leaky, BLIND))
    with index.rebuilding() as fresh:
        fresh.put(entry_of(*leaky, BLIND))
    hits = index.find_number(BLIND.token("cccd", "048190777001"), "H48")
    assert [hit.record for hit in hits] == [RECORD]
    files = [file for file in tmp_path.iterdir() if file.is_file()]
    content = b"".join(file.read_bytes() for file in files)
    assert "TRẦN VĂN AN".encode() in content and len(content) > 1000, "the files that were looked into hold the index"
    squeezed = content.translate(None, b" .-\xc2\xa0")
    for canary in CANARIES:
        for form in (canary, canary.lower()):
            assert form.encode() not in content
            assert form.encode() not in squeezed
    for hit in hits + index.find_words("trần văn an", "H48"):
        shown = repr(hit).replace(" ", "").replace(".", "")
        assert not any(canary in shown for canary in CANARIES)


def test_no_number_of_a_person_is_sent_to_a_server(leaky: tuple[Manifest, list[str]]) -> None:
    sent = json.dumps(document(entry_of(*leaky, BLIND)), ensure_ascii=False)
    assert "TRẦN VĂN AN" in sent and "tran van an" in sent
    for form in (sent, sent.translate(dict.fromkeys(map(ord, " .-\xa0")))):
        assert not any(canary.lower() in form.lower() for canary in CANARIES)


def test_numbers_cannot_be_found_by_words(tmp_path: Path, leaky: tuple[Manifest, list[str]]) -> None:
    index = Fts5Index(tmp_path / "index.sqlite", BLIND)
    index.put(entry_of(*leaky, BLIND))
    for query in ("048190777001", '"048 190 777 001"', "048190777", "201777002", "C1777003"):
        assert index.find_words(query, None) == []
        assert index.find_words(query, None, prefix=True) == []


def test_a_company_keeps_its_number() -> None:
    subject = (Subject(role="company", id_kind="mst", number="0100109106"),)
    entry = entry_of(manifest(subjects=subject), ["Mã số thuế 0100109106"], BLIND)
    assert entry.text == "Mã số thuế 0100109106"
    assert entry.tokens == (BLIND.token("mst", "0100109106"),)


PERSONAL = ("cccd", "person_id")
OF_A_PERSON = ("insurance_number", "licence_number")  # written in ways of their own, and as personal as the others
ROLES = dict.fromkeys(PERSONAL, "personal_numbers") | {"date": "dates", "name": "names", "agency": "agency"}


@pytest.mark.parametrize("rule", [rule for kind in TypeCatalogue.load() for rule in kind.fields], ids=lambda r: r.name)
def test_every_field_of_the_document_types_has_its_role(rule: FieldRule) -> None:
    if role := ROLES.get(rule.kind):
        assert plays(rule.name, role)
    if rule.name in OF_A_PERSON:
        assert plays(rule.name, "personal_numbers")
    if rule.kind not in PERSONAL and rule.name not in OF_A_PERSON:
        assert not plays(rule.name, "personal_numbers")


def _entry(record: str, revision: int) -> Entry:
    return Entry(record=record, revision=revision, unit="U", type="t", type_name="T", access_level="public")


def test_parity_names_each_difference(tmp_path: Path) -> None:
    index = Fts5Index(tmp_path / "index.sqlite", BLIND)
    for record, revision in (("same", 1), ("behind", 1), ("ahead", 3), ("extra", 1)):
        index.put(_entry(record, revision))
    report = parity(index, iter([("same", 1), ("behind", 2), ("ahead", 2), ("missing", 1)]))
    assert report == ParityReport(missing=("missing",), extra=("extra",), stale=("ahead", "behind"))
    assert not report.ok
    assert parity(index, index.records_and_revisions()).ok
