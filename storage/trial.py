"""A store on trial: it is raced, lied to and asked to break a lock, because what stores claim and what they do differ.

Putting twice in a row is not enough: there are stores that refuse a second put and still let several racing writers
win, that refuse a wrong checksum and keep the bytes, that take a lock and delete all the same.
"""

from __future__ import annotations

import contextlib
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from schemas.errors import BadSetting, StorageAway, StorageUnsafe
from storage.answers import FAILURES, Absent, Taken
from storage.bucket import CREATE_ONLY, Bucket, checksum
from storage.upload import Upload

LOCK_SECONDS = 6
SWEEP_SECONDS = LOCK_SECONDS + 15  # by then every lock of ours has ended
_HALF = b"." * 16_384  # of a racing writer's object
_PREFIX = "motlan-trial"

Trial = Callable[[Bucket, str], str]
"""Tries one promise on names that begin so; says what was broken, "" when nothing was."""


@dataclass(frozen=True)
class Verdict:
    """What was tried and which promises were broken, in words for a person; sound when none was."""

    tried: tuple[str, ...]
    broken: tuple[str, ...]

    @property
    def sound(self) -> bool:
        return not self.broken


def check(bucket: Bucket) -> None:
    """The short trial before anything starts, about a second. Raises StorageUnsafe naming what is broken, and the
    bucket's errors where it does not answer."""
    verdict = _run(bucket, {"tranh chấp": _race(8, 2), "mã băm": _wrong_checksum})
    if not verdict.sound:
        raise StorageUnsafe(detail="; ".join(verdict.broken))


def examine(bucket: Bucket, locked: bool) -> Verdict:
    """The whole trial, with `locked` that of object locks too. Takes its own objects away again, a locked one when its
    lock of some seconds has ended. Raises the bucket's errors where it does not answer."""
    trials: dict[str, Trial] = {
        "2 người ghi × 8": _race(2, 8),
        "16 người ghi × 8": _race(16, 8),
        "ghi từng phần": _parts,
        "mã băm sai": _wrong_checksum,
    }
    return _run(bucket, trials | ({"khóa chống xóa": _lock} if locked else {}))


def _run(bucket: Bucket, trials: dict[str, Trial]) -> Verdict:
    prefix = f"{_PREFIX}/{secrets.token_hex(8)}/"
    try:
        bucket.create(f"{prefix}plain", Upload.of_bytes(_HALF, bucket.part_bytes))  # a full MinIO says so here alone
        broken = [said for number, trial in enumerate(trials.values()) if (said := trial(bucket, f"{prefix}{number}"))]
    finally:
        swept = _sweep(bucket, prefix, SWEEP_SECONDS)
    if not swept:
        broken.append("không cho xóa cả những gì không khóa (ngăn có khóa mặc định, hoặc tài khoản thiếu quyền xóa?)")
    return Verdict(tuple(trials), tuple(dict.fromkeys(broken)))


def _race(writers: int, rounds: int) -> Trial:
    """Several writers create one name, all half-way before any may finish: one wins, and what is there is the
    winner's."""

    def trial(bucket: Bucket, name: str) -> str:
        undecided = 0
        with ThreadPoolExecutor(writers) as pool:
            for number in range(rounds):
                key, half_way = f"{name}-{number}", threading.Barrier(writers)
                send = [pool.submit(_racing_put, bucket, key, writer, half_way) for writer in range(writers)]
                won = [writer for writer, sent in enumerate(send) if sent.result()]
                if len(won) > 1:
                    return f"{len(won)} trong {writers} người ghi cùng lúc đều được nhận: ghi đè lên nhau"
                if won and _content(bucket, key) != _body(won[0]):
                    return "nhận của người ghi này nhưng giữ của người ghi khác"
                undecided += not won
        return "" if undecided <= rounds // 2 else "không nhận ai khi nhiều người ghi cùng lúc: không thử được"

    return trial


def _body(writer: int) -> bytes:
    return _HALF + f"{writer:08}".encode() + _HALF


def _racing_put(bucket: Bucket, key: str, writer: int, half_way: threading.Barrier) -> bool:
    """Whether the store took it. Through a presigned address, because here the body has to come in two pieces."""
    body = _body(writer)

    def pieces() -> Iterator[bytes]:
        yield body[: len(_HALF)]
        with contextlib.suppress(threading.BrokenBarrierError):  # who can't send must not keep the others for ever
            half_way.wait(timeout=bucket.patience.connect)
        yield body[len(_HALF) :]

    address = bucket.client.get_presigned_url("PUT", bucket.name, key, timedelta(minutes=5))
    headers = CREATE_ONLY | {"Content-Length": str(len(body))}
    try:
        return bucket.http.request("PUT", address, body=pieces(), headers=headers).status == 200
    except FAILURES:
        return False  # a store may hang up on a writer that it refuses; a store that is away is found by the others


def _content(bucket: Bucket, key: str) -> bytes:
    try:
        return b"".join(bucket.chunks(key))
    except Absent:
        return b""


def _parts(bucket: Bucket, name: str) -> str:
    """Four uploads in parts to one name, finished at once: one wins."""
    client, writers = bucket.client, 4

    def begin(writer: int) -> tuple[str, str, bytes]:
        upload = Upload.of_bytes(_body(writer), bucket.part_bytes)
        upload_id = client._create_multipart_upload(bucket.name, name, {"x-amz-checksum-algorithm": "SHA256"})
        sent = client._upload_part(
            bucket.name, name, upload.part(0), {**checksum(upload.part_digests[0])}, upload_id, 1
        )
        return upload_id, sent, upload.part_digests[0]

    begun = [bucket.ask("write", partial(begin, writer)) for writer in range(writers)]
    start = threading.Barrier(writers)

    def finish(upload_id: str, tag: str, sha256: bytes) -> bool:
        start.wait(timeout=60)
        try:
            bucket.complete(name, upload_id, [(tag, sha256)])
        except Taken:
            return False
        finally:
            bucket.abort(name, upload_id)
        return True

    with ThreadPoolExecutor(writers) as pool:
        won = sum(pool.map(lambda each: finish(*each), begun))
    return "" if won <= 1 else f"{won} trong {writers} tệp ghi từng phần đều được nhận: ghi đè lên nhau"


def _wrong_checksum(bucket: Bucket, name: str) -> str:
    """Bytes under the checksum of others: refused, and not kept either."""
    headers = CREATE_ONLY | checksum(Upload.of_bytes(b"what was meant", bucket.part_bytes).part_digests[0])
    try:
        bucket.client._put_object(bucket.name, name, b"what arrived", {**headers})
    except FAILURES:
        if bucket.stat(name) is None:
            return ""
        return "từ chối dữ liệu sai mã băm nhưng vẫn giữ lại"
    return "nhận dữ liệu sai mã băm"


def _lock(bucket: Bucket, name: str) -> str:
    """An object under a lock stays, whoever asks."""
    until = bucket.clock() + timedelta(seconds=LOCK_SECONDS)
    try:
        bucket.create(name, Upload.of_bytes(b"locked", bucket.part_bytes), until)
    except BadSetting:
        return "không có khóa chống xóa (tạo ngăn với object lock, hoặc đặt MOTLAN_STORE_LOCK_DAYS = 0)"
    stored = bucket.stat(name)
    version = stored.version if stored else None
    with contextlib.suppress(*FAILURES):
        bucket.client.remove_object(bucket.name, name, version)
    try:
        bucket.ask("read", lambda: bucket.client.stat_object(bucket.name, name, version_id=version))
    except Absent:
        return "nhận khóa chống xóa nhưng vẫn xóa"
    return ""


def _sweep(bucket: Bucket, prefix: str, seconds: float) -> bool:
    """Take away what the trial put there; False when something stays although every lock must have ended."""
    end = time.monotonic() + seconds
    while True:
        left = list(bucket.listing(prefix))
        if not left:
            return True
        refused = False
        for each in left:
            try:
                bucket.remove(each.key)
            except StorageAway:
                refused = True
        if refused and time.monotonic() > end:
            return False
        time.sleep(1.0 if refused else 0.0)
