"""What an object store's failures mean: worth another try, or an error with a name."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal
from xml.etree.ElementTree import ParseError

from minio.error import InvalidResponseError, MinioException, S3Error, ServerError
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, ReadTimeoutError, SSLError

from schemas.errors import (
    BucketMissing,
    MotlanError,
    StorageAway,
    StorageCertificateBad,
    StorageDenied,
    StorageFull,
    StorageLoginWrong,
)

FAILURES = (
    MinioException,
    HTTPError,
    OSError,
    ParseError,
    ValueError,
)  # the client's, when an answer is no S3: the last two
Action = Literal["read", "write", "remove"]

_AGAIN_STATUS = {408, 429, 500, 502, 503, 504}
_AGAIN = {
    "ConditionalRequestConflict", "OperationAborted", "RequestTimeout", "SlowDown", "InternalError",
    # the bytes did not arrive as they were sent
    "BadDigest", "IncompleteBody", "XAmzContentChecksumMismatch", "XAmzContentSHA256Mismatch",
}  # fmt: skip
_FULL = {"XMinioStorageFull", "XMinioAdminBucketQuotaExceeded", "InsufficientStorage", "QuotaExceeded"}
_LOGIN = {
    "AuthorizationHeaderMalformed", "ExpiredToken", "InvalidAccessKeyId", "InvalidToken", "RequestTimeTooSkewed",
    "SignatureDoesNotMatch", "XAdminUserNotFound",
}  # fmt: skip
_DOING = {"read": "đọc", "write": "ghi", "remove": "xóa"}


class Taken(Exception):
    """The name has an object already (or the condition on it fails)."""


class Absent(Exception):
    """There is no object of that name."""


@dataclass(frozen=True)
class Failure:
    """One failed request: the S3 code ("" where there is none), the HTTP status (0: no answer), what to say of it."""

    code: str
    status: int
    detail: str
    certificate: bool = False

    @classmethod
    def of(cls, error: Exception) -> Failure:
        """Never quotes an answer's body."""
        if isinstance(error, S3Error):
            code = error.code or ""
            return cls(code, error.response.status, f"it answered {code or error.response.status}")
        if isinstance(error, ServerError):
            return cls("", error.status_code, f"it answered with status {error.status_code}")
        if isinstance(error, InvalidResponseError):
            return cls("", _status_in(error), "it answered with something that is not S3")
        for cause in _causes(error):
            if isinstance(cause, ssl.SSLCertVerificationError):
                return cls("", 0, cause.verify_message, certificate=True)
        return cls("", 0, _unanswered(error))

    @property
    def transient(self) -> bool:
        """Whether the same request may succeed in a moment."""
        if self.status == 0:
            return not self.certificate
        return self.code in _AGAIN or (self.status in _AGAIN_STATUS and self.code not in _FULL)

    @property
    def taken(self) -> bool:
        return self.status == 412 or self.code == "PreconditionFailed"

    @property
    def absent(self) -> bool:
        return self.status == 404 and self.code in ("NoSuchKey", "NoSuchVersion", "")

    def as_error(self, action: Action, bucket: str) -> MotlanError:
        """The error that crosses the room's door."""
        if self.certificate:
            return StorageCertificateBad(detail=self.detail)
        if self.code == "NoSuchBucket":
            return BucketMissing(bucket=bucket)
        if self.code in _FULL or self.status == 507:
            return StorageFull(detail=self.detail)
        if self.code in _LOGIN:
            return StorageLoginWrong(detail=self.detail)
        if self.code == "AccessDenied" or self.status in (401, 403):
            return StorageDenied(action=_DOING[action], detail=f"{action}: {self.detail}")
        return StorageAway(detail=self.detail)


def _status_in(error: InvalidResponseError) -> int:
    return int(getattr(error, "_code", 0))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what it wraps: urllib3 keeps causes in `reason`, in the arguments and in the chain."""
    seen, waiting = set[int](), [error]
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [x for x in (*one.args, getattr(one, "reason", None), one.__cause__) if isinstance(x, BaseException)]


def _unanswered(error: Exception) -> str:
    kinds: tuple[tuple[type[Exception], str], ...] = (
        (SSLError, "it does not speak TLS as expected; is MOTLAN_STORE_URL right?"),
        (NewConnectionError, "nobody listens at MOTLAN_STORE_URL"),
        (ConnectTimeoutError, "no connection in time"),
        (ReadTimeoutError, "no answer in time"),
        (TimeoutError, "no answer in time"),
        (ParseError, "its answer was cut or is not S3"),
        (ValueError, "its answer was cut or is not S3"),
    )
    causes = list(_causes(error))
    found = (text for kind, text in kinds if any(isinstance(cause, kind) for cause in causes))
    return next(found, f"the connection broke ({type(error).__name__})")
