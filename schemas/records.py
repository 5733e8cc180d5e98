"""Record URIs: deterministic, so that a step done twice names the same record."""

from __future__ import annotations

import base64
import hashlib
import re

from schemas.errors import BadIdentifier

_URI = re.compile(r"^motlan:(?P<unit>[A-Z0-9.]{1,20}):(?P<id>[a-z2-7]{26})$")


def record_uri(unit: str, original_sha256: str, first_page: int) -> str:
    """`motlan:<unit>:<26 base32 letters>`: the paper that starts on `first_page` of the file with that digest, in that
    unit. Contains no personal data. Raises BadIdentifier for a malformed unit code."""
    raw = hashlib.sha256(f"{unit}|{original_sha256}|{first_page}".encode()).digest()
    uri = f"motlan:{unit}:{base64.b32encode(raw[:17]).decode().lower()[:26]}"
    split_uri(uri)
    return uri


def split_uri(uri: str) -> tuple[str, str]:
    """(unit, id) of a record URI; raises BadIdentifier for anything else."""
    match = _URI.match(uri)
    if match is None:
        raise BadIdentifier(detail="record URI")
    return match["unit"], match["id"]
