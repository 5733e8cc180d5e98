"""The portal's words: one catalogue a language and area, in `portal/catalogue/LANGUAGE/AREA.toml`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from schemas.errors import MotlanError, by_code, fill

FOLDER = Path(__file__).with_name("catalogue")
LANGUAGES = ("vi", "en")
REASONS = "reasons."  # the area of what the rooms below say in an error's details
_PLACE = re.compile(r"\{([a-z]+)\}")


@cache
def catalogue(language: str) -> dict[str, str]:
    """All texts of a language by `area.key`; tables inside an area make longer keys."""
    return {
        f"{path.stem}.{key}": text
        for path in sorted((FOLDER / language).glob("*.toml"))
        for key, text in _flat(tomllib.loads(path.read_text("utf-8")))
    }


def _flat(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from ((f"{key}.{inner}", text) for inner, text in _flat(value))
        else:
            yield key, value


@cache
def _reasons(language: str) -> list[tuple[re.Pattern[str], str]]:
    """The reasons that a language has words for, as patterns of what the rooms below say; the wordiest first."""
    known = {key.removeprefix(REASONS): text for key, text in catalogue(language).items() if key.startswith(REASONS)}
    wordy = sorted(known, key=lambda said: -len(_PLACE.sub("", said)))
    return [(re.compile(_pattern(said), re.DOTALL), known[said]) for said in wordy]


def _pattern(said: str) -> str:
    literal, *rest = _PLACE.split(said)
    pairs = zip(rest[::2], rest[1::2], strict=True)
    return re.escape(literal) + "".join(f"(?P<{name}>.+?){re.escape(text)}" for name, text in pairs)


class Texts:
    """Texts of one language; `texts("batches.count", n=3)` fills placeholders; of one thing (`n=1`) the words of
    `one.batches.count` are taken. Raises KeyError for an unknown key."""

    def __init__(self, language: str) -> None:
        self.language = language if language in LANGUAGES else LANGUAGES[0]
        self._texts = catalogue(self.language)

    def __call__(self, key: str, **values: Any) -> str:
        text = self._texts[key]
        return (self._texts.get(f"one.{key}", text) if values.get("n") == 1 else text).format(**values)

    def get(self, key: str, default: str) -> str:
        """The text of a key that may be missing (a code of an enumeration)."""
        return self._texts.get(key, default)

    def error(self, error: MotlanError) -> str:
        """What an error says to a person. The names of fields and the reasons in it are in this language too."""
        details = {name: self._detail(name, value) for name, value in error.details.items()}
        return fill(self.get(f"errors.{error.code}", error.vi), details)

    def code(self, code: str) -> str:
        """What the stable code of a doubt or an error says by itself; the code where it is not known."""
        kind = by_code(code)
        return self.error(kind()) if kind.code == code else self.get(f"review.doubt.{code}", code)

    def reason(self, said: str) -> str:
        """A reason out of an error's details; as it is where this language has no words for it."""
        for pattern, words in _reasons(self.language):
            found = pattern.fullmatch(said)
            if found:
                return words.format(**{name: self.reason(text) for name, text in found.groupdict().items()})
        return said

    def _detail(self, name: str, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return self.get(f"fields.{value}", self.reason(value)) if name == "field" else self.reason(value)
