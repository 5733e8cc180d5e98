"""B-T with a real authority (certomancer on loopback), and every way an authority can fail."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.request import Request, urlopen
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from asn1crypto import tsp
from certomancer.integrations.animator import Animator, AnimatorArchStore
from certomancer.registry import CertomancerConfig
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from schemas.errors import ErrorKind, TimestampAway
from signing.keys import SigningKey, load_certificate
from signing.seal import seal
from signing.verify import verify


def key_usage(*names: str) -> dict[str, object]:
    return {"id": "key_usage", "critical": True, "smart-value": {"schema": "key-usage", "params": list(names)}}


CONFIG = {
    "external-url-prefix": "http://127.0.0.1",
    "keysets": {"lab": {"path-prefix": "", "keys": {"root": {"path": "root.pem"}, "tsa": {"path": "tsa.pem"}}}},
    "pki-architectures": {
        "lab": {
            "keyset": "lab",
            "entity-defaults": {"country-name": "VN", "organization-name": "Thử nghiệm"},
            "entities": {"root": {"common-name": "Gốc dấu thời gian"}, "tsa": {"common-name": "Dấu thời gian thử"}},
            "certs": {
                "root": {
                    "subject": "root",
                    "issuer": "root",
                    "validity": {"valid-from": "2015-01-01T00:00:00+0000", "valid-to": "2060-01-01T00:00:00+0000"},
                    "extensions": [
                        {"id": "basic_constraints", "critical": True, "value": {"ca": True}},
                        key_usage("key_cert_sign", "crl_sign"),
                    ],
                },
                "tsa": {
                    "subject": "tsa",
                    "issuer": "root",
                    "validity": {"valid-from": "2015-01-01T00:00:00+0000", "valid-to": "2050-01-01T00:00:00+0000"},
                    "extensions": [
                        key_usage("digital_signature"),
                        {"id": "extended_key_usage", "critical": True, "value": ["time_stamping"]},
                    ],
                },
            },
            "services": {"time-stamping": {"tsa": {"signing-key": "tsa", "signing-cert": "tsa"}}},
        }
    },
}


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Nothing on the test's output."""


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """(address, root certificate file) of a working authority."""
    folder = tmp_path_factory.mktemp("tsa")
    for name in ("root", "tsa"):
        key = rsa.generate_private_key(65537, 2048)
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        (folder / f"{name}.pem").write_bytes(pem)
    config = CertomancerConfig(CONFIG, key_search_dir=str(folder), config_search_dir=str(folder))
    lab = config.get_pki_arch("lab")
    (folder / "root.cert").write_bytes(lab.get_cert("root").dump())
    animator = Animator(AnimatorArchStore({lab.arch_label: lab}), with_web_ui=False)
    server = make_server("127.0.0.1", 0, animator, WSGIServer, Quiet)
    yield from serving(server, "/lab/tsa/tsa", folder / "root.cert")


def serving(server: HTTPServer, path: str, extra: Path) -> Iterator[tuple[str, Path]]:
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}{path}", extra
    server.shutdown()
    server.server_close()
    thread.join()


class Odd(BaseHTTPRequestHandler):
    """An authority that answers as its path says."""

    release = threading.Event()
    good = ""
    stored = b""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        kind, body = "application/timestamp-reply", b"\x30\x03\x02\x01\x00"
        if self.path == "/html":
            kind, body = "text/html; charset=utf-8", b"<html>Please log in</html>"
        elif self.path == "/huge":
            body = bytes(64 * 1024)
        elif self.path == "/refuses":
            body = tsp.TimeStampResp({"status": {"status": "rejection"}}).dump()
        elif self.path == "/replay":
            body = self.stored
        elif self.path == "/slow":
            self.release.wait(30)
        if self.path == "/error":
            self.send_error(500)
            return
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on the test's output."""


@pytest.fixture(scope="module")
def odd() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Odd)
    for address, _ in serving(server, "", Path()):
        yield address
        Odd.release.set()


def test_timestamp_makes_b_t(
    authority: tuple[str, Path], archival: Path, key: SigningKey, now: datetime, tmp_path: Path
) -> None:
    address, root = authority
    out = tmp_path / "out.pdf"
    seal(archival, out, key, at=now, tsa=address)
    verdict = verify(out, (*key.roots, load_certificate(root)))
    (facts,) = verdict.signatures
    assert (verdict.verdict, facts.level, facts.time_source) == ("VALID", "B-T", "timestamp")
    stamped = datetime.fromisoformat(facts.signed_at or "")
    assert now <= stamped <= datetime.now(UTC), "the authority's time, not the claimed one"


def test_pdfsig_agrees_on_a_timestamped_file(
    authority: tuple[str, Path], archival: Path, key: SigningKey, now: datetime, tmp_path: Path
) -> None:
    out = tmp_path / "out.pdf"
    seal(archival, out, key, at=now, tsa=authority[0])
    said = subprocess.run(["pdfsig", "-nocert", out], capture_output=True, text=True, check=False).stdout
    assert "Signature is Valid" in said and "Total document signed" in said


def test_a_timestamp_of_an_unknown_authority_does_not_make_the_seal_invalid(
    authority: tuple[str, Path], archival: Path, key: SigningKey, now: datetime, tmp_path: Path
) -> None:
    out = tmp_path / "out.pdf"
    seal(archival, out, key, at=now, tsa=authority[0])
    assert verify(out, key.roots).verdict != "INVALID"


@pytest.mark.parametrize("answer", ["html", "huge", "refuses", "error", "garbage"])
def test_a_bad_answer_is_no_timestamp(
    odd: str, archival: Path, key: SigningKey, now: datetime, tmp_path: Path, answer: str
) -> None:
    with pytest.raises(TimestampAway) as caught:
        seal(archival, tmp_path / "out.pdf", key, at=now, tsa=f"{odd}/{answer}")
    assert caught.value.kind is ErrorKind.TRANSIENT
    assert list(tmp_path.iterdir()) == []


def test_an_authority_that_is_down(archival: Path, key: SigningKey, now: datetime, tmp_path: Path) -> None:
    with HTTPServer(("127.0.0.1", 0), Odd) as unused:
        closed = f"http://127.0.0.1:{unused.server_address[1]}/"
    with pytest.raises(TimestampAway):
        seal(archival, tmp_path / "out.pdf", key, at=now, tsa=closed)


def test_a_slow_authority_is_left_after_the_time_limit(
    odd: str, archival: Path, key: SigningKey, now: datetime, tmp_path: Path
) -> None:
    with pytest.raises(TimestampAway):
        seal(archival, tmp_path / "out.pdf", key, at=now, tsa=f"{odd}/slow", tsa_timeout=0.2)
    Odd.release.set()


def test_an_old_answer_is_not_taken(
    authority: tuple[str, Path], odd: str, archival: Path, key: SigningKey, now: datetime, tmp_path: Path
) -> None:
    """A replayed token has another nonce."""
    imprint = tsp.MessageImprint({"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": bytes(32)})
    query = tsp.TimeStampReq({"version": 1, "message_imprint": imprint, "nonce": 7, "cert_req": True}).dump()
    request = Request(authority[0], data=query, headers={"Content-Type": "application/timestamp-query"})
    with urlopen(request, timeout=5) as answer:
        Odd.stored = answer.read()
    with pytest.raises(TimestampAway):
        seal(archival, tmp_path / "out.pdf", key, at=now, tsa=f"{odd}/replay")


def test_the_next_authority_serves_when_the_first_fails(
    authority: tuple[str, Path], odd: str, archival: Path, key: SigningKey, now: datetime, tmp_path: Path
) -> None:
    address, root = authority
    out = tmp_path / "out.pdf"
    seal(archival, out, key, at=now, tsa=[f"{odd}/html", f"{odd}/error", address])
    assert verify(out, (*key.roots, load_certificate(root))).signatures[0].level == "B-T"
