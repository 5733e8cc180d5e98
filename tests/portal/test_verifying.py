"""Verifying: genuine papers are told from changed ones, nothing of a person is told, nothing is kept."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pikepdf
import pytest
import zxingcpp
from PIL import Image

from motlan.wiring import House
from portal.mine.papers import code_of
from portal.verifying import bounds
from portal.verifying.checking import _seal
from schemas.evidence import SignatureFacts, Verdict
from schemas.identifiers import PERSON_KINDS
from schemas.manifest import Manifest, digest
from tests.support.portal import Client, Filled

Make = Callable[[str | None], Client]


@pytest.fixture
def anyone(client: Make) -> Client:
    return client(None)


@pytest.fixture
def wedding(town: House) -> Manifest:
    return paper_of(town, "marriage_certificate")


def paper_of(town: House, type: str) -> Manifest:
    record = next(d.record for d in town.ledger.documents(state="DONE") if d.type == type)
    head = town.records.head(record)
    assert head is not None
    return head


def sealed(town: House, paper: Manifest) -> bytes:
    archival = paper.representation("archival")
    assert archival is not None
    with town.archive.open(archival.sha256) as stream:
        return stream.read()


def drop(who: Client, data: bytes, name: str = "giay.pdf") -> Any:
    return who.post("/kiem-tra", files={"file": (name, data)})


def judged(who: Client, data: bytes) -> dict[str, Any]:
    answer = who.post("/api/v1/verify", files={"file": ("giay.pdf", data)})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def revised(town: House, paper: Manifest, **changes: Any) -> Manifest:
    """The paper with a further revision."""
    previous = town.records.manifest_digest(paper.record, paper.revision)
    newer = paper.model_copy(update={"revision": paper.revision + 1, "previous": previous} | changes)
    town.records.put(newer)
    return newer


def test_a_sealed_file_is_genuine_and_nothing_of_a_person_is_told(
    anyone: Client, town: House, wedding: Manifest
) -> None:
    page = drop(anyone, sealed(town, wedding))
    assert page.status_code == 200 and "Giấy tờ này là thật và còn hiệu lực" in page.text
    assert "chưa có giá trị pháp lý" in page.text  # sealed with a key for trying out
    assert wedding.type_name in page.text and town.unit_name in page.text and str(code_of(wedding)) in page.text
    code = anyone.get(f"/kiem-tra/{code_of(wedding)}").text
    values = {field.value for field in wedding.fields.values() if field.value and len(field.value) > 4}
    values |= {subject.number or "" for subject in wedding.subjects} - {""}
    assert values and not [value for value in values if value in page.text or value in code]


def test_a_code_is_typed_pasted_or_photographed(anyone: Client, wedding: Manifest) -> None:
    code = str(code_of(wedding))
    for typed in (code.lower(), code.replace("-", " "), f"http://127.0.0.1:8080/kiem-tra/{code}"):
        assert anyone.post("/kiem-tra", data={"code": typed}).headers["location"] == f"/kiem-tra/{code}"
    page = anyone.get(f"/kiem-tra/{code}")
    assert "Mã này có thật, và giấy tờ còn hiệu lực" in page.text  # of the print itself nothing can be said
    photo = io.BytesIO()
    drawn: Any = zxingcpp.create_barcode(f"http://x/kiem-tra/{code}", zxingcpp.BarcodeFormat.QRCode)
    Image.fromarray(drawn.to_image(scale=4)).save(photo, "PNG")
    assert drop(anyone, photo.getvalue(), "anh.png").headers["location"] == f"/kiem-tra/{code}"
    assert anyone.get(f"/api/v1/verify/{code}").json()["outcome"] == "current"


def test_the_citizen_sees_that_somebody_checked(
    client: Make, anyone: Client, wedding: Manifest, filled: Filled
) -> None:
    anyone.get(f"/kiem-tra/{code_of(wedding)}")
    me = client(filled.numbers[0])
    assert "Một người kiểm tra giấy tờ" in me.get("/ai-da-xem").text
    me.get(f"/kiem-tra/{code_of(wedding)}")
    assert me.get("/api/v1/me/looks?own=1").json()[1]["mine"]


@pytest.mark.parametrize("code", ["1C6W", "x" * 200, "<script>alert(1)</script>", "%0d%0aSet-Cookie:a=b"])
def test_a_mistyped_code_is_told_and_shown_as_text(anyone: Client, code: str) -> None:
    answer = anyone.post("/kiem-tra", data={"code": code})
    assert answer.status_code == 422 and "Mã gõ chưa đúng" in answer.text and "<script>alert" not in answer.text
    there = anyone.get(f"/kiem-tra/{code.replace('/', '')}")
    assert there.status_code == 422 and "<script>alert" not in there.text


def test_a_code_that_was_never_given_is_told(anyone: Client, wedding: Manifest) -> None:
    wrong = type(code_of(wedding)).of(wedding.record, 1, "0" * 64)
    answer = anyone.get(f"/kiem-tra/{wrong}")
    assert answer.status_code == 404 and "Không có giấy tờ nào mang mã này" in answer.text
    assert anyone.get(f"/api/v1/verify/{wrong}").status_code == 404


def test_changed_files_are_told(anyone: Client, town: House, wedding: Manifest) -> None:
    data = sealed(town, wedding)
    flipped = bytearray(data)
    flipped[data.find(b"stream") + 300] ^= 1
    assert judged(anyone, bytes(flipped))["outcome"] == "broken"
    assert judged(anyone, data + b"\n% more")["outcome"] == "altered"
    again = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        pdf.save(again)
    assert judged(anyone, again.getvalue())["outcome"] in ("broken", "altered")
    assert not judged(anyone, again.getvalue())["genuine"]


def test_a_signed_file_of_elsewhere_is_judged_by_its_signature(anyone: Client, town: House, wedding: Manifest) -> None:
    data = sealed(town, wedding)
    _, unit, name = wedding.record.split(":")
    shutil.rmtree(town.data / "archive" / "records" / unit / name)
    with town.ledger.database.writing() as connection:
        connection.exec_driver_sql("update documents set record = ? where record = ?", ("motlan:H99:x", wedding.record))
    assert judged(anyone, data)["outcome"] == "signed"
    town.__dict__["key"] = replace(town.key, roots=())  # an authority that nobody here trusts
    assert judged(anyone, data)["outcome"] == "unsure"
    page = drop(anyone, data).text
    assert "chưa kết luận được" in page and "(NO_TRUST_ANCHOR)" in page and "Chữ ký hợp lệ" not in page


def test_a_paper_that_no_longer_holds_is_told(anyone: Client, town: House, wedding: Manifest) -> None:
    old = paper_of(town, "marital_status")
    assert judged(anyone, sealed(town, old))["outcome"] == "expired"
    archival = wedding.representation("archival")
    data, code = sealed(town, wedding), code_of(wedding)
    same = revised(town, wedding)  # a decision on a field: the sealed file stays
    told = judged(anyone, data)
    assert told["outcome"] == "current" and told["kept"]["newest"] == same.revision
    other = b"%PDF-1.7 another"
    newer = archival.model_copy(update={"sha256": digest(other), "size": len(other)})
    rest = tuple(r for r in wedding.representations if r.role != "archival")
    town.archive.put_bytes(other)
    revised(town, same, representations=(*rest, newer))
    assert judged(anyone, data)["outcome"] == "superseded"
    assert anyone.get(f"/api/v1/verify/{code}").json()["outcome"] == "superseded"


def test_a_damaged_archive_is_not_called_genuine(anyone: Client, town: House, wedding: Manifest) -> None:
    archival = wedding.representation("archival")
    with town.archive.path(archival.sha256) as path:
        path.chmod(0o600)
        path.write_bytes(b"damaged")
    assert anyone.get(f"/api/v1/verify/{code_of(wedding)}").json()["outcome"] == "lost"


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"<html><script>alert(1)</script></html>", 422),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", 422),
        (b"", 422),
        (b"%PDF-1.7 nothing", 422),
        (b"\x89PNG\r\n\x1a\n broken", 422),
    ],
    ids=["html", "svg", "empty", "no-pdf", "no-picture"],
)
def test_what_is_no_pdf_is_refused_and_never_shown(anyone: Client, data: bytes, status: int) -> None:
    answer = drop(anyone, data, '"><script>alert(2)</script>.pdf')
    assert answer.status_code == status and 'role="alert"' in answer.text
    assert "alert(" not in answer.text and answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("unit", ["../../etc", "..", "H99"])
def test_a_pdf_with_scripts_is_judged_and_never_rendered(anyone: Client, unit: str) -> None:
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert('TRAP')")
        with pdf.open_metadata() as metadata:
            metadata["dc:identifier"] = f"motlan:{unit}:" + "a" * 26
            metadata["dc:title"] = "<script>TRAP</script>"
        out = io.BytesIO()
        pdf.save(out)
    page = drop(anyone, out.getvalue())
    assert page.status_code == 200 and "không có chữ ký số" in page.text and "TRAP" not in page.text


def test_nothing_that_was_handed_in_is_kept(anyone: Client, town: House, wedding: Manifest) -> None:
    data = sealed(town, wedding) + b"CANARY"
    before = {path for path in town.data.rglob("*") if path.is_file()}
    for attempt in (data, b"CANARY", b"%PDF-1.7 CANARY"):
        drop(anyone, attempt)
    left = {path for path in town.data.rglob("*") if path.is_file()}
    assert not [p for p in left - before if "sqlite" not in p.name]
    assert not [p for p in left if "sqlite" in p.name and b"CANARY" in p.read_bytes()]


def test_a_file_that_is_too_large_is_cut_off(anyone: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "MOST_BYTES", 10_000)

    def endless() -> Any:
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'
        for _ in range(100):
            yield b"%PDF" * 250

    kind = {"content-type": "multipart/form-data; boundary=x"}
    chunked = anyone.post("/kiem-tra", content=endless(), headers=kind)  # no length announced
    assert (chunked.status_code, "FILE_TOO_LARGE" in chunked.text) == (413, True)
    assert "FILE_TOO_LARGE" in drop(anyone, b"%PDF" * 10_000).text
    assert anyone.post("/api/v1/verify", content=endless(), headers=kind).json()["code"] == "FILE_TOO_LARGE"


def test_one_address_is_slowed_down(anyone: Client, wedding: Manifest) -> None:
    seen = [anyone.get("/api/v1/verify/1C6W").status_code for _ in range(70)]
    assert seen[:50] == [422] * 50 and 429 in seen
    assert anyone.get(f"/kiem-tra/{code_of(wedding)}").status_code == 429
    assert anyone.get("/kiem-tra").status_code == 200


def test_no_id_number_of_a_certificate_is_shown() -> None:
    facts = SignatureFacts(field="a", verdict="VALID", sub="PASSED", signer="NGUYỄN VĂN MẪU CCCD:079201000001")
    seal = _seal(Verdict(verdict="VALID", sub="PASSED", policy="p", signatures=(facts,)))
    assert seal is not None and "079201000001" not in seal.signer and PERSON_KINDS["cccd"].is_valid("079201000001")
