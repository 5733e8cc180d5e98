"""Tries a document type file before papers depend on it: faults with their line, doubtful overlaps, idle rules."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ValidationError
from rapidfuzz import fuzz

from schemas.types import Anchor, DocumentType, FieldRule, Scope, SubjectRule, TypeCatalogue, TypeName
from schemas.vietnamese import fold

Level = Literal["error", "warning", "note"]
Place = tuple[str | int, ...]
Said = tuple[str, Place, dict[str, object]]  # code, where, values of the sentence
_NEAR_TITLE = 90.0  # of 100: so like each other that one misread letter may turn one into the other
_SHORT_TITLE = 6  # letters
_SHARED_ANCHORS = 0.75  # naming takes a paper without a title for a type from this share of its anchors on
_LINE = re.compile(r"\(at line (\d+)")
_KEY = re.compile(r"\s*([a-z_]+)\s*=")
_HEAD = re.compile(r"\s*\[\[([a-z_]+)\]\]")
_TABLES: dict[str, type[BaseModel]] = {
    "fields": FieldRule, "scopes": Scope, "subjects": SubjectRule, "anchors": Anchor, "type_names": TypeName,
}  # fmt: skip
_ID_KINDS, _DATED = ("cccd", "person_id"), ("date", "money", "area")
_BESIDE_LABEL = ("after_label", "below_label")


@dataclass(frozen=True)
class Remark:
    """One thing to say of a type file: a stable code, how bad, the line (None where it concerns the file), a sentence
    and what to do, both in Vietnamese."""

    code: str
    level: Level
    line: int | None
    text: str
    hint: str


def check_file(path: Path, types: TypeCatalogue) -> tuple[DocumentType | None, list[Remark]]:
    """The type of the file (None where it has errors) and everything worth saying of it; `types` are the others."""
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError:
        return None, [remark("not_utf8", None)]
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = _LINE.search(str(error))
        return None, [remark("toml", int(line[1]) if line else None, why=str(error).partition(" (at")[0])]
    try:
        kind = DocumentType.model_validate(raw)
    except ValidationError as error:
        return None, [
            _fault(fault, text) for fault in error.errors() if fault["type"] != "too_short" or _empty(raw, fault)
        ]
    remarks = [remark(code, line_of(text, place), **values) for code, place, values in _said(kind, types)]
    return kind, remarks


def remark(code: str, line: int | None, **values: object) -> Remark:
    """The remark of that code (data/type_remarks.toml) with its values filled in."""
    entry = _wordings()[code]
    return Remark(code, entry["level"], line, entry["text"].format(**values), entry["hint"].format(**values))


@cache
def _wordings() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "data" / "type_remarks.toml").read_text("utf-8"))


# --- faults of form --------------------------------------------------------------------------------------------------


def line_of(text: str, place: Place) -> int | None:
    """The line of a key in the file: ("fields", 2, "kind") is `kind` in the third [[fields]]; the head of the table
    where the key is not there."""
    table, index, key = "", -1, ""
    if len(place) >= 2 and isinstance(place[1], int) and place[0] in _TABLES:
        table, index, key = str(place[0]), place[1], str(place[2]) if len(place) > 2 else ""
    elif place:
        key = str(place[0])
    here, seen, head = "", -1, None
    for number, line in enumerate(text.splitlines(), 1):
        if opened := _HEAD.match(line):
            here = opened[1]
            seen += here == table
            if here == table and seen == index:
                head = number
        inside = seen == index and here == table if table else not here
        found = _KEY.match(line)
        if inside and found and found[1] == key:
            return number
    return head if head is not None or not table else line_of(text, (table,))


def _empty(raw: dict[str, Any], fault: Any) -> bool:
    """Whether a list is really too short, and not only short of its faulty members."""
    return len(fault["loc"]) != 1 or not raw.get(str(fault["loc"][0]))


def _fault(fault: Any, text: str) -> Remark:
    """What pydantic found, in our words."""
    code, place, given = str(fault["type"]), tuple(fault["loc"]), fault.get("input")
    key = next((str(part) for part in reversed(place) if isinstance(part, str)), "?")
    line = line_of(text, place)
    if code in _wordings() and "ctx" in fault and code != "literal_error" and code != "string_pattern_mismatch":
        return remark(code, line, **fault["ctx"])
    if code == "missing":
        return remark(code, line, key=key)
    if code == "extra_forbidden":
        model = _TABLES.get(str(place[0]), DocumentType) if len(place) > 1 else DocumentType
        near = difflib.get_close_matches(key, model.model_fields, 1, 0.5)
        return remark(code, line, key=key, near=near[0] if near else ", ".join(model.model_fields))
    if code == "literal_error":
        allowed = str(fault["ctx"]["expected"]).replace("'", "").replace(" or ", ", ")
        return remark(code, line, key=key, value=given, allowed=allowed)
    if code == "string_pattern_mismatch":
        return remark(code, line, value=given)
    if code.endswith(("_type", "_parsing")):
        return remark("type", line, key=key, why=fault["msg"])
    return remark("value", line, key=key, why=fault["msg"])


# --- doubtful things in a file that is well formed -------------------------------------------------------------------


def _said(kind: DocumentType, types: TypeCatalogue) -> Iterator[Said]:
    others = [other for other in types if other.id != kind.id]
    yield from _about_the_whole(kind, types)
    for other in others:
        if other.id != kind.special_of and other.special_of != kind.id:
            yield from _titles_beside(kind, other)
            yield from _anchors_beside(kind, other)
    yield from _labels(kind)
    yield from _scopes(kind)
    for index, rule in enumerate(kind.fields):
        yield from _field(kind, index, rule)


def _about_the_whole(kind: DocumentType, types: TypeCatalogue) -> Iterator[Said]:
    replaced = types.get(kind.id)
    if replaced is not None:
        yield "replaces", ("id",), {"id": kind.id, "other": replaced.name}
    if kind.special_of is not None and types.get(kind.special_of) is None:
        yield "unknown_special", ("special_of",), {"other": kind.special_of}
    if not kind.anchors:
        yield "no_anchors", ("anchors",), {}
    if not kind.subjects:
        yield "no_subjects", ("subjects",), {}
    for title in kind.titles:
        if len(_letters(title)) < _SHORT_TITLE:
            yield "title_short", ("titles",), {"title": title}


def _titles_beside(kind: DocumentType, other: DocumentType) -> Iterator[Said]:
    for title in kind.all_titles:
        likeness = [(fuzz.ratio(_letters(title), _letters(theirs)), theirs) for theirs in other.all_titles]
        score, near = max(likeness, default=(0.0, ""))
        told = {"title": title, "other": other.name, "near": near, "score": round(score)}
        if score == 100:
            yield "title_same", ("titles",), told
        elif score >= _NEAR_TITLE:
            yield "title_near", ("titles",), told


def _anchors_beside(kind: DocumentType, other: DocumentType) -> Iterator[Said]:
    words = [anchor.text for anchor in other.anchors]
    words += [*other.titles, *other.stops, *(label for rule in other.fields for label in rule.labels)]
    theirs = " ".join(f"|{_letters(text)}|" for text in words)
    total = sum(anchor.weight for anchor in kind.anchors)
    shared = sum(anchor.weight for anchor in kind.anchors if _letters(anchor.text) in theirs)
    if total and shared / total >= _SHARED_ANCHORS:
        yield "anchors_shared", ("anchors",), {"other": other.name}


def _labels(kind: DocumentType) -> Iterator[Said]:
    """Labels of two fields (or of a field and the stops) that are the same, or the same without marks."""
    index = {rule.name: number for number, rule in enumerate(kind.fields)}
    beside = [rule for rule in kind.fields if set(rule.where) & set(_BESIDE_LABEL)]
    for one, other in combinations(beside, 2):
        if one.scope is not None and other.scope is not None and one.scope != other.scope:
            continue
        for label, near in _alike(one.labels, other.labels):
            told: dict[str, object] = {"label": label, "near": near, "field": other.name, "other": one.name}
            if label != near:
                yield "labels_alike", ("fields", index[other.name], "labels"), told
            elif "labels" not in (one.order, other.order):
                yield "label_twice", ("fields", index[other.name], "labels"), told
    for rule in beside:
        for label, near in _alike(rule.labels, kind.stops):
            if label != near:
                alike: dict[str, object] = {"label": label, "near": near, "field": rule.name, "other": "stops"}
                yield "labels_alike", ("fields", index[rule.name], "labels"), alike


def _alike(ours: Sequence[str], theirs: Sequence[str]) -> Iterator[tuple[str, str]]:
    """(our label, theirs) with the same letters, once for each pair of letters."""
    known = {_letters(label): label for label in reversed(theirs)}
    seen: set[str] = set()
    for label in ours:
        letters = _letters(label)
        near = label if label in theirs else known.get(letters)
        if near is not None and letters not in seen:
            seen.add(letters)
            yield label, near


def _scopes(kind: DocumentType) -> Iterator[Said]:
    for (_, one), (index, other) in combinations(enumerate(kind.scopes), 2):
        for anchor, _ in _alike(other.anchors, one.anchors):
            yield "scopes_alike", ("scopes", index, "anchors"), {"scope": other.id, "other": one.id, "anchor": anchor}


def _field(kind: DocumentType, index: int, rule: FieldRule) -> Iterator[Said]:
    def at(key: str) -> Place:
        return ("fields", index, key)

    if not set(rule.where) - {"title", "header_notation"} and not kind.type_names:
        yield "not_reachable", at("where"), {"field": rule.name, "why": "loại này không có type_names"}
    if rule.where == ("qr",) and rule.pattern is None and kind.qr_pattern is None:
        yield "not_reachable", at("where"), {"field": rule.name, "why": "đọc mã QR mà không có pattern"}
    if rule.kind in _ID_KINDS and kind.access_level in ("public", "internal"):
        yield "open_to_all", ("access_level",), {"field": rule.name, "level_of_access": kind.access_level}
    if rule.pattern is not None and re.fullmatch(rule.pattern, "") is not None:
        yield "empty_pattern", at("pattern"), {"field": rule.name}
    for key, useful in (
        ("labels", set(rule.where) & set(_BESIDE_LABEL)),
        ("words_label", rule.kind in _DATED),
        ("sex_field", rule.kind in _ID_KINDS),
        ("birth_field", rule.kind in _ID_KINDS),
        ("not_before", rule.kind == "date"),
        ("choices", rule.kind == "choice"),
        ("pattern", {"pattern", "qr"} & set(rule.where)),
    ):
        if getattr(rule, key) and not useful:
            yield "no_use", at(key), {"field": rule.name, "key": key, "kind": rule.kind}
    earlier = kind.field(rule.not_before) if rule.not_before else None
    if earlier is not None and earlier.kind != "date":
        yield "not_before_text", at("not_before"), {"field": rule.name, "other": earlier.name}


def _letters(text: str) -> str:
    """What two labels are compared by: letters and digits without marks."""
    return re.sub(r"[\W_]+", "", fold(text))
