"""The Elasticsearch server: how it is reached within bounds, what its failures mean, and what it says of itself."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from elastic_transport import TlsError, TransportError
from elasticsearch import ApiError, Elasticsearch, UnsupportedProductError

from schemas.errors import (
    BadSetting,
    IndexAway,
    IndexUnusable,
    ServerFull,
    ServerLoginRefused,
    ServerReadOnly,
    ServerTooOld,
    ServerUntrusted,
)

PART = "Elasticsearch"
_OLDEST = 8
_BUSY = frozenset({404, 408, 429, 500, 502, 503, 504})  # 404: what was being read has just been replaced
_HELD = "/8/"  # Elasticsearch's number of the block that `rebuilding` sets on the index it replaces
_NO_ROOM = "/12/"  # … and of the one the server sets when its disk is nearly full ("flood stage")


@dataclass(frozen=True)
class Server:
    """Where the server is and who we are; `timeout` in seconds bounds every request."""

    urls: tuple[str, ...]
    user: str = ""
    password: str = ""
    ca: Path | None = None
    timeout: float = 10.0

    def connect(self) -> Elasticsearch:
        """A client of this process; nothing is sent yet. Raises BadSetting for what is no address, ServerUntrusted when
        `ca` cannot be read."""
        given: dict[str, Any] = {}
        if self.user:
            given["basic_auth"] = (self.user, self.password)
        if any(url.startswith("https:") for url in self.urls):
            given["ssl_context"] = self._trust()
        try:
            urls = list(dict.fromkeys(map(_with_port, self.urls)))
            return Elasticsearch(urls, request_timeout=self.timeout, max_retries=1, retry_on_timeout=False, **given)
        except ValueError as error:
            raise BadSetting(name="MOTLAN_INDEX_URL", detail=str(error)) from None

    def _trust(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=str(self.ca) if self.ca else None)
        except (OSError, ssl.SSLError) as error:
            raise ServerUntrusted(part=PART, detail=f"its CA file: {error}", setting="MOTLAN_INDEX_CA") from None


def _with_port(url: str) -> str:
    """The address with the port that Elasticsearch has by default. Raises ValueError."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{url!r} is not http(s)://host:port")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}:{parts.port or 9200}{parts.path.rstrip('/')}"


class Held(Exception):
    """The index takes nothing in for a moment, because a fresh one is about to take its place."""


def check_version(client: Elasticsearch) -> str:
    """The server's version. Raises ServerTooOld for one that does not speak this client's language."""
    found = str(client.info()["version"]["number"])
    if int(found.split(".")[0]) < _OLDEST:
        raise ServerTooOld(part=PART, found=found, needed=_OLDEST, setting="MOTLAN_INDEX_URL")
    return found


@contextmanager
def told() -> Iterator[None]:
    """The client's failures as errors of this house, by type alone: the server's own text may quote the query."""
    try:
        yield
    except ApiError as error:
        raise meaning(error.status_code, str(error.error), str(error.body)) from None
    except TlsError as error:
        raise ServerUntrusted(part=PART, detail=_tls(error), setting="MOTLAN_INDEX_CA") from None
    except UnsupportedProductError:
        raise ServerTooOld(part=PART, found="?", needed=_OLDEST, setting="MOTLAN_INDEX_URL") from None
    except (TransportError, OSError) as error:
        raise IndexAway(detail=type(error).__name__) from None


def meaning(status: int, name: str, reason: str) -> Exception:
    """The error for a refusal; `reason`, the server's own text, is only looked into, never quoted."""
    if name == "cluster_block_exception":
        return _blocked(reason)
    if status in (401, 403):
        return ServerLoginRefused(part=PART, detail=status, setting="MOTLAN_INDEX_USER, MOTLAN_INDEX_PASSWORD")
    if status in _BUSY:
        return IndexAway(detail=f"{status} {name}")
    return IndexUnusable(detail=f"{status} {name}")


def _blocked(reason: str) -> Exception:
    if _HELD in reason:
        return Held()
    if _NO_ROOM in reason:
        return ServerFull(part=PART, detail="flood-stage watermark", setting="MOTLAN_INDEX_URL")
    if "FORBIDDEN" in reason:
        return ServerReadOnly(part=PART, detail="index or cluster block", setting="MOTLAN_INDEX_URL")
    return IndexAway(detail="the cluster is not ready")


def _tls(error: TransportError) -> str:
    """What is wrong with the certificate, in OpenSSL's words."""
    causes = [str(cause) for cause in (error, *error.errors)]
    known = (
        "certificate has expired",
        "self-signed certificate",
        "self signed",
        "unable to get local issuer",
        "mismatch",
    )
    return next((word for word in known for cause in causes if word in cause), "the certificate is not accepted")
