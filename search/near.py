"""Words of the index that a misreading could have made of the one asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from rapidfuzz.distance import DamerauLevenshtein

_MOST = 8


def near_words(word: str, words_from: Callable[[str, range], Iterable[tuple[str, int]]]) -> list[str]:
    """At most eight folded words, nearest first, then the most frequent. They begin with the same letter and differ by
    none up to two letters, one from three to five, two from six on (the rule "AUTO" of Elasticsearch, prefix one).
    `words_from`: the words with that first letter and length, each with the number of papers that it stands in."""
    allowed = 0 if len(word) < 3 else 1 if len(word) < 6 else 2
    ranked = []
    for candidate, papers in words_from(word[0], range(len(word) - allowed, len(word) + allowed + 1)):
        distance = DamerauLevenshtein.distance(word, candidate, score_cutoff=allowed)
        if distance <= allowed:
            ranked.append((distance, -papers, candidate))
    return [candidate for _, _, candidate in sorted(ranked)[:_MOST]]
