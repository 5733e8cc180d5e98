"""One bucket of an S3 store, through the `minio` client: create-only puts, bounded waiting, answers that got lost.

The client's own retries are off: they would send an applied put again and call our own object a conflict. Here every
request is tried a few times, each within a time limit, and whoever is told that a name is taken compares what is there.
"""

from __future__ import annotations

import base64
import contextlib
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit
from xml.etree import ElementTree

import urllib3
from minio import Minio
from minio.commonconfig import COMPLIANCE
from minio.datatypes import Object
from minio.error import S3Error
from minio.helpers import check_bucket_name
from minio.retention import Retention
from urllib3 import BaseHTTPResponse

from schemas.errors import BadSetting, StorageAway, StorageDenied
from storage.answers import FAILURES, Absent, Action, Failure, Taken
from storage.upload import Upload

PART_BYTES = 16 << 20  # what is larger goes in parts of this size; it is the most that a put holds in memory
ABANDONED = timedelta(days=1)  # an upload in parts that began before this was cut off
_PIECE = 64 << 10  # what a broken connection costs at most to fetch again
CREATE_ONLY = {"If-None-Match": "*"}
_SIGNED = "x-amz-content-sha256"  # the body's SHA-256 that goes into a request's signature over http
_T = TypeVar("_T")


@dataclass(frozen=True)
class Address:
    """Where the store is and who we are there; `ca` is a file with the certificate of who signs the store's."""

    url: str
    bucket: str
    access_key: str
    secret_key: str = field(repr=False)
    region: str = "us-east-1"
    ca: Path | None = None


@dataclass(frozen=True)
class Stored:
    """An object as the store tells of it. `sha256` (hex) is the store's own checksum, or for one sent in parts what we
    wrote beside it; None when it has neither."""

    key: str
    size: int
    stored_at: datetime
    sha256: str | None = None
    version: str | None = None
    locked_until: datetime | None = None


@dataclass(frozen=True)
class Patience:
    """Seconds to wait for a connection and for each answer, and how often a request is sent at most."""

    connect: float = 5.0
    answer: float = 30.0
    attempts: int = 4

    def pauses(self) -> Iterator[float]:
        """Seconds between attempts: growing, with jitter."""
        return (0.1 * 3**n * random.uniform(0.5, 1.5) for n in range(self.attempts - 1))


class Bucket:
    """Requests to one bucket. Every method raises StorageAway or one of its kinds (login, rights, certificate, bucket
    missing) or StorageFull, and none waits for ever."""

    def __init__(self, at: Address, patience: Patience | None = None, part_bytes: int = PART_BYTES) -> None:
        self.name = at.bucket
        self.part_bytes = part_bytes
        self.patience = patience or Patience()
        self.http = _pool(at, self.patience)
        self.client = _client(at, self.http)

    def create(self, key: str, upload: Upload, locked_until: datetime | None = None, over: bool = False) -> bool:
        """Put an object that must not be there yet. False when its name is taken: perhaps by this very put, applied
        although its answer was lost; the caller compares. With `over` it takes the place of what is there. Raises
        BadSetting where a lock is asked of a bucket that keeps none."""
        condition = {} if over else CREATE_ONLY
        headers = {"Content-Type": "application/octet-stream", "x-amz-meta-sha256": upload.sha256}
        if locked_until is not None:
            until = locked_until.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            headers |= {"x-amz-object-lock-mode": COMPLIANCE, "x-amz-object-lock-retain-until-date": until}
        try:
            if len(upload.part_digests) == 1:
                headers |= condition | checksum(upload.part_digests[0]) | {_SIGNED: upload.sha256}
                self.ask("write", lambda: self._put(key, upload.part(0), headers))
            else:
                self._create_in_parts(key, upload, headers, condition)
        except Taken:
            return False
        except StorageAway:
            if locked_until is not None and not self.can_lock():
                raise BadSetting(name="MOTLAN_STORE_LOCK_DAYS", detail="the bucket has no object lock") from None
            raise
        return True

    def _put(self, key: str, data: bytes, headers: dict[str, str]) -> None:
        if not self.client._put_object(self.name, key, data, {**headers}).etag:
            raise ValueError("a yes without an ETag")  # some web server, not a store

    def _create_in_parts(self, key: str, upload: Upload, headers: dict[str, str], condition: dict[str, str]) -> None:
        if condition and self.stat(key) is not None:  # nobody sends a gigabyte to be told that it is there
            raise Taken
        self._drop_abandoned(key)
        headers |= {"x-amz-checksum-algorithm": "SHA256"}
        begin = self.client._create_multipart_upload
        upload_id = self.ask("write", lambda: begin(self.name, key, dict(headers)))
        try:
            tags = [self._send_part(key, upload_id, upload, n) for n in range(len(upload.part_digests))]
            self.complete(key, upload_id, list(zip(tags, upload.part_digests, strict=True)), condition)
        except BaseException:
            self.abort(key, upload_id)
            raise

    def _send_part(self, key: str, upload_id: str, upload: Upload, number: int) -> str:
        def send() -> str:
            sha256 = upload.part_digests[number]
            headers = checksum(sha256) | {_SIGNED: sha256.hex()}
            return self.client._upload_part(self.name, key, upload.part(number), dict(headers), upload_id, number + 1)

        return self.ask("write", send)

    def complete(
        self, key: str, upload_id: str, parts: list[tuple[str, bytes]], condition: dict[str, str] = CREATE_ONLY
    ) -> None:
        """Make (tag, SHA-256) parts one object, create-only unless told otherwise. Raises Taken, also when the upload
        is gone: then an earlier completion may have been applied and its answer lost."""
        root = ElementTree.Element("CompleteMultipartUpload")
        for number, (tag, sha) in enumerate(parts, 1):
            part = ElementTree.SubElement(root, "Part")
            for name, text in (("PartNumber", str(number)), ("ETag", f'"{tag}"'), ("ChecksumSHA256", _base64(sha))):
                ElementTree.SubElement(part, name).text = text
        body = ElementTree.tostring(root)

        def send() -> None:
            answer = self.client._execute(
                "POST",
                self.name,
                key,
                body=body,
                headers={"Content-Type": "application/xml", **condition},
                query_params={"uploadId": upload_id},
            )
            if ElementTree.fromstring(answer.data).tag.endswith("Error"):  # S3 may put an error into a 200
                raise S3Error.fromxml(answer)

        try:
            self.ask("write", send)
        except Absent:
            raise Taken from None

    def abort(self, key: str, upload_id: str) -> None:
        """Let an upload in parts go, if the store hears us."""
        with contextlib.suppress(*FAILURES):
            self.client._abort_multipart_upload(self.name, key, upload_id)

    def _drop_abandoned(self, key: str) -> None:
        """What writers that were cut off left behind is seen by nobody and costs room."""
        folder = key.rpartition("/")[0]
        with contextlib.suppress(*FAILURES):
            before = datetime.now(UTC) - ABANDONED
            for each in self.client._list_multipart_uploads(self.name, prefix=folder).uploads:
                if each.initiated_time is not None and each.initiated_time < before:
                    self.abort(each.object_name, str(each.upload_id))

    def stat(self, key: str) -> Stored | None:
        """What is there under a name; None when nothing is."""
        try:
            found = self.ask(
                "read",
                lambda: self.client.stat_object(self.name, key, extra_headers={"x-amz-checksum-mode": "ENABLED"}),
            )
        except Absent:
            self.check()  # an answer without a body does not tell a missing object from a missing bucket
            return None
        except StorageDenied:
            self.check()  # … nor missing rights from a wrong login
            raise
        return _stored(key, found)

    def chunks(self, key: str) -> Iterator[bytes]:
        """An object's bytes in pieces; goes on where a connection broke off. Raises Absent when
        there is none (at the first piece)."""
        at, tag, pauses = 0, "", self.patience.pauses()
        while True:
            try:
                answer = self.client.get_object(self.name, key, at, request_headers={"If-Match": tag} if at else None)
                try:
                    tag = answer.headers.get("ETag", "")
                    for piece in answer.stream(_PIECE):
                        at, pauses = at + len(piece), self.patience.pauses()
                        yield piece
                    return
                finally:
                    answer.close()
                    answer.release_conn()
            except FAILURES as error:
                self._give_up_or_wait(error, "read", pauses)

    def listing(self, prefix: str) -> Iterator[Stored]:
        """Every object whose name begins so, in order of the names; goes on where a connection broke off."""
        last: str | None = None
        pauses = self.patience.pauses()
        while True:
            try:
                for each in self.client.list_objects(self.name, prefix, recursive=True, start_after=last):
                    last, pauses = str(each.object_name), self.patience.pauses()
                    yield _stored(last, each)
                return
            except FAILURES as error:
                self._give_up_or_wait(error, "read", pauses)

    def folders(self, prefix: str) -> list[str]:
        """The distinct next parts of names below `prefix` (which ends in "/"), sorted, each without its "/"."""
        listed = self.ask("read", lambda: list(self.client.list_objects(self.name, prefix)))
        return sorted(str(each.object_name)[len(prefix) : -1] for each in listed if each.is_dir)

    def remove(self, key: str) -> None:
        """Take an object away; absent is no error. In a bucket with versions the bytes go, not only the name."""
        stored = self.stat(key)
        if stored is not None:
            with contextlib.suppress(Absent):
                self.ask("remove", lambda: self.client.remove_object(self.name, key, stored.version))

    def lock(self, key: str, until: datetime) -> None:
        """Keep an object at least until then; a lock only ever grows."""
        self.ask("write", lambda: self.client.set_object_retention(self.name, key, Retention(COMPLIANCE, until)))

    def can_lock(self) -> bool:
        """Whether the bucket says that it keeps object locks."""
        try:
            self.ask("read", lambda: self.client.get_object_lock_config(self.name))
        except (Absent, StorageAway):
            return False
        return True

    def check(self) -> None:
        """One small request that needs the right login and an existing bucket."""
        self._small_request()

    def clock(self) -> datetime:
        """The time on the store's own clock."""
        said = self._small_request().headers.get("Date", "")
        return parsedate_to_datetime(said) if said else datetime.now(UTC)

    def _small_request(self) -> BaseHTTPResponse:
        query = {"list-type": "2", "max-keys": "1", "prefix": "", "delimiter": ""}

        def send() -> BaseHTTPResponse:
            answer = self.client._execute("GET", self.name, query_params={**query})
            if not ElementTree.fromstring(answer.data).tag.endswith("ListBucketResult"):
                raise ValueError("any web server says 200")
            return answer

        return self.ask("read", send)

    def make(self, with_lock: bool) -> None:
        """Make the bucket; fine if somebody did meanwhile."""
        try:
            self.ask("write", lambda: self.client.make_bucket(self.name, object_lock=with_lock))
        except StorageAway:
            self.check()

    def ask(self, action: Action, send: Callable[[], _T]) -> _T:
        """Send a request, again while that may help. Raises Taken, Absent, or the error that the failure means."""
        pauses = self.patience.pauses()
        while True:
            try:
                return send()
            except FAILURES as error:
                self._give_up_or_wait(error, action, pauses)

    def _give_up_or_wait(self, error: Exception, action: Action, pauses: Iterator[float]) -> None:
        failure = Failure.of(error)
        if failure.taken:
            raise Taken from error
        if failure.absent:
            raise Absent from error
        pause = next(pauses, None) if failure.transient else None
        if pause is None:
            raise failure.as_error(action, self.name) from error
        time.sleep(pause)


def _pool(at: Address, patience: Patience) -> urllib3.PoolManager:
    if at.ca is not None and not at.ca.is_file():
        raise BadSetting(name="MOTLAN_STORE_CA", detail="is no file")
    return urllib3.PoolManager(
        retries=False,
        timeout=urllib3.Timeout(connect=patience.connect, read=patience.answer),
        maxsize=16,
        cert_reqs="CERT_REQUIRED",
        ca_certs=str(at.ca) if at.ca else None,
    )


class _Client(Minio):
    """Does not hash a body again whose SHA-256 is given, under the name that it goes by in the request."""

    def _build_headers(
        self, host: str, headers: Any = None, body: bytes | None = None, creds: Any = None
    ) -> tuple[Any, datetime]:
        sha256 = headers.pop(_SIGNED, None) if headers else None
        if sha256 is None or body is None or self._base_url.is_https:
            return super()._build_headers(host, headers, body, creds)
        built, date = super()._build_headers(host, headers, None, creds)
        return built | {"Content-Length": str(len(body)), _SIGNED: sha256}, date


def _client(at: Address, pool: urllib3.PoolManager) -> Minio:
    """Raises BadSetting for an address that cannot be one."""
    parts = urlsplit(at.url)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path.strip("/") or parts.username:
        raise BadSetting(name="MOTLAN_STORE_URL", detail="http(s)://HOST:PORT and nothing more")
    if not at.access_key or not at.secret_key:
        which = "SECRET" if at.access_key else "ACCESS"
        raise BadSetting(name=f"MOTLAN_STORE_{which}_KEY", detail="is empty")
    try:
        check_bucket_name(at.bucket, True)
    except ValueError as error:
        raise BadSetting(name="MOTLAN_STORE_BUCKET", detail=str(error)) from error
    try:
        return _Client(
            parts.netloc, at.access_key, at.secret_key, secure=parts.scheme == "https", region=at.region,
            http_client=pool,
        )  # fmt: skip
    except ValueError as error:
        raise BadSetting(name="MOTLAN_STORE_URL", detail=str(error)) from error


def checksum(sha256: bytes) -> dict[str, str]:
    """Headers by which the store itself compares what arrives with a raw SHA-256."""
    return {"x-amz-sdk-checksum-algorithm": "SHA256", "x-amz-checksum-sha256": _base64(sha256)}


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _stored(key: str, found: Object) -> Stored:
    headers = found.metadata or {}
    checksum, until = headers.get("x-amz-checksum-sha256"), headers.get("x-amz-object-lock-retain-until-date")
    sha256 = headers.get("x-amz-meta-sha256")
    if checksum and "-" not in checksum:  # with "-" it is the checksum of the parts' checksums
        sha256 = base64.b64decode(checksum).hex()
    return Stored(
        key,
        found.size or 0,
        found.last_modified or datetime.now(UTC),
        sha256,
        found.version_id,
        datetime.fromisoformat(until) if until else None,
    )
