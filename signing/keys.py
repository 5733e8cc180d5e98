"""The soft key: a small certification authority of our own and one signing certificate, made once at the first start.

It is for trying out. Its subject says in Vietnamese and English that it is not qualified; an agency replaces it by a
key from a licensed provider.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

NOT_QUALIFIED = "KHÔNG ĐỦ ĐIỀU KIỆN - NOT QUALIFIED (thử nghiệm)"
_BITS = 3072
_ROOT_YEARS, _SIGNER_YEARS = 20, 5
_NAME_LIMIT = 64  # RFC 5280, ub-common-name

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class SigningKey:
    """A private key in memory with its certificate, the certificates up to the root, and the roots it stands under."""

    certificate: asn1.Certificate
    chain: tuple[asn1.Certificate, ...]
    roots: tuple[asn1.Certificate, ...]
    private: PrivateKey

    @cached_property
    def subject(self) -> str:
        """The signer's common name."""
        return str(self.certificate.subject.native.get("common_name", ""))

    def __repr__(self) -> str:
        return f"SigningKey({self.subject!r})"


class SoftKey:
    """Loads what make_soft_key wrote."""

    @staticmethod
    def load(folder: Path) -> SigningKey:
        """Load once per process and hand the result on: reading the key costs as much as ten signatures."""
        private = serialization.load_pem_private_key((folder / "signer.key.pem").read_bytes(), password=None)
        if not isinstance(private, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
            raise ValueError("the signing key is neither RSA nor EC")
        root = load_certificate(folder / "root.cert.pem")
        return SigningKey(load_certificate(folder / "signer.cert.pem"), (root,), (root,), private)


def load_certificate(path: Path) -> asn1.Certificate:
    """A certificate from a PEM or DER file."""
    data = path.read_bytes()
    parsed = x509.load_pem_x509_certificate(data) if data.startswith(b"-----") else x509.load_der_x509_certificate(data)
    return as_asn1(parsed)


def as_asn1(certificate: x509.Certificate) -> asn1.Certificate:
    """pyHanko's form of a certificate."""
    return asn1.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))


def make_soft_key(folder: Path, unit_name: str, unit_code: str, now: datetime | None = None) -> None:
    """Make root and signing key in `folder` (0700; keys 0600), all or nothing. Raises FileExistsError rather than
    replace anything."""
    if folder.exists() and any(folder.iterdir()):
        raise FileExistsError(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    start = (now or datetime.now(UTC)).replace(microsecond=0) - timedelta(minutes=5)  # clocks of other machines differ
    root_key, signer_key = _new_key(), _new_key()
    root_name = _subject(f"Một Lần gốc thử nghiệm {unit_code}", unit_code)
    root = _certificate(root_name, root_name, root_key, root_key, start, _ROOT_YEARS, authority=True)
    signer_name = _subject(unit_name, unit_code)
    signer = _certificate(signer_name, root_name, signer_key, root_key, start, _SIGNER_YEARS, authority=False)
    draft = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".keys-"))  # 0700
    try:
        _write_new(draft / "root.key.pem", _pem(root_key), 0o600)
        _write_new(draft / "signer.key.pem", _pem(signer_key), 0o600)
        _write_new(draft / "root.cert.pem", root.public_bytes(serialization.Encoding.PEM), 0o644)
        _write_new(draft / "signer.cert.pem", signer.public_bytes(serialization.Encoding.PEM), 0o644)
        draft.rename(folder)  # replaces an empty folder, refuses any other
    except OSError:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def _new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=_BITS)


def _subject(name: str, unit_code: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, NOT_QUALIFIED),
            x509.NameAttribute(NameOID.COMMON_NAME, name[:_NAME_LIMIT]),
            x509.NameAttribute(NameOID.USER_ID, unit_code),
        ]
    )


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: PrivateKey,
    issuer_key: PrivateKey,
    start: datetime,
    years: int,
    *,
    authority: bool,
) -> x509.Certificate:
    usage = dict.fromkeys(
        ("key_encipherment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only"), False
    )
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=365 * years))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=0 if authority else None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=not authority,
                content_commitment=not authority,
                key_cert_sign=authority,
                crl_sign=authority,
                **usage,
            ),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
        .sign(issuer_key, hashes.SHA256())
    )


def _pem(key: PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write_new(path: Path, data: bytes, mode: int) -> None:
    """Create-only, with its final rights from the first byte on, and on the disk before we go on."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
