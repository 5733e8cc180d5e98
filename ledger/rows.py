"""What the ledger hands out: frozen rows, the words for their states, and the reports made from them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypedDict

FileState = Literal[
    "RECEIVED", "READING", "UNDERSTOOD", "DONE", "QUARANTINED", "REFUSED", "DUPLICATE", "CANCELLED", "WAITING"
]
FileKind = Literal["pdf", "tiff", "jpeg", "png", "heic", "zip"]
PageState = Literal["READING", "READ", "APART"]
DocumentState = Literal["UNDERSTOOD", "SEALED", "STORED", "DONE", "CANCELLED", "DAMAGED", "WAITING"]
StepState = Literal["READY", "WAITING", "RUNNING", "DONE", "FAILED", "CANCELLED"]
OPEN_STEP: tuple[StepState, ...] = ("READY", "WAITING", "RUNNING")  # something will still come of it
ReviewOutcome = Literal["accepted", "corrected", "cannot_read", "superseded"]
RequestState = Literal["REQUESTED", "CONSENTED", "REFUSED", "RELEASED", "REVOKED"]
ConsentState = Literal["ACTIVE", "REVOKED"]
Reason = dict[str, Any]

# A file in one of these states does not make a later, equal file a duplicate: its bytes were never taken in.
NOT_TAKEN: tuple[FileState, ...] = ("QUARANTINED", "CANCELLED", "REFUSED", "DUPLICATE")


@dataclass(frozen=True)
class Unit:
    """An agency or office; `parent` is the code of the unit above it."""

    code: str
    name: str
    parent: str | None


@dataclass(frozen=True)
class Batch:
    """One drop of a clerk. `expected_files` is None when nobody said how many will come; `due_at` lies in the year 9999
    when nobody said when it must be done."""

    id: int
    unit: str
    source: str
    actor: str
    expected_files: int | None
    created_at: datetime
    due_at: datetime


@dataclass(frozen=True)
class FileRow:
    """A dropped file. `incoming` is the digest of the blob with the verdict on signatures it came with."""

    id: int
    batch_id: int
    unit: str
    actor: str
    name: str
    path_shown: str | None
    sha256: str | None
    size: int | None
    kind: FileKind | None
    notices: tuple[str, ...]
    state: FileState
    duplicate_of: int | None
    pages: int | None
    signed: bool
    plain_pictures: bool
    incoming: str | None
    reason: Reason | None
    queue: str
    priority: int
    received_at: datetime
    changed_at: datetime


@dataclass(frozen=True)
class TakenFile(FileRow):
    """A file whose bytes were taken in, so that there is something to work on."""

    sha256: str
    size: int
    kind: FileKind


@dataclass(frozen=True)
class ReceivedFile:
    """What receiving came to; `duplicate_of` is the file that came first. `again`: this very file of this batch was
    received before, and nothing was written."""

    id: int
    duplicate_of: int | None
    again: bool = False


@dataclass(frozen=True)
class PageRow:
    """A page of a file; `reading` is the digest of the blob with its reading. APART: read, and found to belong to no
    paper (a separator sheet)."""

    page: int
    state: PageState
    reading: str | None
    notices: tuple[str, ...]


ExpectationSource = Literal["option", "header", "separator"]


@dataclass(frozen=True)
class Expectation:
    """What somebody announced: of a batch (`file_id` None), or of what lies behind the sheet with that code on that
    page of a file. Numbers nobody gave are None."""

    id: int
    batch_id: int
    file_id: int | None
    page: int | None
    source: ExpectationSource
    code: str
    papers: int | None
    pages: int | None


@dataclass(frozen=True)
class RegisterRow:
    """A register dropped with a batch: its name as dropped and the digest of its bytes in the received area."""

    id: int
    batch_id: int
    name: str
    sha256: str


@dataclass(frozen=True)
class DocumentRow:
    """One paper of a file. `understanding`, `sealed` and `manifest` are digests of blobs; `revision` is the newest one
    stored; `review_generation` counts the decisions of people that led to a new revision."""

    id: int
    file_id: int
    unit: str
    index: int
    pages: tuple[int, ...]
    type: str
    record: str
    understanding: str
    access_level: str
    state: DocumentState
    sealed: str | None
    revision: int | None
    manifest: str | None
    indexed_revision: int | None
    review_generation: int
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True)
class Step:
    """A piece of work. RUNNING, it belongs to `owner` until `lease_until`; WAITING, something it needs was away for the
    `reason` given, and it is tried again from `not_before` on. Of READY ones the claim takes the one of the highest
    priority, then the one due first, then the one with the lowest `turn`, which makes units take turns."""

    id: int
    kind: str
    file_id: int
    document_id: int | None
    page: int | None
    generation: int
    queue: str
    priority: int
    state: StepState
    owner: str | None
    lease_until: datetime | None
    not_before: datetime | None
    attempts: int
    crashes: int
    interruptions: int
    result: str | None
    reason: Any
    hinted_at: datetime
    created_at: datetime
    changed_at: datetime
    unit: str
    due_at: datetime
    turn: int


@dataclass(frozen=True)
class Hint:
    """What goes to the broker: which step may be ready. It carries no personal data."""

    id: int
    step_id: int
    kind: str
    queue: str


@dataclass(frozen=True)
class ReviewRow:
    """A question for a person; `field` None asks about the whole paper. `outcome` is None while it is open."""

    id: int
    document_id: int
    field: str | None
    doubts: tuple[str, ...]
    revision: int
    outcome: ReviewOutcome | None
    actor: str | None
    witness: str | None
    created_at: datetime
    decided_at: datetime | None
    unit: str


@dataclass(frozen=True)
class Progress:
    """How far a batch is. `finished`: nothing of it can still move by itself; `waiting`: how many of its steps wait for
    something that is away."""

    files: int
    pages_total: int
    pages_read: int
    documents: int
    stored: int
    indexed: int
    done: int
    quarantined: int
    duplicates: int
    open_reviews: int
    finished: bool
    waiting: int


class QuarantinedFile(TypedDict):
    """A file set apart, with the stable code of its reason; ready for JSON."""

    file: int
    name: str
    code: str


class Stuck(TypedDict):
    """Something that will not go on without a person or the reconciler; ready for JSON. `kind` is step, file or
    document; `why` is FAILED, LEASE_EXPIRED or NO_STEP."""

    kind: str
    id: int
    why: str
    detail: Any


class Waiting(TypedDict):
    """Steps that wait because the same thing is away or not set up: how many, and when the first and the last of them
    are tried again (ISO 8601, UTC); ready for JSON."""

    code: str
    message: str
    hint: str
    steps: int
    files: int
    next_try: str
    last_try: str


@dataclass(frozen=True)
class Status:
    """`counts` is {"file" | "document" | "step": {state: number}}."""

    counts: dict[str, dict[str, int]]
    open_reviews: int
    quarantined: tuple[QuarantinedFile, ...]
    stuck: tuple[Stuck, ...]
    waiting: tuple[Waiting, ...]


@dataclass(frozen=True)
class AuditEntry:
    """One link of the audit chain; `hash` covers every other column and `previous`."""

    seq: int
    at: datetime
    actor: str
    action: str
    object: str
    detail: dict[str, Any]
    record: str | None
    subject_token: str | None
    outcome: str
    previous: str
    hash: str


@dataclass(frozen=True)
class AuditReport:
    """The judgement of the whole chain; `first_broken` is the sequence number of the first entry that is wrong."""

    entries: int
    ok: bool
    first_broken: int | None
    reason: str
    head: str


@dataclass(frozen=True)
class Request:
    """An officer asks for a paper for a case and a purpose; `subject_token` is set once its citizen has answered."""

    id: int
    unit: str
    actor: str
    case: str
    purpose: str
    record: str
    state: RequestState
    subject_token: str | None
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True)
class Consent:
    """A citizen's yes to one request, for the revision that was shown: how often (`uses`), until when, and by which way
    it was given."""

    id: int
    request_id: int
    subject_token: str
    revision: int
    how: str
    uses: int
    used: int
    expires_at: datetime
    state: ConsentState
    created_at: datetime
    revoked_at: datetime | None
