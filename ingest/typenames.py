"""Which of a type's names a title says: closed lists whose entries often begin alike."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rapidfuzz import fuzz

from ingest.naming import SURE
from schemas.types import TypeName
from schemas.vietnamese import fold

_WHOLE = 94  # of 100; "bằng tốt nghiệp trung học p" is like "… trung cấp" by 93
_APART = 10
_NONE = (0.0, TypeName(name="", abbreviation=""))


def named(title: str, names: Sequence[TypeName]) -> TypeName | None:
    """The likest of the names that stand as titles, where it is like enough."""
    score, best = _ranked(title, names)[0]
    return best if score >= SURE * 100 else None


def surely_named(names: Sequence[TypeName], title: str) -> str | None:
    """The name that a reader's own title says. A title torn in its middle is nearest to the shortest of the names that
    begin as it does: it has to be whole, or like no other name."""
    (score, best), (other, _) = _ranked(title, names)[:2]
    return best.name if score >= _WHOLE or (score >= SURE * 100 and score - other >= _APART) else None


def _ranked(title: str, names: Sequence[TypeName]) -> list[tuple[float, TypeName]]:
    """Likenesses without marks and spaces, 0..100, the highest first; two that are none stand behind them."""
    letters = re.sub(r"[^a-z]", "", fold(title))
    scored = [(fuzz.ratio(letters, fold(name.name).replace(" ", "")), name) for name in names if name.titled]
    return [*sorted(scored, key=lambda pair: -pair[0]), _NONE, _NONE]
