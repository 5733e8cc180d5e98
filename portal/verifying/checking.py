"""Whether a file, or a printed code, is a genuine paper that still holds. Nothing of a person is told, and nothing that
was handed in is kept or shown again."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

import pikepdf
import zxingcpp
from PIL import Image, UnidentifiedImageError

from portal.manifests import History, history_of
from portal.parts import Parts
from portal.visitor import Visitor
from reuse.papers import is_about
from schemas.errors import BadIdentifier, BlobDamaged, BlobMissing, CodeMistyped, NotAPdf, RecordMissing
from schemas.evidence import Verdict
from schemas.identifiers import mask_numbers
from schemas.manifest import Manifest
from schemas.records import split_uri
from schemas.verification import VerificationCode
from signing.verify import verify
from storage.staging import Staged, staged

Outcome = Literal[
    "current",  # the very file of the archive, its newest
    "expired",  # genuine, and its last day is over
    "superseded",  # genuine, and a newer one has taken its place
    "withdrawn",  # genuine, and taken out of use
    "lost",  # the archive's own copy is damaged or gone
    "altered",  # says that it is of the archive, and is not what is kept there
    "broken",  # its signature proves that it was changed
    "signed",  # a good signature, of a paper that is not kept here
    "unsure",  # signed, and nothing can be concluded
    "unsigned",
]
GENUINE = ("current", "expired", "superseded", "withdrawn")
ANYONE = "anyone"  # the actor of an event by somebody who has not logged in
SECONDS = 20  # that one file may take
MOST_PIXELS = 50_000_000  # of a picture of a code
_DC_IDENTIFIER = "{http://purl.org/dc/elements/1.1/}identifier"


@dataclass(frozen=True)
class Seal:
    """Who sealed, when, and how well that is known. `stamped`: an authority for time says so; `trial`: a key that was
    made for trying out; `sound`: the signature is judged good."""

    signer: str
    at: str | None
    stamped: bool
    trial: bool
    sound: bool
    level: str


@dataclass(frozen=True)
class Kept:
    """What may be said in public of a paper that is kept here."""

    type_name: str
    unit: str
    revision: int
    newest: int
    sealed_at: str
    valid_until: date | None
    code: str


@dataclass(frozen=True)
class Checked:
    """A judgement: the outcome, the last signature if there is one, and the paper if it is kept here. `sub` is the
    verifier's own code."""

    outcome: Outcome
    seal: Seal | None
    kept: Kept | None
    sub: str = ""

    @property
    def genuine(self) -> bool:
        return self.outcome in GENUINE


def check_code(parts: Parts, visitor: Visitor, code: VerificationCode) -> Checked:
    """What a printed code stands for; the archive's file is hashed again. Raises RecordMissing for a code that no paper
    here carries."""
    histories = [history_of(parts, record) for record in parts.ledger.records_beginning(code.record)]
    found = [paper for history in histories for paper in history.readable if _is_of(code, paper)]
    if not found:
        if any(history.unreadable for history in histories):
            return Checked("lost", None, None)  # the code may be of what cannot be read
        raise RecordMissing()
    paper = next((each for each in found if each.revision % 1024 == code.revision), found[-1])
    _write_look(parts, visitor, paper, "code")
    archival = paper.representation("archival")
    assert archival is not None
    try:
        parts.archive.open(archival.sha256, verify=True).close()
    except (BlobMissing, BlobDamaged):
        return Checked("lost", _seal(paper.seal), _kept(parts, paper))
    return Checked(_state(parts, paper, archival.sha256), _seal(paper.seal), _kept(parts, paper))


def check_file(parts: Parts, visitor: Visitor, pieces: Iterable[bytes]) -> Checked | VerificationCode:
    """Judge a PDF; of a picture, the verification code in its QR. What came is removed at the end. Raises NotAPdf,
    CodeMistyped for a picture without a code, DiskFull."""
    with staged(pieces, parts.staging) as item:
        if not _is_pdf(item.path):
            return code_in_picture(item.path)
        paper, history = _own_paper(parts, item)
        if paper is not None:
            _write_look(parts, visitor, paper, "file")
        verdict = verify(item.path, parts.key.roots, seconds=SECONDS)
        if paper is not None and verdict.verdict != "INVALID":
            return Checked(_state(parts, paper, item.sha256), _seal(verdict), _kept(parts, paper), verdict.sub)
        return Checked(_foreign(verdict, history), _seal(verdict), None, verdict.sub)


def code_in_picture(path: Path) -> VerificationCode:
    """The code in a picture's QR. Raises NotAPdf for what is no picture, CodeMistyped for one without such a code."""
    try:
        with Image.open(path, formats=("JPEG", "PNG", "WEBP")) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise CodeMistyped()
            grey = picture.convert("L")
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        raise NotAPdf(detail="neither a PDF nor a picture") from None
    for seen in zxingcpp.read_barcodes(grey):
        with contextlib.suppress(CodeMistyped):
            return typed_code(seen.text)
    raise CodeMistyped()


def typed_code(text: str) -> VerificationCode:
    """The code in what somebody typed or pasted: the code itself, or the address in the QR. Raises CodeMistyped."""
    return VerificationCode.parse(text.strip().rstrip("/").rpartition("/")[2][:200])


def _is_pdf(path: Path) -> bool:
    with path.open("rb") as stream:
        return b"%PDF-" in stream.read(1024)


def _own_paper(parts: Parts, item: Staged) -> tuple[Manifest | None, History]:
    """The revision whose sealed PDF these very bytes are, and the record that the file names, if it is of ours."""
    record = _record_in(item.path)
    try:
        history = history_of(parts, record) if record else History([], [])
    except BadIdentifier:  # such a name is never given
        history = History([], [])
    same = [m for m in history.readable if (kept := m.representation("archival")) and kept.sha256 == item.sha256]
    return (same[-1] if same else None), history


def _record_in(path: Path) -> str | None:
    """The record that a PDF says it is: a hint where to look, proof of nothing."""
    try:
        with pikepdf.open(path) as pdf, pdf.open_metadata() as metadata:
            record = str(metadata.get(_DC_IDENTIFIER, ""))
        split_uri(record)
    except (pikepdf.PdfError, pikepdf.PasswordError, BadIdentifier, ValueError, KeyError):
        return None
    return record


def _is_of(code: VerificationCode, paper: Manifest) -> bool:
    archival = paper.representation("archival")
    return archival is not None and code.is_of(archival.sha256)


def _foreign(verdict: Verdict, history: History) -> Outcome:
    """Of a file that is not in the archive, as far as the record that it names can be read."""
    if verdict.verdict == "INVALID":
        return "broken"
    if history.unreadable:
        return "lost"
    if history.readable:
        return "altered"
    if verdict.verdict == "VALID":
        return "signed"
    return "unsigned" if verdict.sub == "NO_SIGNATURE" else "unsure"


def _state(parts: Parts, paper: Manifest, sha256: str) -> Outcome:
    """How a paper of the archive stands today. Decisions on fields make revisions of the same sealed file: only another
    file takes its place."""
    history = history_of(parts, paper.record)
    if not history.is_certain:
        return "lost"
    head = history.readable[-1]
    if head.withdrawn is not None:
        return "withdrawn"
    newest = head.representation("archival")
    if newest is None or newest.sha256 != sha256:
        return "superseded"
    return "expired" if parts.reuse.held(head).validity == "expired" else "current"


def _kept(parts: Parts, paper: Manifest) -> Kept:
    head = parts.records.head(paper.record) or paper
    archival = paper.representation("archival")
    assert archival is not None
    return Kept(
        type_name=paper.type_name,
        unit=parts.ledger.unit(paper.unit).name,
        revision=paper.revision,
        newest=head.revision,
        sealed_at=paper.created_at,
        valid_until=parts.reuse.held(head).valid_until,
        code=str(VerificationCode.of(paper.record, paper.revision, archival.sha256)),
    )


def _seal(verdict: Verdict | None) -> Seal | None:
    """The last signature: the one that covers the file. A name from a certificate may carry an ID number."""
    if verdict is None or not verdict.signatures:
        return None
    last = verdict.signatures[-1]
    return Seal(
        signer=mask_numbers(last.signer or ""),
        at=last.signed_at,
        stamped=last.time_source == "timestamp",
        trial=last.sub == "NOT_QUALIFIED",
        sound=last.verdict == "VALID",
        level=last.level,
    )


def _write_look(parts: Parts, visitor: Visitor, paper: Manifest, by: str) -> None:
    """The paper's people see that somebody checked it; a citizen is named in it for the own paper alone."""
    account, mine = visitor.account, None
    if account is not None and account.subject_token is not None:
        mine = visitor.subject if is_about(paper, visitor.subject, parts.blind.token) else None
        account = account if mine else None
    said = {"by": by, "revision": paper.revision} | ({"unit": account.unit} if account and account.unit else {})
    with parts.ledger.transaction() as tx:
        tx.audit(
            visitor.actor if account else ANYONE,
            "access.verify",
            paper.record,
            said,
            record=paper.record,
            subject_token=mine.token if mine else None,
        )
