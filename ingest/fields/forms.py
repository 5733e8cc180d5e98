"""Fields of printed forms: the words after a label, up to the next label, within the part of the form it belongs to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from ingest import places
from ingest.agencies import ends_in_unknown_province
from ingest.evidence import Found, on_page
from ingest.fields import kinds
from ingest.fields.cells import in_rows
from ingest.fields.numerals import date_in_words, number_in_words
from ingest.naming import Title
from ingest.phrases import ends_open
from ingest.sheet import Hit, Line, Sheet, Token, find_labels
from ingest.vocabulary import words
from schemas.types import DocumentType, FieldRule
from schemas.vietnamese import nfc, tone_style

_SLACK = 0.006  # of the page's height: lines of two columns stand a little askew
_FULL_LINE = 0.14  # of the width: a value that ends nearer to the right edge may go on in the next line
_RUNNING = ("name", "address", "agency", "text")  # kinds that may run over a line
_IN_DIGITS = ("cccd", "person_id")
_LABEL_WORDS = 7
_TORN = 0.035  # of the page's width: columns of a form stand farther apart
_SAME_ROW = 0.5  # of a line's height
_REMAINS = 4
_SPACE = 0.012  # of the page's width: the widest space between words
_COUNTRY = "viet nam"
_HOLE = 1.6  # times the usual step between lines
_LONGEST_LIST = 20
_BULLET = re.compile(r"\s*[-+*•–]")
_NUMBERING = re.compile(r"^\W*(?:\d{1,2}[.)]|[-+*•–])\s*")
_PLACE_DATE = re.compile(r"[^\d:]{2,40},\s*ng[àa]y\b")
_ENUMERATOR = re.compile(r"(\(?\d{1,2}(\.\d{1,2})*[.)]|[a-zđ]\)|[IVX]+\.|[*+-])$")


@dataclass(frozen=True)
class Region:
    """A part of the paper: from one place (page, y) to another, between two x."""

    start: tuple[int, float] = (0, 0.0)
    end: tuple[int, float] = (10**6, 1.0)
    x0: float = 0.0
    x1: float = 1.0

    def holds(self, token: Token) -> bool:
        return self.start <= (token.page, token.y) < self.end and self.x0 <= token.x < self.x1


class Form:
    """A paper's lines with all labels of its type found once; none stands in its `title`."""

    def __init__(self, kind: DocumentType, sheets: Sequence[Sheet], title: Title | None = None) -> None:
        self._sheets = {sheet.page: sheet for sheet in sheets}
        named = {id(token) for line in title.lines for token in line.tokens} if title is not None else set()
        lines = [line for sheet in sheets for line in sheet.lines if id(line.tokens[0]) not in named]
        own = {label for rule in kind.fields for label in (*rule.labels, *rule.words_label)} | set(kind.stops)
        self.lines, hits, self._begun_above = in_rows(lines, sorted(own | set(words("form_labels"))))
        self._hits = [hit for hit in hits if hit.label in own or self._has_colon(hit)]
        self._regions = _regions(kind, self.lines)
        self._scoped = {scope.id for scope in kind.scopes}

    def _has_colon(self, hit: Hit) -> bool:
        """What is a label on other forms is one here only with its colon."""
        return self.lines[hit.line].tokens[hit.end - 1].text.endswith(":")

    def find(self, rule: FieldRule) -> list[Found]:
        """The values that stand after (or under) the field's labels, in the order of the paper."""
        region, astray = self._region(rule), False
        if region is None:  # its part of the form is not marked: what stands there once only is shown, never accepted
            astray = sum(hit.label in rule.labels for hit in self._hits) == 1
            if not astray:
                return []
            region = Region()
        found: list[tuple[Hit, Found]] = []
        for hit in self._hits:
            if hit.label not in rule.labels or not region.holds(self.lines[hit.line].tokens[hit.start]):
                continue
            if rule.kind == "list":
                found += self._listed(hit)
                continue
            value = self._value(hit, rule, region)
            if value is not None:
                one = self._found(value[0], rule, hit, region)
                again = rule.kind == "name" and self._stands_again(one, hit.line)
                unsure = not value[1] or _is_cut(one, rule) or hit.line in self._begun_above
                unsure = (
                    unsure
                    or astray
                    or self._is_torn(value[0], region)
                    or (rule.kind in _RUNNING and _holds_a_label(value[0]))
                )
                found.append((hit, replace(one, unsure=unsure, repeated=again and not unsure)))
        if rule.order == "labels":
            found.sort(key=lambda pair: rule.labels.index(pair[0].label))
            return [replace(one, unsure=one.unsure or hit.label != rule.labels[0]) for hit, one in found]
        return [one for _, one in found]

    def _is_torn(self, value: Line, region: Region) -> bool:
        """Words stand so near behind it in another block that the layout may have torn a line in two."""
        last = value.tokens[-1]
        return any(
            0 <= token.box.x0 - last.box.x1 < _TORN and abs(token.y - last.y) < _SAME_ROW * last.box.height
            for line in self.lines
            if line.page == value.page and line.block != value.block and region.holds(token := line.tokens[0])
        )

    def _stands_again(self, found: Found, line: int) -> bool:
        """Another line of the paper has the same name, letter by letter, in the other case: a recogniser that misreads
        the same shapes in the same way twice ("THĂNG") is no second witness."""
        if found.value is None:
            return False
        capitals = found.raw.isupper()
        name = re.compile(rf"(?<!\w){re.escape(tone_style(found.value))}(?!\w)", re.IGNORECASE)
        matches = (name.search(tone_style(other.text)) for number, other in enumerate(self.lines) if number != line)
        return any(match is not None and match[0].isupper() != capitals for match in matches)

    def _listed(self, hit: Hit) -> list[tuple[Hit, Found]]:
        """The lines under a label, down to the next label, as one value: "A; B; C"."""
        parts, texts = list[Line](), list[list[str]]()
        for number in range(hit.line + 1, min(hit.line + 1 + _LONGEST_LIST, len(self.lines))):
            line = self.lines[number].trimmed()
            above = parts[-1] if parts else self.lines[hit.line]
            if any(other.line == number and other.start <= 2 for other in self._hits):
                break
            if line is None or line.page != above.page or line.box.y0 - above.box.y1 > 2 * above.box.height:
                break
            parts.append(line)
            bullet = _BULLET.match(self.lines[number].text)  # a dash is no letter, and trimmed away
            said = (line.text, line.likeliest, line.seen.text if line.seen is not None else "")
            texts.append([f"{bullet[0]} {text}" if bullet else text for text in said])
        if not parts:
            return []
        whole = Line(tuple(token for part in parts for token in part.tokens), parts[0].page, parts[0].block)
        found = on_page(whole, str, self._sheets[whole.page].reading)
        own, likeliest, seen = (_as_list(lines) for lines in zip(*texts, strict=True))
        again = found.again and replace(found.again, value=seen)
        apart = len(parts) == 1 or any(_NUMBERING.match(text) for text, _, _ in texts)
        found = replace(found, value=own, likeliest=found.likeliest and likeliest, again=again, unsure=not apart)
        return [(hit, found)]

    def _region(self, rule: FieldRule) -> Region | None:
        return Region() if rule.scope is None else self._regions.get(rule.scope)

    def _value(self, hit: Hit, rule: FieldRule, region: Region) -> tuple[Line, bool] | None:
        line = self.lines[hit.line]
        after = [h.start for h in self._hits if h.line == hit.line and h.start >= hit.end]
        stop = min((at for at in after if region.x0 <= line.tokens[at].x < region.x1), default=len(line.tokens))
        tokens = [token for token in line.tokens[hit.end : stop] if region.x0 <= token.x < region.x1]
        while tokens and tokens[0].text.endswith(":") and len(tokens[0].core) <= _REMAINS:
            tokens.pop(0)  # a part of the label that the recogniser read as a word of its own
        value = Line(tuple(tokens), line.page, line.block).trimmed() if tokens else None
        whole = stop == len(line.tokens)  # a label of the other column ends nothing
        if value is not None and not whole:
            value = _without_number(value)
        if value is not None and (own := _before_a_label(value)) is not value:
            return (own, True) if own is not None else None
        if value is None and whole and ("below_label" in rule.where or rule.lines > 1):
            under = self._next(hit.line, region)
            return self._wrapped(under[0], under[1], rule, region) if under else None
        if value is None:
            return None
        return self._wrapped(hit.line, value, rule, region) if whole else (value, True)

    def _wrapped(self, index: int, value: Line, rule: FieldRule, region: Region) -> tuple[Line, bool]:
        """The value with the lines it runs on in, and whether it is surely whole: a line that ends at the edge, with a
        hole under it, may have gone on, and so may one with a line under it that bears no label."""
        tokens, last, taken = list(value.tokens), value, 1
        following = self._next(index, region)
        while following is not None and self._goes_on(tokens, taken, following[1], rule, region):
            index, last = following
            tokens, taken = [*tokens, *last.tokens], taken + 1
            following = self._next(index, region)
        ended = rule.kind == "text" and last.text.endswith(".")
        ended = ended or (rule.kind == "name" and kinds.is_followed(last.text)) or _ends_in_province(tokens, rule)
        more = following is not None and rule.kind in _RUNNING
        lost = self._is_full(last, region) and self._hole_under(last, region)
        return Line(tuple(tokens), value.page, value.block), ended or not (more or lost)

    def _goes_on(self, tokens: Sequence[Token], taken: int, following: Line, rule: FieldRule, region: Region) -> bool:
        """The line is full, ends open, or is still without the digits that are looked for; and what follows would have
        found no room on it. Nothing follows a province but the country."""
        last = Line(tuple(tokens), following.page)
        if rule.kind in (*_RUNNING, "code") and rule.kind != "name" and ends_open(last.text):
            return True
        if taken >= rule.lines:
            return False
        if rule.kind == "text" and last.text.endswith("."):
            return False
        if rule.kind in _IN_DIGITS and not any(char.isdigit() for token in tokens for char in token.text):
            return True
        if _ends_in_province(tokens, rule):
            return following.folded.startswith(_COUNTRY)
        return self._is_full(last, region) and not self._has_room(last, following.tokens[0], region)

    def _has_room(self, line: Line, word: Token, region: Region) -> bool:
        """The word would have found room at the end of the line: it begins something new."""
        room = self._edge(line, region) - line.tokens[-1].box.x1
        return word.text[:1].isupper() and room > word.box.width + _SPACE

    def _is_full(self, line: Line, region: Region) -> bool:
        """The line ends so near the edge that another word may not have found room."""
        room = self._edge(line, region) - line.tokens[-1].box.x1
        return room <= _FULL_LINE * (min(1.0, region.x1) - region.x0)

    def _edge(self, line: Line, region: Region) -> float:
        """Where lines end on the right."""
        edge = min(self._sheets[line.page].right_edge, region.x1)
        if region.x1 < 1 or region.x0 > 0:  # a column may be set narrower than the page
            inside = [t.box.x1 for other in self._sheets[line.page].lines for t in other.tokens if region.holds(t)]
            edge = min(edge, max(inside, default=edge))
        return edge

    def _hole_under(self, line: Line, region: Region) -> bool:
        """The next line of the column stands lower than lines of this page do, and not because the value beside it in
        another column has a line more."""
        sheet = self._sheets[line.page]
        below = [t.y - line.y for other in sheet.lines for t in other.tokens if t.core and region.holds(t)]
        step = min((gap for gap in below if gap > 0.6 * line.box.height), default=0.0)
        beside = [t.y - line.y for other in sheet.lines for t in other.tokens if t.core and not region.holds(t)]
        explained = any(0.6 * line.box.height < gap < step - 0.6 * line.box.height for gap in beside)
        return step > _HOLE * sheet.line_step and not explained

    def _next(self, index: int, region: Region) -> tuple[int, Line] | None:
        """The next line of the same column, unless something new begins there."""
        line = self.lines[index]
        for number in range(index + 1, min(index + 4, len(self.lines))):
            candidate = self.lines[number]
            tokens = [token for token in candidate.tokens if region.holds(token)]
            below = Line(tuple(tokens), candidate.page, candidate.block).trimmed() if tokens else None
            if candidate.page != line.page or candidate.box.y0 - line.box.y1 > 2 * max(line.box.height, 0.01):
                return None
            if below is None or below.box.x0 > line.box.x1:
                continue
            labelled = any(hit.line == number and hit.start <= 2 for hit in self._hits)
            labelled = labelled or any(token.text.endswith(":") for token in below.tokens[:_LABEL_WORDS])
            labelled = labelled or _PLACE_DATE.match(nfc(below.text)) is not None
            begins = _ENUMERATOR.match(below.tokens[0].text) or below.tokens[0].text.startswith(("(", "-"))
            return None if labelled or begins else (number, below)
        return None

    def _found(self, value: Line, rule: FieldRule, hit: Hit, region: Region) -> Found:
        reading, words = self._sheets[value.page].reading, self._in_words(value, rule, hit, region)
        if rule.kind != "choice":
            form = partial(kinds.normal, rule)
            return on_page(value, form, reading, weak=_relevant(value, rule), words_value=words)
        _, snap, count = kinds.choice_at_start(value.text, rule.choices)
        weak = Line(value.tokens[:count], value.page, value.block)
        return on_page(
            value, lambda text: kinds.choice_at_start(text, rule.choices)[0], reading, weak=weak, snapped=snap
        )

    def _bracketed(self, value: Line, hit: Hit) -> str:
        """What stands in brackets behind a value, with the next line where the bracket is still open."""
        text = value.text.partition("(")[2]
        if text and ")" not in text and hit.line + 1 < len(self.lines):
            text += " " + self.lines[hit.line + 1].text
        return text.partition(")")[0]

    def _in_words(self, value: Line, rule: FieldRule, hit: Hit, region: Region) -> str | None:
        """The same value written out: in brackets behind it, or under a label of its own nearby."""
        texts = [self._bracketed(value, hit)]
        for other in self._hits:
            if other.label in rule.words_label and hit.line <= other.line <= hit.line + 2:
                line = self._value(other, rule.model_copy(update={"lines": 3}), region)
                texts += [line[0].text] if line else []
        for text in texts:
            words = _words_value(text, rule)
            if words is not None:
                return words
        return None


def _as_list(lines: Sequence[str]) -> str:
    """Lines as items: one without a number of its own goes on with the item above."""
    items: list[str] = []
    for line in lines:
        text = kinds.cleaned(_NUMBERING.sub("", line))
        if items and not _NUMBERING.match(line):
            items[-1] += f" {text}"
        else:
            items.append(text)
    return "; ".join(items)


def _without_number(value: Line) -> Line | None:
    """The value without the number of the label behind it: "Kinh    5. Quốc tịch"."""
    if not _ENUMERATOR.match(value.tokens[-1].text) or value.tokens[-1].text in "*+-":
        return value
    return Line(value.tokens[:-1], value.page, value.block).trimmed() if len(value.tokens) > 1 else None


def _holds_a_label(value: Line) -> bool:
    """A colon behind a word of it: a part of its own label, or another label that was not known."""
    return any(token.text.endswith(":") and token.core and not token.core.isdigit() for token in value.tokens)


def _before_a_label(value: Line) -> Line | None:
    """The value without what stands apart behind it under a label of its own that nobody knows: "HOA    Họ khác: …"."""
    for count, run in enumerate(value.runs[1:], 1):
        if any(token.text.endswith(":") and len(token.core) > 1 for token in run.tokens[:_LABEL_WORDS]):
            tokens = [token for part in value.runs[:count] for token in part.tokens]
            return Line(tuple(tokens), value.page, value.block).trimmed()
    return value


def _ends_in_province(tokens: Sequence[Token], rule: FieldRule) -> bool:
    """An address that has come to its province is whole."""
    return rule.kind in ("address", "agency") and places.ends_in_province(" ".join(token.text for token in tokens))


def _is_cut(found: Found, rule: FieldRule) -> bool:
    """An address or agency that ends in a comma, or in a province that does not exist, was not read to its end."""
    if rule.kind not in ("address", "agency", "place"):
        return False
    return found.raw.rstrip(" .").endswith(",") or ends_in_unknown_province(found.value or "")


def _relevant(value: Line, rule: FieldRule) -> Line:
    """Only the words the value is made of count for its confidence: a date's, a number's, not what stands around."""
    if rule.kind in ("cccd", "person_id", "mst", "money", "area", "number", "code", "date"):
        tokens = [token for token in value.tokens if any(char.isdigit() for char in token.text)]
        if rule.kind in ("area", "money", "number"):
            tokens = tokens[:1]
        if tokens:
            return Line(tuple(tokens), value.page, value.block)
    return value


def _words_value(text: str, rule: FieldRule) -> str | None:
    if rule.kind == "date":
        found = date_in_words(text)
        return found.isoformat() if found else None
    if rule.kind == "money":
        number = number_in_words(re.sub(r"\s*đồng.*", "", text))
        return str(number) if number else None
    if rule.kind == "area":
        whole, comma, rest = re.sub(r"\s*mét vuông.*", "", text.lower().replace("bằng chữ", "")).partition("phẩy")
        number, tenth = number_in_words(whole), number_in_words(rest) if comma else None
        if number is None or (comma and tenth is None):
            return None
        return f"{number}.{tenth}" if comma else str(number)
    return None


def _regions(kind: DocumentType, lines: Sequence[Line]) -> dict[str, Region]:
    """Where each scope of the form lies on this paper."""
    owner = {anchor: scope.id for scope in kind.scopes for anchor in scope.anchors}
    first: dict[str, Token] = {}
    for hit in find_labels(lines, sorted(owner)):
        first.setdefault(owner[hit.label], lines[hit.line].tokens[hit.start])
    needs = {scope.id: scope.needs for scope in kind.scopes}
    regions = {}
    for scope, token in first.items():
        beside = [t for s, t in first.items() if s != scope and _beside(t, token)]
        below = [
            (t.page, t.y - _SLACK)
            for t in first.values()
            if (t.page, t.y) > (token.page, token.y) and not _beside(t, token)
        ]
        right = min((t.box.x0 - 0.01 for t in beside if t.box.x0 > token.box.x0), default=1.0)
        left = token.box.x0 - 0.01 if any(t.box.x0 < token.box.x0 for t in beside) else 0.0
        if not all(other in first for other in needs[scope]):
            continue
        regions[scope] = Region((token.page, token.y - _SLACK), min(below, default=(10**6, 1.0)), left, right)
    return regions


def _beside(a: Token, b: Token) -> bool:
    return a.page == b.page and abs(a.y - b.y) < 2 * _SLACK and abs(a.box.x0 - b.box.x0) > 0.2
