"""The gate refuses every key that must not sign, with its own sub-code, and lets a good one through."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pikepdf
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from pikepdf import Array, Dictionary, Name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields
from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata, PdfSigner

from schemas.errors import SigningRefused
from signing import gate
from signing.keys import SigningKey
from signing.seal import HeldKeySigner, seal
from tests.signing.certificates import Authority


@pytest.fixture
def authority(now: datetime) -> Authority:
    return Authority(now)


def refusal(key: SigningKey, now: datetime, **more: object) -> str:
    with pytest.raises(SigningRefused) as caught:
        gate.check(key, now, **more)  # type: ignore[arg-type]  # keyword cases of the table below
    assert caught.value.details["sub"] in str(caught.value)
    return str(caught.value.details["sub"])


def test_a_good_key_passes(key: SigningKey, authority: Authority, now: datetime, archival: Path) -> None:
    gate.check(key, now, pdf=archival)
    gate.check(authority.signing_key(), now, pdf=archival)


def test_expired(authority: Authority, now: datetime) -> None:
    assert refusal(authority.signing_key(first_day=-20, last_day=-1), now) == "EXPIRED"


def test_not_yet_valid(authority: Authority, now: datetime) -> None:
    assert refusal(authority.signing_key(first_day=1), now) == "NOT_YET_VALID"


def test_weak_rsa(authority: Authority, now: datetime) -> None:
    assert refusal(authority.signing_key(rsa.generate_private_key(65537, 1024)), now) == "WEAK_KEY"


def test_weak_curve(authority: Authority, now: datetime) -> None:
    assert refusal(authority.signing_key(ec.generate_private_key(ec.SECP192R1())), now) == "WEAK_KEY"


@pytest.mark.parametrize("digest", ["md5", "sha1", "sha224"])
def test_weak_digest(authority: Authority, now: datetime, digest: str) -> None:
    assert refusal(authority.signing_key(), now, digest=digest) == "WEAK_DIGEST"


def test_wrong_usage(authority: Authority, now: datetime) -> None:
    assert refusal(authority.signing_key(usage=False), now) == "KEY_USAGE"


def test_key_of_another_certificate(authority: Authority, now: datetime) -> None:
    other = ec.generate_private_key(ec.SECP256R1())
    assert refusal(authority.signing_key(certified=other), now) == "KEY_MISMATCH"


def test_certificate_of_another_authority(authority: Authority, now: datetime) -> None:
    stranger = Authority(now)
    assert refusal(authority.signing_key(root=stranger.certificate), now) == "CHAIN"


def test_revoked(authority: Authority, now: datetime, tmp_path: Path) -> None:
    key = authority.signing_key()
    revoked = authority.revocation_list(tmp_path / "list.crl", authority.issued)
    assert refusal(key, now, crls=[revoked]) == "REVOKED"


def test_clean_revocation_list_passes(authority: Authority, now: datetime, tmp_path: Path) -> None:
    gate.check(authority.signing_key(), now, crls=[authority.revocation_list(tmp_path / "list.crl")])


def test_stale_revocation_list_is_no_answer(authority: Authority, now: datetime, tmp_path: Path) -> None:
    stale = authority.revocation_list(tmp_path / "list.crl", days=-5)
    assert refusal(authority.signing_key(), now, crls=[stale]) == "REVOCATION_UNKNOWN"


def test_revocation_list_of_another_authority_is_no_answer(authority: Authority, now: datetime, tmp_path: Path) -> None:
    foreign = Authority(now, "Gốc khác").revocation_list(tmp_path / "list.crl")
    assert refusal(authority.signing_key(), now, crls=[foreign]) == "REVOCATION_UNKNOWN"


def test_broken_revocation_list(authority: Authority, now: datetime, tmp_path: Path) -> None:
    broken = tmp_path / "list.crl"
    broken.write_bytes(b"<html>not found</html>")
    assert refusal(authority.signing_key(), now, crls=[broken]) == "REVOCATION_UNKNOWN"


@pytest.mark.parametrize(("permission", "refused"), [(1, True), (2, False), (3, False)])
def test_certified_document(
    key: SigningKey, now: datetime, archival: Path, tmp_path: Path, permission: int, refused: bool
) -> None:
    certified = tmp_path / "certified.pdf"
    reference = Dictionary(TransformMethod=Name.DocMDP, TransformParams=Dictionary(P=permission, V=Name("/1.2")))
    with pikepdf.open(archival) as pdf:
        pdf.Root.Perms = Dictionary(DocMDP=pdf.make_indirect(Dictionary(Type=Name.Sig, Reference=Array([reference]))))
        pdf.save(certified)
    if refused:
        assert refusal(key, now, pdf=certified) == "DOCMDP"
    else:
        gate.check(key, now, pdf=certified)


def test_really_certified_document_is_refused(key: SigningKey, now: datetime, archival: Path, tmp_path: Path) -> None:
    """The same with a certification signature that another program made."""
    certified = tmp_path / "certified.pdf"
    meta = PdfSignatureMetadata(field_name="C", certify=True, docmdp_permissions=fields.MDPPerm.NO_CHANGES)
    with archival.open("rb") as source, certified.open("wb") as target:
        PdfSigner(meta, HeldKeySigner(key)).sign_pdf(IncrementalPdfFileWriter(source), output=target)
    assert refusal(key, now, pdf=certified) == "DOCMDP"


def test_refused_seal_writes_nothing(authority: Authority, now: datetime, archival: Path, tmp_path: Path) -> None:
    with pytest.raises(SigningRefused):
        seal(archival, tmp_path / "out.pdf", authority.signing_key(usage=False), at=now)
    assert list(tmp_path.iterdir()) == []
