"""The portal's words: one catalogue a language and area, in `portal/catalogue/LANGUAGE/AREA.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("catalogue")
LANGUAGES = ("vi", "en")


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


class Texts:
    """Texts of one language; `texts("batches.count", n=3)` fills placeholders. Raises KeyError for an unknown key."""

    def __init__(self, language: str) -> None:
        self.language = language if language in LANGUAGES else LANGUAGES[0]
        self._texts = catalogue(self.language)

    def __call__(self, key: str, **values: Any) -> str:
        return self._texts[key].format(**values)

    def get(self, key: str, default: str) -> str:
        """The text of a key that may be missing (a code of an enumeration)."""
        return self._texts.get(key, default)
