"""What an operator is told when the object store does not answer as it should; nothing hangs, nothing is half done."""

from __future__ import annotations

import dataclasses
import datetime
import ipaddress
import socket
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from schemas.errors import (
    BadSetting,
    BucketMissing,
    MotlanError,
    StorageAway,
    StorageCertificateBad,
    StorageDenied,
    StorageFull,
    StorageLoginWrong,
)
from schemas.manifest import digest
from storage.bucket import Address, Bucket, Patience
from storage.s3 import S3BlobStore
from tests.services import Addresses
from tests.support.buckets import SERVERS, address
from tests.support.standin_s3 import standin

QUICK = Patience(connect=2.0, answer=2.0, attempts=2)


@pytest.mark.parametrize(
    ("status", "what", "expected"),
    [
        (507, "XMinioStorageFull", StorageFull),
        (403, "QuotaExceeded", StorageFull),
        (403, "AccessDenied", StorageDenied),
        (403, "InvalidAccessKeyId", StorageLoginWrong),
        (403, "RequestTimeTooSkewed", StorageLoginWrong),
        (404, "NoSuchBucket", BucketMissing),
        (503, "SlowDown", StorageAway),
        (500, "InternalError", StorageAway),
        (502, "<html>Bad Gateway</html>", StorageAway),
        (200, "<html>this is a web server</html>", StorageAway),
        (301, "<html>moved</html>", StorageAway),
    ],
)
def test_each_cause_has_its_error(tmp_path: Path, status: int, what: str, expected: type[MotlanError]) -> None:
    with standin(answers=dict.fromkeys(("PUT", "GET", "HEAD"), (status, what))) as server:
        store = S3BlobStore(Bucket(server.address(), QUICK), "archive", tmp_path)
        asks: tuple[Callable[[], object], ...] = (
            lambda: store.put_bytes(b"a paper"),
            lambda: store.bucket.check(),
            lambda: store.exists(digest(b"a paper")),
        )
        for ask in asks if status != 200 else asks[:2]:  # a HEAD of any web server looks like an object's
            with pytest.raises(MotlanError) as caught:
                ask()
            assert type(caught.value) is expected
            assert "html" not in caught.value.hint_text, "an answer's body is not quoted"
        assert server.objects == {}


def test_a_busy_store_is_asked_again(tmp_path: Path) -> None:
    with standin(answers={"PUT": (503, "SlowDown")}) as server:

        class Relieved(Patience):
            def pauses(self):  # type: ignore[no-untyped-def]  # as in Patience
                server.answers.clear()
                yield 0.0

        store = S3BlobStore(Bucket(server.address(), Relieved()), "archive", tmp_path)
        assert store.exists(store.put_bytes(b"a paper"))


def test_nobody_listens(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        at = Address(f"http://127.0.0.1:{free.getsockname()[1]}", "bucket", "a", "b")
        with pytest.raises(StorageAway) as caught:
            S3BlobStore(Bucket(at, QUICK), "archive", tmp_path).put_bytes(b"a paper")
    assert "MOTLAN_STORE_URL" in caught.value.hint_text


@pytest.mark.services
@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"secret_key": "wrong-secret"}, StorageLoginWrong),
        ({"access_key": "nobody-we-know"}, StorageLoginWrong),
        ({"bucket": "no-such-bucket"}, BucketMissing),
    ],
)
def test_the_real_servers_refusals_are_understood(
    services: Addresses, server: str, change: dict[str, str], expected: type[MotlanError], tmp_path: Path
) -> None:
    bucket = Bucket(dataclasses.replace(address(services, server), **change), QUICK)
    store = S3BlobStore(bucket, "archive", tmp_path)
    for ask in (
        lambda: store.put_bytes(b"a paper"),
        lambda: store.exists(digest(b"a paper")),
        lambda: store.open(digest(b"a paper")),
        lambda: list(store.digests()),
        bucket.check,
    ):
        with pytest.raises(expected):
            ask()


# --- settings that cannot be right -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "variable"),
    [
        ({"url": "store.example"}, "MOTLAN_STORE_URL"),
        ({"url": "http://store.example/path"}, "MOTLAN_STORE_URL"),
        ({"url": "s3://bucket"}, "MOTLAN_STORE_URL"),
        ({"access_key": ""}, "MOTLAN_STORE_ACCESS_KEY"),
        ({"secret_key": ""}, "MOTLAN_STORE_SECRET_KEY"),
        ({"bucket": "Not A Bucket"}, "MOTLAN_STORE_BUCKET"),
        ({"ca": Path("nowhere.pem")}, "MOTLAN_STORE_CA"),
    ],
)
def test_a_setting_that_cannot_be_right_is_named(change: dict[str, str], variable: str) -> None:
    with pytest.raises(BadSetting) as caught:
        Bucket(dataclasses.replace(Address("http://127.0.0.1:9", "bucket", "a", "b"), **change))
    assert caught.value.details["name"] == variable


def test_a_secret_is_not_shown() -> None:
    assert "hush" not in repr(Address("http://127.0.0.1:9", "bucket", "someone", "hush"))


# --- certificates ----------------------------------------------------------------------------------------------------


def certificate(folder: Path, days: int) -> tuple[ssl.SSLContext, Path]:
    """A server context and its self-signed certificate, valid until `days` from now."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "kho")])
    loopback = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=30))
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(loopback, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    cert, private = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    private.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, plain))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, private)
    return context, cert


def test_a_certificate_of_a_known_authority(tmp_path: Path) -> None:
    context, cert = certificate(tmp_path, days=1)
    with standin(tls=context) as server:
        store = S3BlobStore(Bucket(server.address("https", ca=cert), QUICK), "archive", tmp_path)
        assert store.exists(store.put_bytes(b"a paper"))


@pytest.mark.parametrize(("days", "known"), [(1, False), (-1, True)], ids=["unknown authority", "expired"])
def test_a_certificate_that_cannot_be_trusted(tmp_path: Path, days: int, known: bool) -> None:
    context, cert = certificate(tmp_path, days)
    with standin(tls=context) as server:
        store = S3BlobStore(Bucket(server.address("https", ca=cert if known else None), QUICK), "archive", tmp_path)
        with pytest.raises(StorageCertificateBad):
            store.put_bytes(b"a paper")
        assert server.objects == {}


def test_tls_where_the_store_speaks_none(tmp_path: Path) -> None:
    with standin() as server, pytest.raises(StorageAway) as caught:
        S3BlobStore(Bucket(server.address("https"), QUICK), "archive", tmp_path).put_bytes(b"a paper")
    assert "TLS" in caught.value.hint_text
