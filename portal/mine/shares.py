"""Pages of sharing: a citizen gives a link to an own paper, sees how often it was used, and takes it back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Path, Request
from starlette.responses import RedirectResponse, Response

from ledger import Share
from portal.mine.asking import until
from portal.pages import render, said, texts_of
from portal.parts import Parts
from portal.problems import status_of
from portal.qr import qr_svg
from portal.rights import Role, may
from portal.secrets import fresh_token, token_hash
from portal.visitor import Visitor, Who, parts_of
from schemas.errors import FormInvalid, PurposeMissing

router = APIRouter(include_in_schema=False)
CITIZEN = may(Role.CITIZEN)
DAYS, MOST_DAYS, MOST_USES, LONGEST_PURPOSE = 7, 90, 50, 200
Id = Annotated[int, Path(ge=1, le=2**31 - 1)]
Record = Annotated[str, Path(max_length=64)]
ShareSeen = Literal["open", "revoked", "expired", "used"]


@dataclass(frozen=True)
class Made:
    """A new share; its address is told once and kept by nobody."""

    share: Share
    address: str


@dataclass(frozen=True)
class Listed:
    """A share with the name of its paper; `state` says whether it can be opened, else why not."""

    share: Share
    paper: str
    state: ShareSeen


def make_share(parts: Parts, visitor: Visitor, record: str, *, purpose: str, days: int, uses: int) -> Made:
    """Share an own paper. Raises NotAllowed, PurposeMissing, FormInvalid."""
    if not 1 <= days <= MOST_DAYS:
        raise FormInvalid(field="days", reason=f"Từ 1 đến {MOST_DAYS} ngày.")
    if not 1 <= uses <= MOST_USES:
        raise FormInvalid(field="uses", reason=f"Từ 1 đến {MOST_USES} lần.")
    if len(purpose) > LONGEST_PURPOSE:
        raise FormInvalid(field="purpose", reason=f"Nhiều nhất {LONGEST_PURPOSE} ký tự.")
    token = fresh_token()
    number = parts.reuse.share(visitor.subject, record, purpose, until(parts, days), uses, token_hash(token))
    return Made(parts.ledger.share(number), f"{parts.portal.public_url}/s/{token}")


def listed(parts: Parts, visitor: Visitor) -> list[Listed]:
    """All shares of the person, newest first."""
    found = []
    for share in parts.ledger.shares(visitor.subject.token):
        paper = parts.records.head(share.record)
        found.append(Listed(share, paper.type_name if paper else "", state_of(parts, share)))
    return found


def state_of(parts: Parts, share: Share) -> ShareSeen:
    """Whether it can be opened, else why not."""
    now = parts.clock()
    if share.state == "REVOKED":
        return "revoked"
    if share.expires_at <= now:
        return "expired"
    return "open" if share.is_open(now) else "used"


@router.get("/chia-se", name="my_shares", dependencies=[CITIZEN])
def shares(request: Request, visitor: Who, xong: str = "") -> Response:
    parts = parts_of(request)
    return render(request, "mine/shares.html", shares=listed(parts, visitor), done=xong == "revoked")


@router.get("/giay-to/{record}/chia-se", name="my_share_form", dependencies=[CITIZEN])
def form(request: Request, visitor: Who, record: Record) -> Response:
    own = parts_of(request).reuse.own(visitor.subject, record, "view")
    return _form(request, own.manifest.record, own.manifest.type_name)


@router.post("/giay-to/{record}/chia-se", name="my_share_make", dependencies=[CITIZEN])
def make(
    request: Request,
    visitor: Who,
    record: Record,
    purpose: Annotated[str, Form(max_length=2000)] = "",
    days: Annotated[str, Form(max_length=20)] = str(DAYS),
    uses: Annotated[str, Form(max_length=20)] = "1",
) -> Response:
    """The link and its QR, shown this once: the ledger keeps a hash."""
    parts = parts_of(request)
    try:
        made = make_share(parts, visitor, record, purpose=purpose, days=_whole(days, "days"), uses=_whole(uses, "uses"))
    except (FormInvalid, PurposeMissing) as error:
        own = parts.reuse.own(visitor.subject, record, "view")
        problem = (
            said(request, error) if isinstance(error, FormInvalid) else texts_of(request)("mine.share_purpose_missing")
        )
        return _form(
            request, record, own.manifest.type_name, status_of(error), problem, purpose=purpose, days=days, uses=uses
        )
    paper = parts.records.get(record, made.share.revision)
    label = texts_of(request)("mine.share_qr_label")
    return render(
        request, "mine/shared.html", 201, made=made, paper=paper, qr=qr_svg(made.address, label), record=record
    )


@router.post("/chia-se/{share}/thu-hoi", name="my_share_revoke", dependencies=[CITIZEN])
def revoke(request: Request, visitor: Who, share: Id) -> Response:
    parts_of(request).reuse.revoke_share(share, visitor.subject)
    return RedirectResponse("/chia-se?xong=revoked", 303)


def _form(
    request: Request, record: str, name: str, status: int = 200, problem: str = "",
    purpose: str = "", days: str = str(DAYS), uses: str = "1",
) -> Response:  # fmt: skip
    values = {"problem": problem, "purpose": purpose, "days": days, "uses": uses}
    limits = {"most_days": MOST_DAYS, "most_uses": MOST_USES, "longest": LONGEST_PURPOSE}
    return render(request, "mine/share.html", status, record=record, name=name, **values, **limits)


def _whole(text: str, field: str) -> int:
    if not text.strip().isascii() or not text.strip().isdigit():
        raise FormInvalid(field=field, reason="Cần một số.")
    return int(text)
