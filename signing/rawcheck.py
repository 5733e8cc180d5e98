"""Signatures found in the bytes alone, for files whose structure no longer parses: a flipped bit may break the very
table that leads to the signature, and still the bytes prove that they are not the ones that were signed."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from asn1crypto import cms

_BYTE_RANGE = re.compile(rb"/ByteRange\s*\[\s*(\d{1,12})\s+(\d{1,12})\s+(\d{1,12})\s+(\d{1,12})\s*\]")
_MOST = 64  # signatures looked at in one file
_LARGEST_CMS = 4 * 1024 * 1024
_PIECE = 1 << 20
_LONGEST = 256  # bytes of a /ByteRange with its four numbers and white space as people write it


@dataclass(frozen=True)
class RawSignature:
    """A signature dictionary seen in the bytes; `intact` is None where its CMS or range cannot be read."""

    intact: bool | None


def raw_signatures(path: Path) -> list[RawSignature]:
    """All of them, in file order; an empty list for a file that was never signed. The file is read in pieces."""
    with path.open("rb") as stream:
        found = list(islice(_byte_ranges(stream), _MOST))
        return [RawSignature(_intact(stream, path.stat().st_size, *numbers)) for numbers in found]


def _byte_ranges(stream: BinaryIO) -> Iterator[tuple[int, int, int, int]]:
    """The numbers of every /ByteRange; the pieces overlap by the longest one, and none is told twice."""
    kept = b""
    while piece := stream.read(_PIECE):
        data, end = kept + piece, 0
        for match in _BYTE_RANGE.finditer(data):
            start, length, after, rest = (int(number) for number in match.groups())
            yield start, length, after, rest
            end = match.end()
        kept = data[max(end, len(data) - _LONGEST) :]


def _intact(stream: BinaryIO, size: int, start: int, length: int, after: int, rest: int) -> bool | None:
    """Whether the signed ranges have the digest that the CMS signed."""
    gap = after - (start + length)
    if not 2 < gap <= 2 * _LARGEST_CMS:
        return None
    if after + rest > size:
        return False  # what was signed is longer than what is here
    try:
        stream.seek(start + length)
        container = bytes.fromhex(stream.read(gap).strip(b"<> \r\n\t").decode("ascii"))
        signed = cms.ContentInfo.load(container)["content"]
        signer = signed["signer_infos"][0]
        wanted = next(a["values"][0].native for a in signer["signed_attrs"] if a["type"].native == "message_digest")
        running = hashlib.new(signer["digest_algorithm"]["algorithm"].native)
    except (ValueError, TypeError, KeyError, IndexError, StopIteration, AttributeError):
        return None
    for first, count in ((start, length), (after, rest)):
        stream.seek(first)
        for place in range(0, count, _PIECE):
            running.update(stream.read(min(_PIECE, count - place)))
    return bool(running.digest() == wanted)
