"""Document types as data files: what identifies a paper, which fields it has and where they stand on it.

A type is one TOML file in `schemas/document_types/`; a province adds one (or replaces one by the same id) in a folder
of its own, without touching code.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError, model_validator
from pydantic import Field as Attribute
from pydantic_core import PydanticCustomError

from schemas.errors import BadSetting

BUILT_IN = Path(__file__).parent / "document_types"

Kind = Literal[
    "text", "name", "date", "choice", "cccd", "person_id", "mst", "code", "number", "money", "area", "agency",
    "place", "address", "notation", "list",
]  # fmt: skip
Where = Literal[
    "after_label",  # on the label's line, up to the next label
    "below_label",  # on the line under the label
    "pattern",  # wherever on the first page the field's pattern stands
    "header_agency", "header_parent", "header_number", "header_notation", "header_place", "header_date",
    "title", "subject", "signer", "authority", "signature_agency",
    "qr", "mrz",
]  # fmt: skip
_AS_IT_STANDS = ("text", "code", "agency", "notation", "place")  # kinds whose values are the printed words
Id = Attribute(pattern=r"^[a-z][a-z0-9_]*$")


def _fault(code: str, message: str, **values: str) -> PydanticCustomError:
    """A fault of a type file with a stable code, so that `motlan types check` can say it in Vietnamese."""
    return PydanticCustomError(code, message, values)


def _known(what: str, name: str | None, names: Iterable[str], *, of: str) -> None:
    if name is not None and name not in names:
        raise _fault(f"unknown_{what}", f"{{of}} refers to the unknown {what} '{{name}}'", of=of, name=name)


def _strokes(labels: tuple[str, ...]) -> tuple[str, ...]:
    """A stroke between two words ("thường trú/tạm trú") makes one word of them where it is printed without spaces:
    such a label stands for both ways of printing it."""
    joined = (re.sub(r"(?<=\w)/(?=\w)", "", label) for label in labels)
    return tuple(dict.fromkeys((*labels, *joined)))


Labels = Annotated[tuple[str, ...], AfterValidator(_strokes)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Anchor(_Part):
    """Words that speak for this type wherever they stand on the paper."""

    text: str = Attribute(min_length=2)
    weight: float = Attribute(default=1.0, gt=0)


class TypeName(_Part):
    """One name an administrative document can carry in its title, with its abbreviation in the notation. A name that is
    never printed as a title (công văn) has `titled = false`."""

    name: str
    abbreviation: str
    titled: bool = True
    copy_form: bool = False


class Scope(_Part):
    """A part of the form that repeats labels of other parts: it begins at its first anchor and ends where another scope
    begins; scopes that begin side by side share the page by columns."""

    id: str = Id
    anchors: Labels = Attribute(min_length=1)
    needs: tuple[str, ...] = ()  # other scopes without which this one cannot be told apart


class FieldRule(_Part):
    """A field: its label variants as printed, where to look, how its value is written, and the rules it must obey."""

    name: str = Id
    label: str
    kind: Kind
    labels: Labels = ()
    where: tuple[Where, ...] = ("after_label",)
    scope: str | None = None
    required: bool = False
    by_hand: bool = False  # usually filled in by hand: OCR alone is never accepted
    confirm: bool = False  # printed, but nothing shows whether it was read whole: OCR alone is never accepted
    order: Literal["paper", "labels"] = "paper"  # which of several finds counts: the first on the paper, or by labels
    lines: int = Attribute(default=1, ge=1, le=8)  # how many lines a value may run over
    choices: tuple[str, ...] = ()
    pattern: str | None = None
    words_label: Labels = ()  # label of the same value written in words
    sex_field: str | None = None
    birth_field: str | None = None
    not_before: str | None = None  # name of a date field

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if {"after_label", "below_label"} & set(self.where) and not self.labels:
            raise _fault("no_labels", "field '{field}' looks beside a label but has no labels", field=self.name)
        if self.kind == "choice" and not self.choices:
            raise _fault("no_choices", "field '{field}' is a choice without choices", field=self.name)
        if "pattern" in self.where and not self.pattern:
            raise _fault("no_pattern", "field '{field}' looks for a pattern but has none", field=self.name)
        if "pattern" in self.where and self.kind not in _AS_IT_STANDS:
            raise _fault(
                "pattern_as_it_stands",
                "field '{field}': what a pattern finds is kept as it stands, not made a {kind}",
                field=self.name,
                kind=self.kind,
            )
        _check_pattern(self.pattern)
        return self


def _check_pattern(pattern: str | None) -> None:
    try:
        re.compile(pattern or "")
    except re.error as error:
        raise _fault(
            "bad_pattern", "pattern '{pattern}' is no regular expression: {why}", pattern=pattern or "", why=str(error)
        ) from error


class SubjectRule(_Part):
    """Whom the paper is about: which fields hold the name and the number."""

    role: str = Id
    name: str | None = None
    number: str | None = None
    id_kind: Literal["cccd", "mst", "person"] = "cccd"


class DocumentType(_Part):
    """One kind of paper. `version` grows with every change of meaning; manifests record it."""

    id: str = Id
    name: str
    version: int = Attribute(ge=1)
    titles: tuple[str, ...] = ()
    title_starts: tuple[str, ...] = ()  # a title may go on after these words
    qr_pattern: str | None = None  # what the paper's QR code says
    special_of: str | None = None  # a wider type that has the same title
    special_words: Labels = ()  # what its first page says where it is this special kind
    type_names: tuple[TypeName, ...] = ()
    anchors: tuple[Anchor, ...] = ()
    scopes: tuple[Scope, ...] = ()
    stops: Labels = ()  # labels of the form that are no fields of ours
    fields: tuple[FieldRule, ...] = Attribute(min_length=1)
    subjects: tuple[SubjectRule, ...] = ()
    access_level: Literal["public", "internal", "personal", "sensitive"] = "personal"
    validity_months: int | None = Attribute(default=None, ge=1)
    retention_years: int | Literal["permanent"] = "permanent"

    @model_validator(mode="after")
    def _refers_to_itself_only(self) -> Self:
        _check_pattern(self.qr_pattern)
        if bool(self.special_of) != bool(self.special_words):
            raise _fault("special_alone", "special_of and special_words go together")
        if not (self.titles or self.title_starts or self.type_names or self.special_of or self.qr_pattern):
            raise _fault("no_titles", "nothing names this type: it needs titles, a qr_pattern or special_of")
        names = [f.name for f in self.fields]
        doubled = sorted({n for n in names if names.count(n) > 1})
        if doubled:
            raise _fault("named_twice", "fields named twice: {fields}", fields=", ".join(doubled))
        scopes = {s.id for s in self.scopes}
        for f in self.fields:
            _known("scope", f.scope, scopes, of=f"field '{f.name}'")
            for other in (f.sex_field, f.birth_field, f.not_before):
                _known("field", other, names, of=f"field '{f.name}'")
        for scope in self.scopes:
            for other in scope.needs:
                _known("scope", other, scopes, of=f"scope '{scope.id}'")
        for s in self.subjects:
            for other in (s.name, s.number):
                _known("field", other, names, of=f"subject '{s.role}'")
        return self

    def field(self, name: str) -> FieldRule | None:
        """The field of that name, or None."""
        return next((f for f in self.fields if f.name == name), None)

    @property
    def all_titles(self) -> tuple[str, ...]:
        """Everything that may stand as this type's title."""
        return self.titles + tuple(t.name.upper() for t in self.type_names if t.titled)


@dataclass(frozen=True)
class TypeCatalogue:
    """All types this installation knows, by id."""

    types: Mapping[str, DocumentType]

    @classmethod
    def load(cls, folder: Path | None = None) -> TypeCatalogue:
        """The built-in types, and those of `folder`, which may replace built-in ones by their id. Raises BadSetting
        that names the file and the key."""
        types: dict[str, DocumentType] = {}
        for place in (BUILT_IN, folder):
            here: dict[str, Path] = {}
            for path in sorted(place.glob("*.toml")) if place is not None else []:
                kind = load_type(path)
                if kind.id in here:
                    raise BadSetting(
                        name="document_types", detail=f"{path.name}: id {kind.id} is already in {here[kind.id].name}"
                    )
                here[kind.id] = path
                types[kind.id] = kind
        for kind in types.values():
            if kind.special_of is not None and kind.special_of not in types:
                raise BadSetting(
                    name="document_types", detail=f"{kind.id}: special_of names the unknown type {kind.special_of!r}"
                )
        return cls.of(types.values())

    @classmethod
    def of(cls, kinds: Iterable[DocumentType]) -> TypeCatalogue:
        """These types; of two with one id the later. A form's own title comes before a letter's: a citizen's "GIẤY ỦY
        QUYỀN" is no văn bản hành chính of that name."""
        types = {kind.id: kind for kind in kinds}
        return cls(dict(sorted(types.items(), key=lambda item: bool(item[1].type_names))))

    def get(self, type_id: str) -> DocumentType | None:
        """The type of that id; None for one this installation does not know ("unknown" among them)."""
        return self.types.get(type_id)

    def __iter__(self) -> Iterator[DocumentType]:
        return iter(self.types.values())


def load_type(path: Path) -> DocumentType:
    """Read one data file. Raises BadSetting that names the file and the key."""
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSetting(name="document_types", detail=f"{path.name}: {error}") from error
    try:
        return DocumentType.model_validate(raw)
    except ValidationError as error:
        raise BadSetting(name="document_types", detail=f"{path.name}: {_faults(error)}") from error


def _faults(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(str(part) for part in fault['loc']) or 'file'}: {fault['msg']}" for fault in error.errors()
    )
