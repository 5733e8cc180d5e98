"""Small things of forms and lists: the tree of units in order, and what people typed as part of an address."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from urllib.parse import urlencode

from ledger import Unit
from schemas.identifiers import mask_numbers


def tree_of(units: Sequence[Unit], top: str) -> list[tuple[int, Unit]]:
    """Units as (depth, unit), each right below its parent."""
    children: dict[str | None, list[Unit]] = defaultdict(list)
    for unit in units:
        children[unit.parent].append(unit)

    def walk(unit: Unit, depth: int) -> Iterator[tuple[int, Unit]]:
        yield depth, unit
        for child in children[unit.code]:
            yield from walk(child, depth + 1)

    return [line for unit in units if unit.code == top for line in walk(unit, 0)]


def masked_query(**typed: str) -> str:
    """`?name=value` of what was typed, without empty ones and with everything masked that may be an ID number."""
    cleaned = {name: mask_numbers(" ".join(value.split())) for name, value in typed.items()}
    kept = {name: value for name, value in cleaned.items() if value}
    return "?" + urlencode(kept) if kept else ""
