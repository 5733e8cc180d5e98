"""What the index will make of a type's fields: numbers of people that it would show, dates it would not find."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.typechecks import Remark, line_of, remark
from schemas.types import DocumentType
from search.projection import plays

_WANTED = {"date": ("dates", "…_date"), "name": ("names", "…_name")}
_PERSONAL = ("cccd", "person_id")


def role_remarks(kind: DocumentType, text: str) -> Iterator[Remark]:
    """Fields whose names do not tell the index what they are; `text` is the file's, for the lines."""
    for index, rule in enumerate(kind.fields):
        line = line_of(text, ("fields", index, "name"))
        if rule.kind in _PERSONAL and not plays(rule.name, "personal_numbers"):
            yield remark("in_the_clear", line, field=rule.name, near=f"{rule.name}_id")
        role, near = _WANTED.get(rule.kind, ("", ""))
        if role and not plays(rule.name, role):
            yield remark("not_found_by", line, field=rule.name, near=near, kind=rule.kind)
