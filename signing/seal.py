"""Sealing: one PAdES signature by an incremental update, from file to file, after the gate has agreed."""

# mypy: allow-untyped-calls
# (pyHanko is only partly annotated)

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields
from pyhanko.sign.signers.pdf_byterange import PreparedByteRangeDigest
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes, Signer
from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata, PdfSigner, PdfSigningSession
from pyhanko_certvalidator.registry import SimpleCertificateStore

from signing import gate
from signing.keys import SigningKey
from signing.stamp import StampFacts, StampProfile, place, style_of
from signing.timestamps import FailoverTimeStamper

SEAL_FIELD = "MotLanSeal"
_DIGEST = "sha256"
_RESERVED = 2 * 32 * 1024  # hex digits for 32 KiB: timestamp tokens vary in size (pyHanko #515)


class HeldKeySigner(Signer):
    """Signs with a key that is already loaded: pyHanko's own signer reads and checks the key again every time."""

    def __init__(self, key: SigningKey) -> None:
        store = SimpleCertificateStore()
        store.register_multiple(key.chain)
        super().__init__(signing_cert=key.certificate, cert_registry=store, embed_roots=True)
        self._private = key.private

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        """The raw signature over `data`."""
        digest = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}[digest_algorithm]
        if isinstance(self._private, rsa.RSAPrivateKey):
            return bytes(256) if dry_run else self._private.sign(data, padding.PKCS1v15(), digest)
        return self._private.sign(data, ec.ECDSA(digest))


def seal(
    pdf_in: Path,
    pdf_out: Path,
    key: SigningKey,
    *,
    at: datetime,
    stamp: StampProfile | None = None,
    facts: StampFacts | None = None,
    tsa: str | Sequence[str] | None = None,
    tsa_timeout: float = 10.0,
    crls: Sequence[Path] = (),
    field: str = SEAL_FIELD,
) -> None:
    """Write `pdf_in` with a seal to `pdf_out` (B-B; B-T with `tsa`, one or several addresses in order).

    `at` is the claimed signing time (with zone). With `stamp` the visible stamp shows `facts`. The result appears
    under its name only when it is whole and on the disk. Raises SigningRefused, TimestampAway."""
    gate.check(key, at, digest=_DIGEST, crls=crls, pdf=pdf_in)
    handle, name = tempfile.mkstemp(dir=pdf_out.parent, prefix=".seal-", suffix=".pdf")
    os.close(handle)
    draft = Path(name)
    try:
        shutil.copyfile(pdf_in, draft)
        urls = (tsa,) if isinstance(tsa, str) else tuple(tsa or ())
        stamper = FailoverTimeStamper(urls, tsa_timeout) if urls else None
        with draft.open("r+b") as stream:
            _sign(stream, _signer(key, pdf_in, field, stamp, facts, stamper), at)
            stream.flush()
            os.fsync(stream.fileno())
        draft.chmod(0o644)
        draft.replace(pdf_out)
    finally:
        draft.unlink(missing_ok=True)


def _signer(
    key: SigningKey,
    pdf: Path,
    field: str,
    stamp: StampProfile | None,
    facts: StampFacts | None,
    stamper: FailoverTimeStamper | None,
) -> PdfSigner:
    spec, style = fields.SigFieldSpec(field), None
    if stamp is not None and facts is not None:
        placed = place(stamp, facts, pdf)
        spec, style = fields.SigFieldSpec(field, on_page=0, box=placed.rect), style_of(stamp, placed)
    meta = PdfSignatureMetadata(field_name=field, md_algorithm=_DIGEST, subfilter=fields.SigSeedSubFilter.PADES)
    return PdfSigner(meta, HeldKeySigner(key), timestamper=stamper, stamp_style=style, new_field_spec=spec)


def _sign(stream: Any, signer: PdfSigner, at: datetime) -> None:
    """pyHanko's signing phases one by one: its one-call form has no way to hand in the signing time."""

    async def run() -> None:
        session: PdfSigningSession = signer.init_signing_session(IncrementalPdfFileWriter(stream))
        session.system_time = at
        await session.perform_presign_validation(session.pdf_out)
        document = session.prepare_tbs_document(validation_info=None, bytes_reserved=_RESERVED)
        prepared: PreparedByteRangeDigest
        prepared, output = document.digest_tbs_document(in_place=True)
        signed = await document.perform_signature(prepared.document_digest, PdfCMSSignedAttributes(signing_time=at))
        await signed.post_signature_processing(output)

    asyncio.run(run())
