"""Verifying for programs: the same judgement, in JSON."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Self

from fastapi import APIRouter, File, Path, Request, UploadFile
from pydantic import BaseModel, Field

from portal.rights import anyone
from portal.verifying.bounds import BoundedRoute
from portal.verifying.checking import Checked, Outcome, check_code, check_file, typed_code
from portal.verifying.pages import CODES, FILES
from portal.visitor import Who, parts_of
from schemas.verification import VerificationCode
from storage.staging import chunks

router = APIRouter(prefix="/api/v1", tags=["verify"], route_class=BoundedRoute)
PRINTED = "1C6W-KH9D-1C95-S0DR-3ZYW-NANA-NANA-NANJ"


class SealOut(BaseModel):
    """The last signature. `trial`: by a trial key, without legal force; `stamped`: an authority gave the time."""

    signer: str = Field(examples=["ỦY BAN NHÂN DÂN XÃ MẪU"])
    at: str | None = Field(examples=["2026-11-22T13:36:28+00:00"])
    stamped: bool
    trial: bool
    sound: bool
    level: str = Field(examples=["B-T"])


class KeptOut(BaseModel):
    """The paper in the archive, without anything of a person."""

    type_name: str = Field(examples=["Giấy chứng nhận kết hôn"])
    unit: str
    revision: int
    newest: int
    sealed_at: str
    valid_until: date | None
    code: str = Field(examples=[PRINTED])


class CheckedOut(BaseModel):
    """`genuine`: it is a paper of this archive; `outcome` says how it stands, `sub` is the verifier's own code."""

    outcome: Outcome
    genuine: bool
    sub: str = Field(examples=["PASSED"])
    seal: SealOut | None
    kept: KeptOut | None

    @classmethod
    def of(cls, checked: Checked) -> Self:
        seal, kept = checked.seal, checked.kept
        return cls(
            outcome=checked.outcome,
            genuine=checked.genuine,
            sub=checked.sub,
            seal=SealOut(**vars(seal)) if seal else None,
            kept=KeptOut(**vars(kept)) if kept else None,
        )


@router.post("/verify", name="api_verify", summary="Kiểm tra một tệp PDF", dependencies=[anyone(), FILES])
def verify_file(
    request: Request,
    visitor: Who,
    file: Annotated[UploadFile, File(description="Tệp PDF, hoặc ảnh chụp mã QR; không được lưu lại.")],
) -> CheckedOut:
    """Of a picture the QR's code is checked. Nothing that is sent is kept."""
    parts = parts_of(request)
    found = check_file(parts, visitor, chunks(file.file))
    return CheckedOut.of(check_code(parts, visitor, found) if isinstance(found, VerificationCode) else found)


@router.get(
    "/verify/{code}", name="api_verify_code", summary="Kiểm tra mã in trên giấy", dependencies=[anyone(), CODES]
)
def verify_code(
    request: Request, visitor: Who, code: Annotated[str, Path(max_length=200, examples=[PRINTED])]
) -> CheckedOut:
    return CheckedOut.of(check_code(parts_of(request), visitor, typed_code(code)))
