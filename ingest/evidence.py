"""What one source says about one field, before anything is decided."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

from ingest.sheet import Line, spot_of
from schemas.evidence import Witness, WitnessSource
from schemas.reading import Box, PageReading

PageSource = Literal["ocr", "text_layer"]


@dataclass(frozen=True)
class Again:
    """What the second reader saw at a value's place, in the same normal form (value None where it has none)."""

    raw: str
    value: str | None
    confidence: float
    engine: str
    unsure: bool = False
    written: str = ""


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
    written: str = ""  # the letters read at the place that is usually filled in by hand, value or not
    unsure: bool = False  # the place it was found at is not the one it should be at
    structural: bool = False  # confirmed by the layout's own redundancy (check digits, title and notation …)
    repeated: bool = False  # the same reader saw the same at another place of the paper, set in other letters
    likeliest: str | None = None  # the value word by word as the likelier of two readers saw it
    again: Again | None = None  # None where nobody looked a second time
    together: float | None = None  # how sure both readers are of the word they doubt most; None: not told word by word
    pen: bool = False  # the word of the reader of hand-written digits, which sees nothing but these

    def in_form(self, form: Callable[[str], str]) -> Found:
        """With the value, and what the second reader saw, brought to a further normal form."""
        again = self.again
        if again is not None and again.value is not None:
            again = replace(again, value=form(again.value))
        value, likeliest = (form(text) if text is not None else None for text in (self.value, self.likeliest))
        return replace(self, value=value, likeliest=likeliest, again=again)

    def readable(self) -> Found:
        """With the second reader's word in the first place, where only that has a value."""
        again = self.again
        if self.value is not None or again is None or again.value is None:
            return self
        first = Again(self.raw, None, self.confidence, self.engine, self.unsure, self.written)
        return replace(
            self,
            raw=again.raw,
            value=again.value,
            source="second_ocr",
            confidence=again.confidence,
            engine=again.engine,
            written=again.written,
            again=first,
        )

    def second(self) -> Found | None:
        """The other reader's word as a witness of its own."""
        if self.again is None or not (self.again.raw or self.again.value):
            return None
        return Found(
            raw=self.again.raw,
            value=self.again.value,
            source="ocr" if self.source == "second_ocr" else "second_ocr",
            confidence=self.again.confidence,
            page=self.page,
            box=self.box,
            engine=self.again.engine,
            config=self.config,
            words_value=self.words_value,
            written=self.again.written,
            unsure=self.unsure or self.again.unsure,
            together=self.together,
        )

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


def on_page(
    line: Line, form: Callable[[str], str | None], reading: PageReading, *, weak: Line | None = None, **more: object
) -> Found:
    """What the words of a line say, to each of its readers; `form` is the way from the text to the value. Only the
    words of `weak` (the line's, where it is None) count for confidence and place: what stands around them need not have
    been read again."""
    source: PageSource = "text_layer" if reading.source == "text_layer" else "ocr"
    weak = weak or line
    sure, seen = weak.seen, line.seen_text
    again = Again(seen, form(seen) or None, sure.confidence, sure.engine) if sure else None
    return Found(
        raw=weak.text,
        value=form(line.text),
        source=source,
        confidence=weak.confidence,
        page=line.page,
        box=spot_of(weak.tokens),
        engine=reading.engine,
        config=reading.config,
        likeliest=form(line.likeliest) if again else None,
        again=again,
        together=weak.together if sure else None,
        **more,  # type: ignore[arg-type]  # keyword arguments of Found, checked there
    )
