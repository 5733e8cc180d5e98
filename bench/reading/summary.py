"""From papers to figures: sums over a set and a damage, the tables people read, the points of the curves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from rapidfuzz.distance import Levenshtein

from bench.reading.engines import OURS
from bench.reading.goals import goals_table
from bench.reading.papers import AS_SCANNED, FOREIGN, SCANS, SPECIMENS
from bench.reading.results import ID_KINDS, SIGNER, FieldResult, PaperResult
from bench.reading.scoring import TextScore


@dataclass
class Count:
    """Of some fields: how many are there in truth, read right, accepted without a person, and accepted though wrong."""

    there: int = 0
    right: int = 0
    accepted: int = 0
    wrong: int = 0

    def add(self, one: FieldResult) -> None:
        """Count a field in. One that is not on the paper counts only where a value was accepted for it."""
        self.there += one.truth is not None
        self.right += one.truth is not None and one.right
        self.accepted += one.accepted
        self.wrong += one.wrong

    def as_dict(self) -> dict[str, float | int | None]:
        """With the rates: exact and coverage of what is there, precision of what is accepted."""
        return {
            "there": self.there,
            "right": self.right,
            "accepted": self.accepted,
            "wrong": self.wrong,
            "exact": self.right / self.there if self.there else None,
            "coverage": (self.accepted - self.wrong) / self.there if self.there else None,
            "precision": 1 - self.wrong / self.accepted if self.accepted else None,
        }


@dataclass
class Group:
    """Papers that belong together."""

    papers: list[PaperResult] = field(default_factory=list)

    def fields(self, wanted: Callable[[FieldResult], bool]) -> Count:
        """Count the wanted fields."""
        count = Count()
        for paper in self.papers:
            for one in paper.fields:
                if wanted(one):
                    count.add(one)
        return count

    def compared(self) -> list[PaperResult]:
        """Papers that every reader read: only on these do readers stand side by side. Pages whose text came from a text
        layer were not read by us at all."""
        readers = {name for paper in self.papers for name in (*paper.texts, *paper.failures)}
        return [
            paper for paper in self.papers if readers <= set(paper.texts) and "text_layer" not in paper.reading_source
        ]

    def text(self) -> dict[str, dict[str, float | int | None]]:
        """By reader: cer, wer …, over the papers that all of them read."""
        sums: dict[str, TextScore] = {}
        for paper in self.compared():
            for name, score in paper.texts.items():
                sums.setdefault(name, TextScore()).add(score)
        return {name: score.as_dict() | score.rates() for name, score in sums.items()}

    def speed(self) -> dict[str, float]:
        """By reader: CPU seconds a page, over the papers that all of them took."""
        seconds: dict[str, float] = {}
        papers = self.compared()
        for paper in papers:
            for name, spent in paper.seconds.items():
                seconds[name] = seconds.get(name, 0.0) + spent
        pages = sum(paper.pages for paper in papers)
        return {name: spent / pages for name, spent in seconds.items()} if pages else {}

    def as_dict(self) -> dict[str, Any]:
        """Every figure of the group."""
        types = [paper.type_right for paper in self.papers]
        return {
            "papers": len(self.papers),
            "pages": sum(paper.pages for paper in self.papers),
            "type_right": sum(types) / len(types) if types else None,
            "type_sure_and_wrong": sum(paper.type_sure and not paper.type_right for paper in self.papers),
            "pages_compared": sum(paper.pages for paper in self.compared()),
            "text": self.text(),
            "cpu_seconds_a_page": self.speed(),
            "fields": {name: self.fields(wanted).as_dict() for name, wanted in PARTS.items()},
            "failures": sum(bool(paper.failures.get(OURS)) for paper in self.papers),
        }


PARTS: dict[str, Callable[[FieldResult], bool]] = {
    "printed": lambda one: one.hand == "printed",
    "by_hand": lambda one: one.hand == "by_hand",
    "unprinted": lambda one: one.hand == "unprinted",
    "id_numbers": lambda one: one.hand == "printed" and one.kind in ID_KINDS,
    "signer": lambda one: one.hand == "printed" and one.name == SIGNER,
    "hand_number_day": lambda one: one.hand == "by_hand" and one.name in ("number", "issued_date"),
}


def groups(papers: Iterable[PaperResult]) -> dict[tuple[str, str], Group]:
    """By (set, damage), in the order in which they were read; then each set's damaged papers together, and all."""
    found: dict[tuple[str, str], Group] = {}
    rest: dict[tuple[str, str], Group] = {}
    for paper in papers:
        found.setdefault((paper.set, paper.damage), Group()).papers.append(paper)
        whole = "all levels" if paper.damage.startswith("level") else "all damages"
        if paper.damage != AS_SCANNED:
            rest.setdefault((paper.set, whole), Group()).papers.append(paper)
        rest.setdefault(("all", "all"), Group()).papers.append(paper)
    order = {name: place for place, name in enumerate((SPECIMENS, FOREIGN, SCANS))}
    return dict(sorted((found | rest).items(), key=lambda item: (order.get(item[0][0], len(order)), item[0] in rest)))


def confusions(papers: Sequence[PaperResult], most: int = 40) -> list[tuple[str, str, int]]:
    """What we read for what: (in truth, read, how often), the most frequent first, from the lines that were found."""
    seen: Counter[tuple[str, str]] = Counter()
    for paper in papers:
        for _, one in paper.mistakes:
            if one.truth and one.read:
                for edit in Levenshtein.opcodes(one.truth, one.read):
                    if edit.tag != "equal":
                        told = one.truth[edit.src_start : edit.src_end], one.read[edit.dest_start : edit.dest_end]
                        seen[told] += 1
    return [(*told, times) for told, times in seen.most_common(most)]


def kinds(papers: Sequence[PaperResult]) -> dict[str, Count]:
    """Printed fields by kind, hand-written ones under "by hand: …"."""
    found: dict[str, Count] = {}
    for paper in papers:
        for one in paper.fields:
            name = one.kind if one.hand == "printed" else f"{one.hand.replace('_', ' ')}: {one.kind}"
            found.setdefault(name, Count()).add(one)
    return dict(sorted(found.items(), key=lambda item: (":" in item[0], item[0])))


def curves(papers: Sequence[PaperResult]) -> dict[str, Any]:
    """The curve of made-up papers at all levels, of real scans as they came, and of what the bench damaged."""
    found = {
        "specimens": curve([paper for paper in papers if paper.damage.startswith("level")]),
        "real scans": curve([paper for paper in papers if paper.damage == AS_SCANNED]),
        "damaged": curve([p for p in papers if p.damage != AS_SCANNED and not p.damage.startswith("level")]),
    }
    return {name: one for name, one in found.items() if one["chosen"]["there"]}


def curve(papers: Sequence[PaperResult]) -> dict[str, Any]:
    """Printed fields accepted by their confidence alone, at every threshold: [threshold, coverage, precision], from
    high to low; and the point that the product chose (rules and witnesses beside the confidence)."""
    read = [one for paper in papers for one in paper.fields if one.hand == "printed"]
    there = sum(one.truth is not None for one in read)
    points: list[tuple[float, float, float]] = []
    taken = right = 0
    valued = sorted((one for one in read if one.value is not None), key=lambda one: -one.confidence)
    for place, one in enumerate(valued):
        taken, right = taken + 1, right + one.right
        last = place + 1 == len(valued) or valued[place + 1].confidence < one.confidence
        if last and there:
            points.append((one.confidence, right / there, right / taken))
    chosen = Count()
    for one in read:
        chosen.add(one)
    return {"points": points, "chosen": chosen.as_dict()}


GOAL_GROUPS = ("specimens all levels", "scans as scanned", "specimens all damages", "scans all damages")


# --- as text ---------------------------------------------------------------------------------------------------------


def table(papers: Sequence[PaperResult]) -> str:
    """All tables as text."""
    if not papers:
        return "nothing was read"
    parts = groups(papers)
    readers = list(dict.fromkeys(name for paper in papers for name in paper.texts))
    told = {f"{key[0]} {key[1]}": group.as_dict() for key, group in parts.items()}
    judged = goals_table({name: told[name] for name in GOAL_GROUPS if name in told})
    return "\n\n".join((_texts(parts, readers), _understood(parts), _kinds(papers), judged, _wrong(papers)))


def _texts(parts: dict[tuple[str, str], Group], readers: Sequence[str]) -> str:
    short = {name: name.replace("ocrmypdf --deskew --rotate-pages", "ocrmypdf+d+r") for name in readers}
    rows = ["TEXT: CER %, WER % bag / in order; ~ CER % of known passages, where no one knows a page's whole text"]
    rows.append(f"{'':24}{'pages':>5} " + " ".join(f"{short[name]:>20}" for name in readers))
    for (set_name, damage), group in parts.items():
        texts = group.text()
        pages = sum(paper.pages for paper in group.compared())
        told = " ".join(f"{_text_cell(texts.get(name)):>20}" for name in readers)
        rows.append(f"{set_name + ' ' + damage:24.24}{pages:5} {told}")
    rows += ["", "SPEED: CPU s a page, scan to understood; in brackets: times ours"]
    for (set_name, damage), group in parts.items():
        speed = group.speed()
        own = speed.get(OURS)
        cells = [f"{speed[n]:.2f} ({speed[n] / own:.1f}×)" if n in speed and own else "-" for n in readers]
        rows.append(f"{set_name + ' ' + damage:29.29} " + " ".join(f"{cell:>20}" for cell in cells))
    peak = max((paper.peak_mb.get(OURS, 0.0) for paper in group.papers), default=0.0)
    return "\n".join([*rows, f"peak memory of our reading process: {peak:.0f} MB"])


def _text_cell(text: dict[str, float | int | None] | None) -> str:
    if text is None:
        return "-"
    passages = f"~{percent(text['passage_cer'])}" if text["passage_cer"] is not None else ""
    if text["cer"] is None:
        return passages
    return f"{percent(text['cer'])} {percent(text['wer_bag'])}/{percent(text['wer_in_order'])} {passages}".strip()


def _understood(parts: dict[tuple[str, str], Group]) -> str:
    rows = ["UNDERSTOOD: exact % / accepted and right % / accepted and wrong (of how many there are)"]
    heads = ("printed", "ID numbers", "signer", "by hand")
    rows.append(f"{'':24}{'papers':>6} {'type %':>7} {'precision %':>11} " + " ".join(f"{head:>24}" for head in heads))
    for (set_name, damage), group in parts.items():
        told = group.as_dict()
        printed = told["fields"]["printed"]
        cells = (_count_cell(told["fields"][name]) for name in ("printed", "id_numbers", "signer", "by_hand"))
        rows.append(
            f"{set_name + ' ' + damage:24.24}{told['papers']:6} {percent(told['type_right']):>7} "
            f"{percent(printed['precision']):>11} " + " ".join(f"{cell:>24}" for cell in cells)
        )
    hand = Group([p for p in parts["all", "all"].papers if (p.set, p.damage) == (SCANS, AS_SCANNED)])
    count = hand.fields(PARTS["hand_number_day"])
    if count.there:
        person = count.there - count.accepted
        rows.append(
            f"hand-written number and day on real scans: {count.accepted - count.wrong} right by witnesses, "
            f"{person} handed to a person, {count.wrong} wrong and accepted, of {count.there}"
        )
    return "\n".join(rows)


def _count_cell(count: dict[str, Any]) -> str:
    if not count["there"] and not count["accepted"]:
        return "-"
    return f"{percent(count['exact'])} / {percent(count['coverage'])} / {count['wrong']} ({count['there']})"


def _kinds(papers: Sequence[PaperResult]) -> str:
    rows = [f"{'FIELDS BY KIND':24}{'there':>6} {'exact %':>8} {'accepted %':>10} {'wrong':>6} {'precision %':>11}"]
    for name, count in kinds(papers).items():
        told = count.as_dict()
        rows.append(
            f"{name:24}{count.there:6} {percent(told['exact']):>8} {percent(told['coverage']):>10} "
            f"{count.wrong:6} {percent(told['precision']):>11}"
        )
    return "\n".join(rows)


def _wrong(papers: Sequence[PaperResult]) -> str:
    rows = [f"ACCEPTED AND WRONG: {sum(paper.wrong for paper in papers)}"]
    for paper in papers:
        where = f"  {paper.set} {paper.damage} {paper.name}"
        if paper.type_sure and not paper.type_right:
            rows.append(f"{where}: type {paper.read_type} in {paper.papers} papers, in truth {paper.true_type}")
        rows += [f"{where}: {one.name} = {one.value!r}, in truth {one.truth!r}" for one in paper.fields if one.wrong]
    failures = [(paper, who, why) for paper in papers for who, why in paper.failures.items()]
    rows += [f"  not read by {who}: {paper.set} {paper.damage} {paper.name}: {why}" for paper, who, why in failures]
    return "\n".join(rows)


def percent(share: float | int | None) -> str:
    """12.3; – where there is none."""
    return "–" if share is None else f"{100 * share:.1f}" if share < 0.995 or share == 1 else f"{100 * share:.2f}"
