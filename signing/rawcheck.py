"""Signatures found in the bytes alone, for files whose structure no longer parses: a flipped bit may break the very
table that leads to the signature, and still the bytes prove that they are not the ones that were signed."""

from __future__ import annotations

import hashlib
import mmap
import re
from dataclasses import dataclass
from pathlib import Path

from asn1crypto import cms

_BYTE_RANGE = re.compile(rb"/ByteRange\s*\[\s*(\d{1,12})\s+(\d{1,12})\s+(\d{1,12})\s+(\d{1,12})\s*\]")
_MOST = 64  # signatures looked at in one file
_LARGEST_CMS = 4 * 1024 * 1024


@dataclass(frozen=True)
class RawSignature:
    """A signature dictionary seen in the bytes; `intact` is None where its CMS or range cannot be read."""

    intact: bool | None


def raw_signatures(path: Path) -> list[RawSignature]:
    """All of them, in file order; an empty list for a file that was never signed."""
    if path.stat().st_size == 0:
        return []
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        found = [tuple(int(number) for number in match.groups()) for match in _BYTE_RANGE.finditer(data)]
        return [RawSignature(_intact(data, *numbers)) for numbers in found[:_MOST]]


def _intact(data: mmap.mmap, start: int, length: int, after: int, rest: int) -> bool | None:
    """Whether the signed ranges have the digest that the CMS signed."""
    gap = after - (start + length)
    if not 2 < gap <= 2 * _LARGEST_CMS:
        return None
    if after + rest > len(data):
        return False  # what was signed is longer than what is here
    try:
        container = bytes.fromhex(data[start + length : after].strip(b"<> \r\n\t").decode("ascii"))
        signed = cms.ContentInfo.load(container)["content"]
        signer = signed["signer_infos"][0]
        wanted = next(a["values"][0].native for a in signer["signed_attrs"] if a["type"].native == "message_digest")
        running = hashlib.new(signer["digest_algorithm"]["algorithm"].native)
    except (ValueError, TypeError, KeyError, IndexError, StopIteration, AttributeError):
        return None
    for first, size in ((start, length), (after, rest)):
        for place in range(first, first + size, 1 << 20):
            running.update(data[place : min(place + (1 << 20), first + size)])
    return bool(running.digest() == wanted)
