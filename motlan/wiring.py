"""Settings to real parts: the one place that knows which adapter stands behind which port; parts open at first use."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from motlan.settings import Settings, require_initialised

if TYPE_CHECKING:  # heavy imports stay out of commands that do not need them
    from celery import Celery

    from ingest.intake import Limits
    from ingest.read import Readers
    from ledger import Hint, Ledger
    from portal.parts import OpenId, PortalSettings
    from portal.secrets import SecretBox
    from reuse import Procedures, Reuse
    from schemas.types import TypeCatalogue
    from search.elastic_server import Server
    from search.index import Index
    from search.keys import BlindIndex
    from signing.keys import SigningKey
    from storage.blobs import BlobStore
    from storage.bucket import Bucket
    from storage.records import RecordStore
    from storage.segments import SegmentStore
    from worker.parts import SealPolicy


def utc_now() -> datetime:
    """The clock of the wiring: aware, UTC."""
    return datetime.now(UTC)


@dataclass
class House:
    """All parts of one data folder; satisfies `worker.parts.Parts`."""

    settings: Settings
    clock: Callable[[], datetime] = field(default=utc_now)

    @property
    def data(self) -> Path:
        return self.settings.data

    @cached_property
    def ledger(self) -> Ledger:
        from ledger import Ledger

        return Ledger(self.settings.ledger_url, self.clock)

    @cached_property
    def bucket(self) -> Bucket | None:
        """The object store's bucket; None where everything lies in the data folder. Raises BadSetting."""
        s = self.settings
        if not s.store_url:
            return None
        from storage.bucket import Address, Bucket

        access, secret = s.store_access_key.get_secret_value(), s.store_secret_key.get_secret_value()
        return Bucket(Address(s.store_url, s.store_bucket, access, secret, s.store_region, s.store_ca))

    def _removable(self, name: str) -> BlobStore:
        if self.bucket:
            from storage.s3 import S3RemovableBlobStore, S3WorkBlobStore

            kind = S3WorkBlobStore if name == "work" else S3RemovableBlobStore
            return kind(self.bucket, name, self.staging)
        from storage.blobs import FolderBlobStore

        return FolderBlobStore(self.data / name, self.staging, removable=True)

    def _kept(self, name: str, lock_days: int = 0) -> BlobStore:
        if self.bucket:
            from storage.s3 import S3BlobStore

            return S3BlobStore(self.bucket, name, self.staging, lock_days)
        from storage.blobs import FolderBlobStore

        return FolderBlobStore(self.data / name, self.staging)

    @cached_property
    def received(self) -> BlobStore:
        return self._removable("received")

    @cached_property
    def work(self) -> BlobStore:
        return self._removable("work")

    @cached_property
    def quarantine(self) -> BlobStore:
        return self._kept("quarantine")

    @cached_property
    def archive(self) -> BlobStore:
        return self._kept("archive", self.settings.store_lock_days)

    @cached_property
    def records(self) -> RecordStore:
        if self.bucket:
            from storage.s3 import S3RecordStore

            return S3RecordStore(self.bucket, "archive", self.settings.store_lock_days)
        from storage.records import FolderRecordStore

        return FolderRecordStore(self.data / "archive", self.staging)

    @cached_property
    def segments(self) -> SegmentStore:
        """Where sealed pieces of the audit chain lie, beside the records."""
        from storage.segments import FolderSegmentStore, S3SegmentStore

        if self.bucket:
            return S3SegmentStore(self.bucket, "archive", self.settings.store_lock_days)
        return FolderSegmentStore(self.data / "archive", self.staging)

    @cached_property
    def blind(self) -> BlindIndex:
        from search.keys import BlindIndex

        return BlindIndex.load(self.settings.keys_folder)

    @cached_property
    def index_server(self) -> Server | None:
        """The Elasticsearch server; None where the index lies in the data folder."""
        s = self.settings
        if not s.index_url:
            return None
        from search.elastic_server import Server

        urls = tuple(url.strip() for url in s.index_url.split(",") if url.strip())
        return Server(urls, s.index_user, s.index_password.get_secret_value(), s.index_ca)

    @cached_property
    def index(self) -> Index:
        if self.index_server:
            from search.elastic import ElasticIndex

            return ElasticIndex(self.index_server, self.settings.index_name, self.blind)
        from search.fts5 import Fts5Index

        return Fts5Index(self.settings.index_path, self.blind)

    @cached_property
    def key(self) -> SigningKey:
        from schemas.errors import SigningRefused
        from signing.keys import SoftKey

        try:
            return SoftKey.load(self.settings.keys_folder)
        except FileNotFoundError as error:
            raise SigningRefused(detail=f"{Path(error.filename).name} is missing in the keys folder") from error

    @cached_property
    def readers(self) -> Readers:
        """Our own recognisers and tesseract; tesseract alone where the recognisers' weights can't be used."""
        import structlog

        from ingest.handdigits import DigitReader
        from ingest.linereader import LineReader
        from ingest.ocr import arbiter, tesseract
        from ingest.read import Readers
        from schemas.errors import ReaderWeightsBroken

        first: LineReader | None = None
        digits: DigitReader | None = None
        try:
            first = LineReader()
            digits = DigitReader()
        except ReaderWeightsBroken as error:
            structlog.get_logger().warning(error.code, hint=error.hint_text)
        third = arbiter() if first is not None else None
        return Readers(tesseract(), first, digits, self.types, third)

    @cached_property
    def types(self) -> TypeCatalogue:
        from schemas.types import TypeCatalogue

        return TypeCatalogue.load(self.settings.types_folder)

    @cached_property
    def limits(self) -> Limits:
        from ingest.intake import Limits

        s = self.settings
        return Limits(
            max_file_bytes=s.max_file_bytes,
            max_pages=s.max_pages,
            max_megapixels=s.max_megapixels,
            disk_reserve_bytes=s.reserve_bytes,
        )

    @cached_property
    def seal_policy(self) -> SealPolicy:
        from signing.stamp import StampProfile
        from worker.parts import SealPolicy

        name = self.settings.stamp_profile
        stamp = StampProfile.load(name) if name else None
        return SealPolicy(stamp=stamp, form=self.settings.stamp_form, timestamp_urls=self.settings.timestamp_urls)

    @cached_property
    def reuse(self) -> Reuse:
        from reuse import Reuse

        return Reuse(
            self.ledger,
            self.records,
            self.archive,
            self.index,
            self.clock,
            token=self.blind.token,
            checks_per_day=self.settings.reuse_checks_per_day,
            types=self.types,
            procedures=self.procedures,
        )

    @cached_property
    def procedures(self) -> Procedures:
        """The procedures of this installation. Raises BadSetting."""
        from reuse import Procedures, Requirements
        from schemas.errors import BadSetting

        path = self.settings.procedures
        try:
            return Procedures.load(Requirements.load(), path) if path else Procedures.load(Requirements.load())
        except (OSError, AttributeError, KeyError, TypeError, ValueError) as error:
            raise BadSetting(name="procedures", detail=f"{type(error).__name__}: {error}") from error

    @cached_property
    def portal(self) -> PortalSettings:
        from portal.parts import PortalSettings

        s = self.settings
        minutes = (s.session_idle_minutes, s.session_minutes)
        token = s.metrics_token.get_secret_value()
        return PortalSettings(s.public_url, *minutes, s.max_file_bytes, token, openid=openid_of(s))

    @cached_property
    def box(self) -> SecretBox:
        from portal.secrets import SecretBox

        return SecretBox.open(self.settings.keys_folder)

    @property
    def staging(self) -> Path:
        return self.settings.staging_folder

    @property
    def unit_code(self) -> str:
        return self.settings.unit_code

    @property
    def unit_name(self) -> str:
        return self.settings.unit_name

    @cached_property
    def software(self) -> str:
        return f"motlan {version('motlan')}"

    @property
    def lease_seconds(self) -> int:
        return self.settings.lease_seconds

    @property
    def sweep_after_seconds(self) -> int:
        return self.settings.sweep_after_seconds

    @property
    def stale_seconds(self) -> int:
        return self.settings.stale_seconds

    def forget(self) -> None:
        """Keys and index are opened anew at their next use. Stores are not: a folder that is gone is a disk that is
        away, and whoever opens it anew would make an empty one in its place."""
        for name in ("blind", "index_server", "index", "key", "reuse"):
            self.__dict__.pop(name, None)

    def waiting(self, queue: str) -> int | None:
        """How many messages of a queue the broker holds; None when it is away."""
        from schemas.errors import MotlanError
        from worker.app import messages_waiting

        try:
            return messages_waiting(self.celery, queue)
        except MotlanError:
            return None

    @cached_property
    def celery(self) -> Celery:
        return make_celery(self.settings)

    def send(self, hints: Iterable[Hint]) -> list[int]:
        """Publish hints; the ids that went out. A broker that is away leaves them in the outbox."""
        from schemas.errors import MotlanError
        from worker.app import send_hint

        sent: list[int] = []
        for hint in hints:
            try:
                send_hint(self.celery, hint.step_id, hint.kind, hint.queue)
            except MotlanError:
                break
            sent.append(hint.id)
        return sent


def openid_of(settings: Settings) -> OpenId | None:
    """The OpenID provider that was set; None where there is none. Raises BadSetting."""
    from portal.parts import OpenId
    from portal.paths import is_safe
    from schemas.errors import BadSetting

    s = settings
    if not s.oidc_issuer:
        return None
    if not is_safe(s.oidc_issuer):
        raise BadSetting(name="MOTLAN_OIDC_ISSUER", detail="https://…")
    if not s.oidc_client_id or not (s.oidc_number_claim or s.oidc_login_claim):
        raise BadSetting(name="MOTLAN_OIDC_CLIENT_ID", detail="client_id, and number_claim or login_claim")
    return OpenId(
        issuer=s.oidc_issuer,
        client_id=s.oidc_client_id,
        client_secret=s.oidc_client_secret.get_secret_value(),
        scopes=s.oidc_scopes,
        number_claim=s.oidc_number_claim,
        login_claim=s.oidc_login_claim,
        levels=s.oidc_levels,
    )


def make_celery(settings: Settings, **options: Any) -> Celery:
    """The Celery app: over the broker that was set, else over the SQLite broker beside the ledger."""
    from worker.app import make_app

    return make_app(
        broker_of(settings),
        lease_seconds=settings.lease_seconds,
        task_time_limit=settings.task_time_limit,
        visibility_timeout=settings.visibility_timeout or None,
        stale_seconds=settings.stale_seconds,
        broker_ca=settings.broker_ca,
        max_memory_kb=settings.max_memory_kb,
        log_file=settings.log_path("worker"),
        **options,
    )


def broker_of(settings: Settings) -> str:
    """The broker's URL, with its password."""
    from worker.sqlite_broker import broker_url

    return settings.broker_url.get_secret_value() or broker_url(settings.broker_path)


def open_house(settings: Settings) -> House:
    """The parts of an initialised data folder. Raises NotInitialised, RestoreUnfinished."""
    require_initialised(settings)
    return House(settings)


def new_boot(settings: Settings) -> str:
    """A fresh name for this start of the program, handed to children by MOTLAN_BOOT: `place.random`, where the place
    stands for this run folder and is made once."""
    place = settings.run_folder / "place"
    if not place.exists():
        settings.run_folder.mkdir(parents=True, exist_ok=True)
        place.write_text(uuid.uuid4().hex[:12])
    os.environ["MOTLAN_BOOT"] = boot = f"{place.read_text().strip()}.{uuid.uuid4().hex[:8]}"
    return boot
