"""What Elasticsearch is told: the mapping, an entry as its document, and searches as its query language.

Words are cut and folded here, by the functions every index uses; the server only splits at spaces. So no plugin is
needed, and a query means the same in either index.
"""

from __future__ import annotations

import hashlib
from typing import Any

from schemas.vietnamese import fold
from search.index import NO_FILTERS, Entry, Filters, code_key
from search.query import WORD, Term, searchable
from search.stored import dated_of, head_of, summary_of

SCHEMA_VERSION = "2"  # raise it when the mapping or the folding change: the index then asks for a rebuild

Query = dict[str, Any]

# Accents as printed weigh more than folded words; what names the paper weighs more than its text.
_ORIG = {"head": 8.0, "body": 4.0}
_FOLDED = {"head_folded": 2.0, "body_folded": 1.0}
_TIER = 1000.0  # above any sum of BM25 of the words of one query
_MOST_NEAR = 8  # words that one misread word may stand for, as in the index of one machine
_MOST_ENDINGS = 1000  # words that an unfinished last word of a phrase may stand for
_MOST_ID_BYTES = 512  # Elasticsearch's limit
_LONGEST = 120  # characters of a word that count; the server would cut words in two above 255 UTF-16 units

_TEXT = {"type": "text", "analyzer": "whitespace"}
MAPPING: dict[str, Any] = {
    "dynamic": "strict",
    "_source": {"excludes": [*_ORIG, *_FOLDED]},
    "properties": {
        "record": {"type": "keyword"},
        "revision": {"type": "long"},
        "unit": {"type": "keyword"},
        "dated": {"type": "keyword"},
        "type": {"type": "keyword"},
        "level": {"type": "keyword"},
        "code": {"type": "keyword"},
        "tokens": {"type": "keyword"},
        "entry": {"type": "object", "enabled": False},  # given back as it was put, never searched
    }
    | dict.fromkeys([*_ORIG, *_FOLDED], _TEXT),
}


def id_of(record: str) -> str:
    """The document's name: the record's, or its digest where that is longer than Elasticsearch takes."""
    raw = record.encode()
    return record if len(raw) <= _MOST_ID_BYTES else f"sha256:{hashlib.sha256(raw).hexdigest()}"


def document(entry: Entry) -> dict[str, Any]:
    """The document of an entry; its text in the one tone style of the index."""
    text = searchable(entry.text)
    head, body = _words(searchable(head_of(entry))), _words(text)
    return {
        "record": entry.record,
        "revision": entry.revision,
        "unit": entry.unit,
        "dated": dated_of(entry),
        "type": entry.type,
        "level": entry.access_level,
        "code": code_key(entry.code),
        "tokens": sorted(set(entry.tokens)),
        "entry": summary_of(entry) | {"text": text},
        "head": head,
        "body": body,
        "head_folded": fold(head),
        "body_folded": fold(body),
    }


def _words(text: str) -> str:
    return " ".join(word[:_LONGEST] for word in WORD.findall(text.lower()))


def words_query(terms: list[Term], narrow: list[Query], prefix: bool) -> Query:
    """Every term, accents or not; those with the accents as typed first, then those with all words side by side."""
    if not terms:
        return {"bool": {"filter": narrow}}
    last = terms[-1]
    loose = [_either(term.folded, _FOLDED, prefix and term is last) for term in terms]
    weigh = [_either(term.words, _ORIG, prefix and term is last) for term in terms]
    return {"bool": {"must": loose, "should": [*weigh, *_tiers(terms, prefix)], "filter": narrow}}


def near_query(words: list[str], narrow: list[Query]) -> Query:
    """Every folded word, or one that differs from it by a letter or two."""
    how = {"fuzziness": "AUTO", "prefix_length": 1, "max_expansions": _MOST_NEAR}
    must = [
        {
            "bool": {
                "should": [
                    {"match": {name: {"query": word[:_LONGEST], "boost": boost, **how}}}
                    for name, boost in _FOLDED.items()
                ]
            }
        }
        for word in words
    ]
    return {"bool": {"must": must, "filter": narrow}}


def number_query(token: str, unit: str | None) -> Query:
    """Records with that blind token."""
    return {"bool": {"filter": [{"term": {"tokens": token}}, *narrowing(unit)]}}


def _tiers(terms: list[Term], prefix: bool) -> list[Query]:
    tiers = []
    if any(term.marked for term in terms):  # where no accents were typed they do not matter
        exact = [
            _either(
                term.words if term.marked else term.folded,
                _ORIG if term.marked else _FOLDED,
                prefix and term is terms[-1],
            )
            for term in terms
        ]
        tiers.append({"constant_score": {"filter": {"bool": {"filter": exact}}, "boost": 2 * _TIER, "_name": "exact"}})
    if len(terms) > 1:
        words = tuple(word for term in terms for word in term.folded)
        tiers.append({"constant_score": {"filter": _either(words, _FOLDED, prefix), "boost": _TIER}})
    return tiers


def _either(words: tuple[str, ...], fields: dict[str, float], unfinished: bool) -> Query:
    """The words side by side in one of the fields."""
    words = tuple(word[:_LONGEST] for word in words)
    should = [_phrase(words, name, boost, unfinished) for name, boost in fields.items()]
    return {"bool": {"should": should, "minimum_should_match": 1}}


def _phrase(words: tuple[str, ...], name: str, boost: float, unfinished: bool) -> Query:
    if unfinished and len(words) == 1:
        return {"prefix": {name: {"value": words[0], "boost": boost}}}
    text = {"query": " ".join(words), "boost": boost}
    if unfinished:
        return {"match_phrase_prefix": {name: text | {"max_expansions": _MOST_ENDINGS}}}
    return {"match_phrase": {name: text}}


def narrowing(unit: str | None, filters: Filters = NO_FILTERS, named: list[Term] | None = None) -> list[Query]:
    """Which papers may be among the hits at all; `named` are the terms of `filters.named`."""
    found: list[Query] = [] if unit is None else [{"term": {"unit": unit}}]
    found += [{"terms": {"unit": list(filters.units)}}] if filters.units else []
    found += [{"terms": {"type": list(filters.types)}}] if filters.types else []
    found += [{"terms": {"level": list(filters.access_levels)}}] if filters.access_levels else []
    found += [{"prefix": {"code": code_key(filters.code)}}] if code_key(filters.code) else []
    found += [{"range": {"dated": {"gte": filters.dated_from}}}] if filters.dated_from else []
    found += [{"range": {"dated": {"gt": "", "lte": filters.dated_to}}}] if filters.dated_to else []
    return found + [_either(term.folded, {"head_folded": _FOLDED["head_folded"]}, False) for term in named or ()]
