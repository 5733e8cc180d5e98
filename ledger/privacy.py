"""No ID number enters the ledger: names are masked, audit entries that hold one are refused."""

from __future__ import annotations

import re
from typing import Any

from schemas.errors import NumberInAudit
from schemas.identifiers import MASK

# Digests, record URIs and dossier codes (which name a case) may contain nine or twelve digits; whole words of these
# shapes are no ID numbers.
_DOSSIER = r"(?:\d{2,3}\.)*[A-Z]\d{2}(?:\.\d{1,3})*-\d{6}-\d{4,6}"
_OPAQUE = rf"\b(?:[0-9a-f]{{64}}|motlan:[A-Z0-9.]{{1,20}}:[a-z2-7]{{26}}|{_DOSSIER})(?!\w)"
_RUN = r"(?<!\d)(?:\d{12}|\d{9})(?!\d)"
# As people write them: in groups with a space or a dot. Dashes are left out, they join the parts of dossier codes.
_GROUPED = r"(?<!\d)(?:(?:\d[ .]?){11}\d|(?:\d[ .]?){8}\d)(?!\d)"
_TO_MASK = re.compile(f"(?P<opaque>{_OPAQUE})|{_RUN}")
_SUSPECT = re.compile(f"(?P<opaque>{_OPAQUE})|{_GROUPED}")
# Counts of bytes have nine digits soon enough, counts of audit entries some day.
_COUNTS = frozenset({"size", "bytes", "free", "needed", "entries"})


def mask_runs(text: str) -> str:
    """A name or sentence with unbroken runs of nine or twelve digits masked. Less is masked than in free text
    (schemas.identifiers.mask_numbers), because a file's name often holds a date and a serial number."""
    return _TO_MASK.sub(lambda m: m[0] if m["opaque"] else MASK * len(m[0]), text)


def without_numbers(value: Any) -> Any:
    """A JSON value with all its texts masked."""
    if isinstance(value, str):
        return mask_runs(value)
    if isinstance(value, dict):
        return {key: without_numbers(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [without_numbers(inner) for inner in value]
    return value


def refuse_numbers(value: Any, where: str) -> None:
    """Raise NumberInAudit, naming the place and not the number, when a JSON value holds what may be an ID number."""
    if isinstance(value, dict):
        for key, inner in value.items():
            refuse_numbers(str(key), where)
            if not (key in _COUNTS and isinstance(inner, int)):
                refuse_numbers(inner, f"{where}.{key}")
    elif isinstance(value, list | tuple):
        for inner in value:
            refuse_numbers(inner, where)
    elif isinstance(value, str | int) and _is_suspect(str(value)):
        raise NumberInAudit(where=where)


def _is_suspect(text: str) -> bool:
    return any(not match["opaque"] for match in _SUSPECT.finditer(text))
