"""The gate before every signature. pyHanko signs with an expired, revoked or weak key without complaint; we do not."""

# mypy: allow-untyped-calls
# (pyHanko is only partly annotated)

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pikepdf
from asn1crypto import crl, pem, x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pikepdf import Name
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import InsufficientRevinfoError, PathBuildingError, RevokedError, ValidationError

from schemas.errors import SigningRefused
from signing.keys import PrivateKey, SigningKey

_STRONG_DIGESTS = ("sha256", "sha384", "sha512", "sha3_256", "sha3_384", "sha3_512")
_LEAST_RSA, _LEAST_EC = 2048, 256


def check(
    key: SigningKey, now: datetime, *, digest: str = "sha256", crls: Sequence[Path] = (), pdf: Path | None = None
) -> None:
    """Raise SigningRefused(sub=…, detail=…) unless the key may sign `pdf` at `now`.

    Subs: NOT_YET_VALID, EXPIRED, WEAK_KEY, WEAK_DIGEST, KEY_USAGE, KEY_MISMATCH, REVOKED, REVOCATION_UNKNOWN, CHAIN,
    DOCMDP. With `crls` every certificate below the root must be covered by a fresh one of them."""
    _check_validity(key.certificate, now)
    _check_strength(key.private, digest)
    _check_usage(key.certificate)
    _check_match(key)
    _check_chain(key, now, crls)
    if pdf is not None:
        _check_permission(pdf)


def _refuse(sub: str, detail: str) -> SigningRefused:
    return SigningRefused(sub=sub, detail=f"{sub}: {detail}")


def _check_validity(certificate: x509.Certificate, now: datetime) -> None:
    if now < certificate.not_valid_before:
        raise _refuse("NOT_YET_VALID", f"valid from {certificate.not_valid_before.isoformat()}")
    if now > certificate.not_valid_after:
        raise _refuse("EXPIRED", f"valid until {certificate.not_valid_after.isoformat()}")


def _check_strength(private: PrivateKey, digest: str) -> None:
    if digest.lower() not in _STRONG_DIGESTS:
        raise _refuse("WEAK_DIGEST", digest)
    if isinstance(private, rsa.RSAPrivateKey) and private.key_size < _LEAST_RSA:
        raise _refuse("WEAK_KEY", f"RSA-{private.key_size}")
    if isinstance(private, ec.EllipticCurvePrivateKey) and private.key_size < _LEAST_EC:
        raise _refuse("WEAK_KEY", f"EC-{private.key_size}")


def _check_usage(certificate: x509.Certificate) -> None:
    usage = certificate.key_usage_value
    if usage is None or "non_repudiation" not in usage.native:
        raise _refuse("KEY_USAGE", "the certificate is not for non-repudiation")


def _check_match(key: SigningKey) -> None:
    public = key.private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if public != key.certificate.public_key.dump():
        raise _refuse("KEY_MISMATCH", "private key and certificate do not belong together")


def _check_chain(key: SigningKey, now: datetime, crls: Sequence[Path]) -> None:
    context = ValidationContext(
        trust_roots=list(key.roots),
        other_certs=list(key.chain),
        crls=[_load_crl(path) for path in crls],
        allow_fetching=False,
        revocation_mode="require" if crls else "soft-fail",
        moment=now,
    )
    validator = CertificateValidator(key.certificate, key.chain, validation_context=context)
    try:
        asyncio.run(validator.async_validate_usage({"non_repudiation"}))
    except RevokedError as error:
        raise _refuse("REVOKED", "the certificate is on the revocation list") from error
    except InsufficientRevinfoError as error:
        raise _refuse("REVOCATION_UNKNOWN", "no fresh revocation list covers the certificate") from error
    except (PathBuildingError, ValidationError) as error:
        raise _refuse("CHAIN", type(error).__name__) from error


def _load_crl(path: Path) -> crl.CertificateList:
    data = path.read_bytes()
    if pem.detect(data):
        data = pem.unarmor(data)[2]
    try:
        loaded = crl.CertificateList.load(data)
        loaded.native  # noqa: B018  (asn1crypto parses lazily: this is where a broken list shows)
    except ValueError as error:
        raise _refuse("REVOCATION_UNKNOWN", f"{path.name} is not a revocation list") from error
    return loaded


def _check_permission(pdf: Path) -> None:
    """A certified document that allows no change must not be signed again: that would break the first signature."""
    with pikepdf.open(pdf) as document:
        certified = document.Root.get(Name.Perms, pikepdf.Dictionary()).get(Name.DocMDP)
        if certified is None:
            return
        for reference in certified.get(Name.Reference, []):
            permission = reference.get(Name.TransformParams, pikepdf.Dictionary()).get("/P", 2)
            if int(permission) == 1:
                raise _refuse("DOCMDP", "the document is certified and allows no further signature")
