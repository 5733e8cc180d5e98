"""Three verdicts with sub-codes; every way of tampering is seen; no file makes verification fail."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pikepdf
import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from schemas.errors import NotAPdf
from signing import verify as verify_module
from signing.keys import SigningKey
from signing.rawcheck import raw_signatures
from signing.seal import seal
from signing.verify import POLICY, verify
from tests.signing.certificates import Authority


def written(folder: Path, data: bytes) -> Path:
    path = folder / "file.pdf"
    path.write_bytes(data)
    return path


def outcome(path: Path, key: SigningKey) -> tuple[str, str]:
    verdict = verify(path, key.roots)
    return verdict.verdict, verdict.sub


def test_our_own_seal_is_valid_and_says_it_is_not_qualified(sealed: Path, key: SigningKey, now: datetime) -> None:
    verdict = verify(sealed, key.roots)
    assert (verdict.verdict, verdict.sub, verdict.policy) == ("VALID", "NOT_QUALIFIED", POLICY)
    (facts,) = verdict.signatures
    assert (facts.signer, facts.level) == ("Ủy ban nhân dân xã Mẫu", "B-B")
    assert facts.covers_whole_file
    assert datetime.fromisoformat(facts.signed_at or "") == now


def test_a_pdf_without_signature_is_indeterminate(archival: Path, key: SigningKey) -> None:
    assert outcome(archival, key) == ("INDETERMINATE", "NO_SIGNATURE")


def test_without_our_root_there_is_no_trust_anchor(sealed: Path) -> None:
    verdict = verify(sealed, ())
    assert (verdict.verdict, verdict.sub) == ("INDETERMINATE", "NO_TRUST_ANCHOR")


def test_a_namesake_of_our_root_is_not_our_root(sealed: Path, now: datetime) -> None:
    assert outcome(sealed, Authority(now).signing_key()) == ("INDETERMINATE", "NO_TRUST_ANCHOR")


def test_another_trusted_signer_is_simply_valid(archival: Path, now: datetime, tmp_path: Path) -> None:
    key = Authority(now).signing_key()
    seal(archival, tmp_path / "out.pdf", key, at=now)
    assert outcome(tmp_path / "out.pdf", key) == ("VALID", "PASSED")


def test_after_the_certificate_has_expired(sealed: Path, key: SigningKey, now: datetime) -> None:
    verdict = verify(sealed, key.roots, at=now + timedelta(days=365 * 6))
    assert (verdict.verdict, verdict.sub) == ("INDETERMINATE", "CERTIFICATE_EXPIRED")


# --- tampering -------------------------------------------------------------------------------------------------------


def places(data: bytes) -> dict[str, int]:
    """A byte in every region of a sealed file."""
    first_stream = data.index(b"stream\n") + 7
    picture = data.index(b"/DCTDecode")
    contents = data.rindex(b"/Contents <") + len(b"/Contents <")
    return {
        "header": 6,
        "first stream": first_stream + 10,
        "picture": data.index(b"stream", picture) + 500,
        "xmp": data.index(b"W5M0MpCehiHzreSzNTczkc9d") + 3,
        "xref": data.rindex(b"xref", 0, data.rindex(b"/ByteRange")) + 30,
        "document id": data.index(b"/ID") + 8,
        "byte range": data.rindex(b"/ByteRange") + 16,
        "signature dictionary": data.rindex(b"/SubFilter") + 14,
        "signature value": contents + 2 * 3000,
        "certificate": contents + 2 * 900,
        "last trailer": data.rindex(b"trailer") + 12 if b"trailer" in data[contents:] else len(data) - 40,
    }


REGIONS = (
    "header",
    "first stream",
    "picture",
    "xmp",
    "xref",
    "document id",
    "byte range",
    "signature dictionary",
    "signature value",
    "certificate",
    "last trailer",
)


@pytest.mark.parametrize("region", REGIONS)
def test_a_flipped_byte_is_never_valid(sealed: Path, key: SigningKey, tmp_path: Path, region: str) -> None:
    data = bytearray(sealed.read_bytes())
    place = places(bytes(data))[region]
    data[place] = data[place] ^ 0x01 if region not in ("signature value", "certificate") else flipped_hex(data[place])
    verdict = verify(written(tmp_path, bytes(data)), key.roots)
    assert verdict.verdict != "VALID", verdict
    if region in ("header", "first stream", "picture", "xmp", "document id", "xref"):
        assert (verdict.verdict, verdict.sub) == ("INVALID", "HASH_FAILURE")


def flipped_hex(digit: int) -> int:
    return ord("1") if digit == ord("0") else ord("0")


def test_every_kilobyte_of_the_signed_bytes_counts(sealed: Path, key: SigningKey, tmp_path: Path) -> None:
    data = sealed.read_bytes()
    signed_end = int(re.findall(rb"/ByteRange\s*\[\s*0 (\d+)", data)[-1])
    for place in range(20, signed_end, signed_end // 25):
        changed = bytearray(data)
        changed[place] ^= 0x20
        assert outcome(written(tmp_path, bytes(changed)), key) == ("INVALID", "HASH_FAILURE"), place


def test_bytes_after_the_end_are_not_valid(sealed: Path, key: SigningKey, tmp_path: Path) -> None:
    path = written(tmp_path, sealed.read_bytes() + b"\n% something more\n")
    assert outcome(path, key) == ("INDETERMINATE", "BYTES_AFTER_SIGNATURE")


def test_used_padding_is_not_valid(sealed: Path, key: SigningKey, tmp_path: Path) -> None:
    data = bytearray(sealed.read_bytes())
    end_of_contents = int(re.findall(rb"/ByteRange\s*\[\s*\d+ \d+ (\d+)", bytes(data))[-1])
    data[end_of_contents - 9] = ord("7")
    assert outcome(written(tmp_path, bytes(data)), key) == ("INDETERMINATE", "CONTENTS_PADDING")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_truncated(sealed: Path, key: SigningKey, tmp_path: Path, share: float) -> None:
    data = sealed.read_bytes()
    path = written(tmp_path, data[: int(len(data) * share)])
    try:
        assert verify(path, key.roots).verdict != "VALID"
    except NotAPdf:
        assert share < 0.9


def test_saved_again_by_another_program(sealed: Path, key: SigningKey, tmp_path: Path) -> None:
    again = tmp_path / "again.pdf"
    with pikepdf.open(sealed) as pdf:
        pdf.save(again)
    verdict, sub = outcome(again, key)
    assert verdict == "INVALID" and sub in ("HASH_FAILURE", "SIG_CRYPTO_FAILURE")


def page_of(writer: IncrementalPdfFileWriter) -> generic.DictionaryObject:
    return writer.root["/Pages"]["/Kids"][0]


def replace_content(writer: IncrementalPdfFileWriter) -> None:
    page = page_of(writer)
    page["/Contents"] = writer.add_object(generic.StreamObject(stream_data=b"q 0 0 1 rg 50 60 400 100 re f Q"))
    writer.update_container(page)


def add_annotation(writer: IncrementalPdfFileWriter) -> None:
    note = generic.DictionaryObject(
        {
            generic.pdf_name("/Type"): generic.pdf_name("/Annot"),
            generic.pdf_name("/Subtype"): generic.pdf_name("/FreeText"),
            generic.pdf_name("/Rect"): generic.ArrayObject(map(generic.NumberObject, (72, 740, 400, 790))),
            generic.pdf_name("/Contents"): generic.pdf_string("Số tiền 999"),
        }
    )
    page = page_of(writer)
    page.setdefault(generic.pdf_name("/Annots"), generic.ArrayObject()).append(writer.add_object(note))
    writer.update_container(page)


def change_catalogue(writer: IncrementalPdfFileWriter) -> None:
    writer.root["/Lang"] = generic.pdf_string("en")
    writer.update_root()


def move_widget(writer: IncrementalPdfFileWriter) -> None:
    widget = writer.root["/AcroForm"]["/Fields"][0]
    widget["/Rect"] = generic.ArrayObject(map(generic.NumberObject, (0, 0, 595, 842)))
    writer.update_container(widget)


@pytest.mark.parametrize("attack", [replace_content, add_annotation, change_catalogue, move_widget])
def test_an_update_after_our_seal_is_invalid(
    sealed: Path, key: SigningKey, tmp_path: Path, attack: Callable[[IncrementalPdfFileWriter], None]
) -> None:
    path = tmp_path / "changed.pdf"
    with sealed.open("rb") as source, path.open("wb") as target:
        writer = IncrementalPdfFileWriter(source)
        attack(writer)
        writer.write(target)
    assert outcome(path, key) == ("INVALID", "CHANGED_AFTER_SIGNING")


def test_a_swapped_byte_range_is_not_valid(sealed: Path, key: SigningKey, tmp_path: Path) -> None:
    path = tmp_path / "changed.pdf"
    with sealed.open("rb") as source, path.open("wb") as target:
        writer = IncrementalPdfFileWriter(source)
        field = writer.root["/AcroForm"]["/Fields"][0]
        value = field["/V"]
        start, length, after, rest = (int(number) for number in value["/ByteRange"])
        forged = generic.DictionaryObject({name: value.raw_get(name) for name in value if name != "/ByteRange"})
        gap = (start, length - 5, after + 3, rest - 3)
        forged[generic.pdf_name("/ByteRange")] = generic.ArrayObject(map(generic.NumberObject, gap))
        field["/V"] = writer.add_object(forged)
        writer.update_container(field)
        writer.write(target)
    assert verify(path, key.roots).verdict != "VALID"


# --- what is no signed PDF at all ------------------------------------------------------------------------------------


@pytest.mark.parametrize("junk", [b"", b"hello", b"%PDF-1.7", b"PK\x03\x04" + bytes(100), b"%PDF-" + bytes(5000)])
def test_junk_is_no_pdf(junk: bytes, tmp_path: Path) -> None:
    with pytest.raises(NotAPdf):
        verify(written(tmp_path, junk), ())


def test_an_encrypted_pdf_is_indeterminate(archival: Path, tmp_path: Path) -> None:
    path = tmp_path / "locked.pdf"
    with pikepdf.open(archival) as pdf:
        pdf.save(path, encryption=pikepdf.Encryption(user="secret", owner="secret"))
    assert (verify(path, ()).verdict, verify(path, ()).sub) == ("INDETERMINATE", "ENCRYPTED")


def test_a_circle_of_cross_references_ends(sealed: Path, tmp_path: Path) -> None:
    """/Prev that points at its own section."""
    data = sealed.read_bytes()
    last = int(data[data.rindex(b"startxref") :].split()[1])
    previous = re.findall(rb"/Prev (\d+)", data)[-1]
    circled = data.replace(b"/Prev " + previous, b"/Prev " + str(last).encode().zfill(len(previous)))
    path = written(tmp_path, circled)
    try:
        assert verify(path, (), seconds=2).verdict != "VALID"
    except NotAPdf:
        return


def test_the_time_limit_ends_reading(sealed: Path, key: SigningKey) -> None:
    verdict = verify(sealed, key.roots, seconds=0)
    assert (verdict.verdict, verdict.sub) == ("INDETERMINATE", "TIME_LIMIT")


@pytest.mark.parametrize("crash", [KeyError("/Kids"), AssertionError(), RecursionError(), AttributeError("x")])
def test_a_crash_of_the_library_is_indeterminate(
    sealed: Path, key: SigningKey, monkeypatch: pytest.MonkeyPatch, crash: Exception
) -> None:
    async def crashing(*_: object, **__: object) -> None:
        raise crash

    monkeypatch.setattr(verify_module, "async_validate_pdf_signature", crashing)
    verdict = verify(sealed, key.roots)
    assert (verdict.verdict, verdict.sub) == ("INDETERMINATE", f"CANNOT_CHECK_{type(crash).__name__}")
    assert verdict.signatures[0].signer == "Ủy ban nhân dân xã Mẫu"


def test_nothing_of_the_subject_is_logged(sealed: Path, caplog: pytest.LogCaptureFixture) -> None:
    """pyHanko logs whole subject names, in which Vietnamese certificates carry ID numbers."""
    verify(sealed, ())
    assert caplog.records == []


@pytest.mark.parametrize("place", [0, (1 << 20) - 30, (1 << 20) - 5, 1 << 20, 2 << 20])
def test_signatures_in_the_bytes_are_found_wherever_they_lie(place: int, tmp_path: Path) -> None:
    path = tmp_path / "bytes.bin"
    path.write_bytes(b"x" * place + b"/ByteRange [0 10 20 30]" + b"y" * ((2 << 20) - place) + b"/ByteRange [1 2 9 9]")
    assert len(raw_signatures(path)) == 2
