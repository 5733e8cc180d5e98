"""RFC 3161 timestamps from a list of authorities: the first one with a good answer serves."""

# mypy: allow-untyped-calls
# (pyHanko is only partly annotated)

from __future__ import annotations

import asyncio
import urllib.request
from collections.abc import Sequence
from http.client import HTTPException

from asn1crypto import cms, tsp
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.timestamps.common_utils import handle_tsp_response

from schemas.errors import TimestampAway

_LARGEST_ANSWER = 16 * 1024  # what a token may take of the 32 KiB reserved for a signature


class FailoverTimeStamper(TimeStamper):
    """Asks each authority in turn; an answer counts only with status, nonce and imprint in order."""

    def __init__(self, urls: Sequence[str], timeout: float = 10.0) -> None:
        super().__init__()
        self._urls = tuple(urls)
        self._timeout = timeout

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        """A checked token, or TimestampAway when no authority gave one."""
        problems: list[str] = []
        for url in self._urls:
            nonce, request = self.request_cms(message_digest, md_algorithm)
            try:
                answer = await asyncio.to_thread(self._ask, url, request.dump())
                token = handle_tsp_response(tsp.TimeStampResp.load(answer), nonce)
                imprint = token["content"]["encap_content_info"]["content"].parsed["message_imprint"]
                if imprint["hashed_message"].native != message_digest:
                    raise ValueError("imprint of another document")
            except (OSError, HTTPException, ValueError, TypeError, KeyError, AttributeError) as error:
                problems.append(f"{url}: {type(error).__name__}")
                continue
            return token
        raise TimestampAway(detail="; ".join(problems))

    def _ask(self, url: str, body: bytes) -> bytes:
        headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
        request = urllib.request.Request(url, data=body, headers=headers)
        with urllib.request.urlopen(request, timeout=self._timeout) as answer:
            kind = str(answer.headers.get_content_type())
            data = bytes(answer.read(_LARGEST_ANSWER + 1))
        if kind != "application/timestamp-reply":
            raise ValueError(f"answered {kind}")
        if len(data) > _LARGEST_ANSWER:
            raise ValueError("answer too large")
        return data
