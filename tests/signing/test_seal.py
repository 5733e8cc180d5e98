"""Sealing: judged by pdfsig, openssl and qpdf, not by our own code alone."""

from __future__ import annotations

import re
import subprocess
import unicodedata
from datetime import datetime, timedelta
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from asn1crypto import pem
from fontTools.ttLib import TTFont

from signing.keys import SigningKey
from signing.seal import SEAL_FIELD, seal
from signing.stamp import StampFacts, StampProfile
from signing.verify import verify

AGENCY = "Ủy ban nhân dân xã Thử Nghiệm Có Tên Rất Dài Để Phải Xuống Dòng"


def run(*command: object) -> str:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def signed_parts(path: Path) -> tuple[bytes, bytes]:
    """(signed bytes, CMS) of the last signature, cut out by hand."""
    data = path.read_bytes()
    a, b, c, d = (int(n) for n in re.findall(rb"/ByteRange\s*\[\s*(\d+) (\d+) (\d+) (\d+)", data)[-1])
    padded = bytes.fromhex(data[a + b + 1 : c - 1].decode())
    size = padded[1] & 0x7F
    length = 2 + size + int.from_bytes(padded[2 : 2 + size], "big")
    return data[a : a + b] + data[c : c + d], padded[:length]


def test_pdfsig_confirms_the_seal(sealed: Path) -> None:
    said = run("pdfsig", "-nocert", sealed)
    assert "Signature is Valid" in said
    assert "Total document signed" in said
    assert "ETSI.CAdES.detached" in said
    assert "SHA-256" in said
    assert "NOT QUALIFIED" in said


def test_openssl_confirms_the_signature_against_the_root(sealed: Path, key_folder: Path, tmp_path: Path) -> None:
    content, cms = signed_parts(sealed)
    (tmp_path / "content").write_bytes(content)
    (tmp_path / "cms").write_bytes(cms)
    verify_it = ("openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", tmp_path / "cms", "-purpose", "any")
    root = ("-CAfile", key_folder / "root.cert.pem", "-out", "/dev/null")
    assert "successful" in run(*verify_it, "-content", tmp_path / "content", *root)
    (tmp_path / "content").write_bytes(content[:-1] + b"x")
    with pytest.raises(AssertionError):
        run(*verify_it, "-content", tmp_path / "content", *root)


def test_qpdf_finds_nothing(sealed: Path) -> None:
    assert "No syntax or stream encoding errors" in run("qpdf", "--check", sealed)


def test_the_sealed_file_begins_with_the_archival_file(sealed: Path, archival: Path) -> None:
    assert sealed.read_bytes().startswith(archival.read_bytes())


def test_the_certificates_up_to_the_root_are_inside(sealed: Path, key_folder: Path) -> None:
    root = pem.unarmor((key_folder / "root.cert.pem").read_bytes())[2]
    assert root in signed_parts(sealed)[1]


def test_32_kib_are_reserved(sealed: Path) -> None:
    a, b, c = (int(n) for n in re.findall(rb"/ByteRange\s*\[\s*(\d+) (\d+) (\d+)", sealed.read_bytes())[-1])
    assert c - (a + b) >= 2 * 32 * 1024


def test_the_claimed_time_is_the_one_handed_in(archival: Path, key: SigningKey, now: datetime, tmp_path: Path) -> None:
    out = tmp_path / "out.pdf"
    seal(archival, out, key, at=now + timedelta(hours=5))
    (facts,) = verify(out, key.roots).signatures
    assert datetime.fromisoformat(facts.signed_at or "") == now + timedelta(hours=5)
    assert facts.time_source == "claimed"


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_stamp_of_a_copy_is_read_back_and_stands_top_right(
    archival: Path, key: SigningKey, now: datetime, tmp_path: Path, rotation: int
) -> None:
    turned, out = tmp_path / "turned.pdf", tmp_path / "out.pdf"
    with pikepdf.open(archival) as pdf:
        pdf.pages[0].obj.Rotate = rotation
        pdf.save(turned)
    profile = StampProfile.load("copy-nd30")
    seal(turned, out, key, at=now, stamp=profile, facts=StampFacts("SAO Y", AGENCY, now))
    lines = run("pdftotext", "-f", 1, "-l", 1, "-raw", out, "-")
    local = (now + timedelta(hours=7)).strftime("%d-%m-%Y %H:%M:%S +07:00")
    (facts,) = verify(out, key.roots).signatures
    assert (facts.stamp_text or "").replace("\n", " ") == f"SAO Y {AGENCY} Thời gian ký: {local}"
    assert facts.stamp_page == 1
    assert "SAO Y" in lines and local in lines
    assert ink_added(turned, out) == "top right"


def ink_added(before: Path, after: Path) -> str:
    """In which quarter of the shown first page the two files differ."""
    pictures = []
    for path in (before, after):
        document = pypdfium2.PdfDocument(path)
        document.init_forms()
        pictures.append(document[0].render(scale=1, may_draw_forms=True).to_numpy()[:, :, 0].astype(int))
        document.close()
    rows, columns = (abs(pictures[0] - pictures[1]) > 60).nonzero()
    height, width = pictures[0].shape
    assert len(rows) > 50
    return f"{'top' if rows.max() < height / 3 else 'not top'} {'right' if columns.min() > width / 3 else 'not right'}"


def test_stamp_profile_follows_the_decree() -> None:
    profile = StampProfile.load("copy-nd30")
    assert (profile.size, profile.version) == (10, 1)
    assert "30/2020" in profile.source
    assert (profile.font_file.parent / "GUST-FONT-LICENSE.txt").exists()


def test_the_stamp_font_has_every_vietnamese_letter() -> None:
    marks = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
    letters = {unicodedata.normalize("NFC", base + mark) for base in "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY" for mark in marks}
    known = TTFont(StampProfile.load("copy-nd30").font_file).getBestCmap()
    assert [letter for letter in letters | set("đĐ") if ord(letter) not in known] == []


def test_a_failed_seal_leaves_nothing(key: SigningKey, now: datetime, tmp_path: Path) -> None:
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.4 broken")
    with pytest.raises(pikepdf.PdfError):
        seal(broken, tmp_path / "out.pdf", key, at=now)
    assert [path.name for path in tmp_path.iterdir()] == ["broken.pdf"]


def test_a_second_signature_keeps_the_first(sealed: Path, key: SigningKey, now: datetime, tmp_path: Path) -> None:
    out = tmp_path / "out.pdf"
    seal(sealed, out, key, at=now, field="Second")
    assert run("pdfsig", "-nocert", out).count("Signature is Valid") == 2
    assert out.read_bytes().startswith(sealed.read_bytes())
    assert {facts.field for facts in verify(out, key.roots).signatures} == {SEAL_FIELD, "Second"}
