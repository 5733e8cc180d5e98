"""What one source says about one field, before anything is decided."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from ingest.sheet import Line, spot_of
from schemas.evidence import Witness, WitnessSource
from schemas.reading import Box, PageReading

PageSource = Literal["ocr", "text_layer"]


@dataclass(frozen=True)
class Found:
    """A value found on a page or told by a witness beside it. `raw` is what stands there, `value` its normal form (None
    where it has none), `confidence` that of the weakest word; `partial` are the parts read of an unreadable date."""

    raw: str
    value: str | None
    source: WitnessSource
    confidence: float
    page: int | None = None
    box: Box | None = None
    engine: str = ""
    config: str = ""
    words_value: str | None = None  # the same value as written out in words beside it
    snapped: int = 0  # edit distance to the entry of a closed list
    partial: dict[str, str] = field(default_factory=dict)
    unsure: bool = False  # the place it was found at is not the one it should be at
    structural: bool = False  # confirmed by the layout's own redundancy (check digits, title and notation …)

    def witness(self) -> Witness:
        """For the record's evidence."""
        return Witness(
            source=self.source,
            value=self.value if self.value is not None else self.raw,
            confidence=round(self.confidence, 3),
            page=self.page,
            box=self.box,
            engine=self.engine,
            config=self.config,
        )


def on_page(line: Line, value: str | None, reading: PageReading, **more: object) -> Found:
    """What the words of a line say."""
    source: PageSource = "text_layer" if reading.source == "text_layer" else "ocr"
    return Found(
        raw=line.text,
        value=value,
        source=source,
        confidence=line.confidence,
        page=line.page,
        box=spot_of(line.tokens),
        engine=reading.engine,
        config=reading.config,
        **more,  # type: ignore[arg-type]  # keyword arguments of Found, checked there
    )
