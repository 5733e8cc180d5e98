"""The judgement of a signed PDF: VALID, INVALID or INDETERMINATE, each with a sub-code and the policy that decided.

INVALID is kept for what is proven: bytes that do not match, a signature value that does not match, a change that the
signer forbade or that follows our own seal. Whatever we cannot decide (no trust anchor, a foreign file the library
cannot read, a time limit) is INDETERMINATE and says why; verification itself never fails on a PDF.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import pikepdf
from asn1crypto import x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel, SuspiciousModification
from pyhanko.sign.validation import EmbeddedPdfSignature, async_validate_pdf_signature
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko.sign.validation.utils import CMSAlgorithmUsagePolicy
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.policy_decl import AcceptAllAlgorithms

from schemas.errors import NotAPdf
from schemas.evidence import SignatureFacts, Verdict
from signing.deadline import DeadlineReader, OutOfTime
from signing.keys import NOT_QUALIFIED
from signing.rawcheck import raw_signatures
from signing.stamptext import StampText, read_stamps

# pyHanko logs whole subject names, which in Vietnam carry ID numbers; what matters stands in the verdict.
logging.getLogger("pyhanko").setLevel(logging.CRITICAL + 1)
logging.getLogger("pyhanko_certvalidator").setLevel(logging.CRITICAL + 1)

POLICY = "motlan.verify/1"
Judgement = Literal["VALID", "INVALID", "INDETERMINATE"]
_WEAK_DIGESTS = ("md2", "md5", "sha1")
_LEAST_RSA = 2048
_HEADER_WINDOW = 1024  # where a reader looks for %PDF- (ISO 32000-1, implementation note 13)
_ANY_USAGE = KeyUsageConstraints(key_usage=set())  # trusted roots decide; foreign signers use all kinds of usages


@dataclass(frozen=True)
class _Judged:
    verdict: Judgement
    sub: str


def verify(
    path: Path, roots: Sequence[x509.Certificate], *, at: datetime | None = None, seconds: float = 60
) -> Verdict:
    """Judge every signature of a PDF against `roots` at `at` (now, if not given), within `seconds`.

    A PDF without signatures is INDETERMINATE/NO_SIGNATURE. Raises NotAPdf for what is no PDF at all."""
    if not _parses(path):
        return _by_bytes(path)
    moment = at or datetime.now(UTC)
    try:
        with DeadlineReader(path, seconds) as stream:
            reader = PdfFileReader(stream, strict=False)
            if reader.encrypted:
                return _whole("INDETERMINATE", "ENCRYPTED")
            signatures = reader.embedded_regular_signatures
            if not signatures:
                return _by_bytes(path)
            stamps = _stamps(path)
            extras = _Extras(path, reader, bool(reader.embedded_timestamp_signatures))
            facts = tuple(_facts(sig, roots, moment, stamps, extras) for sig in signatures)
    except OutOfTime:
        return _whole("INDETERMINATE", "TIME_LIMIT")
    except Exception as error:
        return _by_bytes(path, f"UNREADABLE_{type(error).__name__}")
    return _sum_up(facts)


def _parses(path: Path) -> bool:
    """Whether a tolerant reader finds a document. Raises NotAPdf for what never was one."""
    with path.open("rb") as stream:
        head = stream.read(_HEADER_WINDOW)
    if not head:
        raise NotAPdf(detail="0 bytes")
    signed = bool(raw_signatures(path))
    if b"%PDF-" not in head and not signed:
        raise NotAPdf(detail="no PDF header")
    try:
        with pikepdf.open(path):
            return b"%PDF-" in head
    except pikepdf.PasswordError:
        return True
    except pikepdf.PdfError as error:
        if not signed:
            raise NotAPdf(detail="nothing readable in it") from error
        return False


def _by_bytes(path: Path, sub: str = "DAMAGED") -> Verdict:
    """The verdict when the structure shows no signature: the bytes may still prove that they were changed."""
    raw = raw_signatures(path)
    if not raw:
        return _whole("INDETERMINATE", "NO_SIGNATURE")
    if any(signature.intact is False for signature in raw):
        return _whole("INVALID", "HASH_FAILURE")
    return _whole("INDETERMINATE", sub)


def _stamps(path: Path) -> dict[str, StampText]:
    try:
        return read_stamps(path)
    except pikepdf.PdfError:
        return {}


def _whole(verdict: Judgement, sub: str) -> Verdict:
    return Verdict(verdict=verdict, sub=sub, policy=POLICY)


def _sum_up(facts: tuple[SignatureFacts, ...]) -> Verdict:
    """The worst signature decides; the last one must cover the file."""
    for verdict in ("INVALID", "INDETERMINATE", "VALID"):
        worst = next((fact for fact in facts if fact.verdict == verdict), None)
        if worst is not None:
            return Verdict(verdict=worst.verdict, sub=worst.sub, policy=POLICY, signatures=facts)
    raise AssertionError("at least one signature was judged")


@dataclass(frozen=True)
class _Extras:
    """What of the file decides about a signature's level."""

    path: Path
    reader: Any
    document_timestamp: bool

    @property
    def has_dss(self) -> bool:
        return "/DSS" in self.reader.root


def _facts(
    sig: EmbeddedPdfSignature,
    roots: Sequence[x509.Certificate],
    moment: datetime,
    stamps: dict[str, StampText],
    extras: _Extras,
) -> SignatureFacts:
    field = str(sig.field_name)
    stamp = stamps.get(field, StampText(None, None))
    status: PdfSignatureStatus | None = None
    try:
        status, crashed = _validated(sig, roots, moment)
        judged = _judge(sig, status, crashed)
    except OutOfTime:
        raise
    except Exception as error:
        judged = _Judged("INDETERMINATE", f"CANNOT_CHECK_{type(error).__name__}")
    signed_at, source = _time(sig, status)
    return SignatureFacts(
        field=field,
        verdict=judged.verdict,
        sub=judged.sub,
        signer=_signer(sig),
        signed_at=signed_at,
        time_source=source,
        level=_level(sig, status, extras),
        covers_whole_file=status is not None and status.coverage == SignatureCoverageLevel.ENTIRE_FILE,
        stamp_text=stamp.text,
        stamp_page=stamp.page,
    )


def _validated(
    sig: EmbeddedPdfSignature, roots: Sequence[x509.Certificate], moment: datetime
) -> tuple[PdfSignatureStatus, bool]:
    """pyHanko's status, and whether its difference analysis crashed and had to be left out."""

    def run(*, skip_diff: bool) -> PdfSignatureStatus:
        context = ValidationContext(
            trust_roots=list(roots),
            allow_fetching=False,
            revocation_mode="soft-fail",
            moment=moment,
            algorithm_usage_policy=AcceptAllAlgorithms(),
        )
        return asyncio.run(
            async_validate_pdf_signature(
                sig,
                signer_validation_context=context,
                key_usage_settings=_ANY_USAGE,
                skip_diff=skip_diff,
                algorithm_policy=CMSAlgorithmUsagePolicy.lift_policy(AcceptAllAlgorithms()),
            )
        )

    try:
        return run(skip_diff=False), False
    except OutOfTime:
        raise
    except Exception:
        return run(skip_diff=True), True


def _judge(sig: EmbeddedPdfSignature, status: PdfSignatureStatus, crashed: bool) -> _Judged:
    if not status.intact:
        return _Judged("INVALID", "HASH_FAILURE")
    if not status.valid:
        return _Judged("INVALID", "SIG_CRYPTO_FAILURE")
    if status.coverage < SignatureCoverageLevel.ENTIRE_REVISION:
        return _Judged("INDETERMINATE", "BYTE_RANGE")
    ours = _is_ours(status.signing_cert) and status.trusted
    changed = status.modification_level
    if changed == ModificationLevel.OTHER or isinstance(sig.diff_result, SuspiciousModification):
        forbidden = ours or sig.docmdp_level is not None
        return _Judged("INVALID" if forbidden else "INDETERMINATE", "CHANGED_AFTER_SIGNING")
    if status.docmdp_ok is False:
        return _Judged("INVALID", "DOCMDP_VIOLATION")
    return _trust(status) or _completeness(sig, status, crashed) or _Judged("VALID", _valid_sub(status))


def _trust(status: PdfSignatureStatus) -> _Judged | None:
    if status.revoked:
        return _Judged("INDETERMINATE", "REVOKED")
    if not status.trusted:
        indication = getattr(status.trust_problem_indic, "standard_name", "GENERIC")
        sub = {
            "NO_CERTIFICATE_CHAIN_FOUND": "NO_TRUST_ANCHOR",
            "CERTIFICATE_CHAIN_GENERAL_FAILURE": "NO_TRUST_ANCHOR",
            "OUT_OF_BOUNDS_NO_POE": "CERTIFICATE_EXPIRED",
            "EXPIRED": "CERTIFICATE_EXPIRED",
        }.get(indication, indication)
        return _Judged("INDETERMINATE", sub)
    key = status.signing_cert.public_key
    if status.md_algorithm.lower() in _WEAK_DIGESTS or (key.algorithm == "rsa" and key.bit_size < _LEAST_RSA):
        return _Judged("INDETERMINATE", "WEAK_ALGORITHM")
    return None


def _completeness(sig: EmbeddedPdfSignature, status: PdfSignatureStatus, crashed: bool) -> _Judged | None:
    if crashed:
        return _Judged("INDETERMINATE", "MODIFICATIONS_UNKNOWN")
    if status.modification_level not in (None, ModificationLevel.NONE, ModificationLevel.LTA_UPDATES):
        return _Judged("INDETERMINATE", "FORM_CHANGED_AFTER_SIGNING")
    if status.coverage != SignatureCoverageLevel.ENTIRE_FILE and status.modification_level in (
        None,
        ModificationLevel.NONE,
    ):
        return _Judged("INDETERMINATE", "BYTES_AFTER_SIGNATURE")
    if _padding_is_used(sig):
        return _Judged("INDETERMINATE", "CONTENTS_PADDING")
    timestamp = status.timestamp_validity
    if timestamp is not None and not (timestamp.intact and timestamp.valid):
        return _Judged("INDETERMINATE", "TIMESTAMP_BROKEN")
    return None


def _padding_is_used(sig: EmbeddedPdfSignature) -> bool:
    """Bytes after the CMS object inside /Contents are covered by nothing: only zeros may stand there."""
    raw = bytes(sig.pkcs7_content)
    length = len(sig.signed_data.parent.dump()) if hasattr(sig.signed_data, "parent") else _der_length(raw)
    return any(raw[length:])


def _der_length(raw: bytes) -> int:
    """Length of the first DER value, header included."""
    if len(raw) < 2 or raw[1] < 0x80:
        return 2 + (raw[1] if len(raw) > 1 else 0)
    size = raw[1] & 0x7F
    return 2 + size + int.from_bytes(raw[2 : 2 + size], "big")


def _valid_sub(status: PdfSignatureStatus) -> str:
    return "NOT_QUALIFIED" if _is_ours(status.signing_cert) else "PASSED"


def _is_ours(certificate: x509.Certificate) -> bool:
    units = certificate.subject.native.get("organizational_unit_name", "")
    return NOT_QUALIFIED in (units if isinstance(units, list) else [units])


def _signer(sig: EmbeddedPdfSignature) -> str | None:
    try:
        names = sig.signer_cert.subject.native
    except Exception:
        return None
    name = names.get("common_name") or names.get("organization_name")
    return str(name[0] if isinstance(name, list) else name) if name else None


def _time(
    sig: EmbeddedPdfSignature, status: PdfSignatureStatus | None
) -> tuple[str | None, Literal["timestamp", "claimed", "none"]]:
    stamped = status.timestamp_validity if status is not None else None
    if stamped is not None and stamped.intact and stamped.valid:
        return stamped.timestamp.isoformat(timespec="seconds"), "timestamp"
    try:
        claimed = status.signer_reported_dt if status is not None else None
        claimed = claimed or sig.self_reported_timestamp
    except Exception:
        claimed = None
    return (claimed.isoformat(timespec="seconds"), "claimed") if claimed else (None, "none")


def _level(sig: EmbeddedPdfSignature, status: PdfSignatureStatus | None, extras: _Extras) -> str:
    """PAdES level as found; the older CMS signatures of Adobe's own subfilters are named PKCS7."""
    base = "B" if sig.sig_object.get("/SubFilter") == "/ETSI.CAdES.detached" else "PKCS7"
    if status is None or status.timestamp_validity is None:
        return f"{base}-B" if base == "B" else base
    if base == "PKCS7" or not extras.has_dss:
        return f"{base}-T"
    return "B-LTA" if extras.document_timestamp else "B-LT"
