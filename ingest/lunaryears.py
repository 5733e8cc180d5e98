"""Years of the sixty-year cycle ("Ất Tỵ"): a closed list, whose entries differ in more than their marks."""

from __future__ import annotations

import re
from functools import cache

from ingest.vocabulary import folded, words
from schemas.vietnamese import fold

_PAIR = re.compile(r"(?P<before>[^\W\d_]+)(?P<gap>\s+)(?P<year>[^\W\d_]+\s+[^\W\d_]+)")


def proper(text: str) -> str:
    """The text with its lunar years in their proper spelling: two words with capitals that are a year but for their
    marks, behind a word that announces one ("năm", "Tết", "Xuân" …)."""
    found, at = text, 0
    while match := _PAIR.search(found, at):
        year = _years().get(fold(match["year"])) if fold(match["before"]) in folded("before_lunar_year") else None
        if year is not None and match["year"].istitle():
            found = found[: match.start("year")] + year + found[match.end("year") :]
        elif year is not None and match["year"].isupper():
            found = found[: match.start("year")] + year.upper() + found[match.end("year") :]
        at = match.start("year")
    return found


@cache
def _years() -> dict[str, str]:
    """Every year by its folded name: stems and branches go on together, so each stem has six of the twelve branches."""
    stems, branches = words("lunar_stems"), words("lunar_branches")
    names = (f"{stems[n % len(stems)]} {branches[n % len(branches)]}" for n in range(60))
    return {fold(name): name for name in names}
