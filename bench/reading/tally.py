"""Counting how understood papers compare with the truth, field by field."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from schemas.evidence import Paper


@dataclass
class Count:
    """Of one field: how often it is there in truth, exact, accepted, and accepted though wrong."""

    there: int = 0
    exact: int = 0
    accepted: int = 0
    wrong: int = 0

    @property
    def precision(self) -> float | None:
        """Of the accepted values, the share that is right."""
        return 1 - self.wrong / self.accepted if self.accepted else None

    def add(self, other: Count) -> None:
        self.there += other.there
        self.exact += other.exact
        self.accepted += other.accepted
        self.wrong += other.wrong


@dataclass
class Tally:
    """Of a set of papers."""

    fields: dict[tuple[str, str], Count] = field(default_factory=lambda: defaultdict(Count))
    types: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    wrong: list[str] = field(default_factory=list)

    def paper(self, name: str, type_id: str, truth: Mapping[str, str | None], papers: tuple[Paper, ...]) -> None:
        """Compare one file's papers with the truth of its only paper; None in the truth says that the field is not
        there. A file that was cut into more papers counts as a wrong type."""
        right = len(papers) == 1 and papers[0].type == type_id
        self.types[type_id][0] += right
        self.types[type_id][1] += 1
        for field_name, true in truth.items():
            count = self.fields[type_id, field_name]
            reading = papers[0].fields.get(field_name) if papers else None
            value = reading.value if reading is not None else None
            accepted = reading is not None and reading.accepted
            count.there += true is not None
            count.exact += true is not None and value == true
            count.accepted += accepted
            if accepted and value != true:
                count.wrong += 1
                self.wrong.append(f"{name}: {field_name} = {value!r}, in truth {true!r}")

    def total(self) -> Count:
        """Over all fields."""
        total = Count()
        for count in self.fields.values():
            total.add(count)
        return total


def table(tally: Tally) -> str:
    """The tally as text: types, fields, and every value that was accepted though it is wrong."""
    rows = [f"{'type':26} {'right':>8}"]
    rows += [f"{name:26} {right:4}/{of:<4}" for name, (right, of) in sorted(tally.types.items())]
    rows += ["", f"{'type':26} {'field':22} {'there':>5} {'exact':>6} {'accepted':>8} {'wrong':>5} {'precision':>9}"]
    for (type_id, name), count in sorted(tally.fields.items()):
        rows.append(f"{type_id:26} {name:22} {_columns(count)}")
    rows.append(f"{'all':49} {_columns(tally.total())}")
    rows += ["", f"accepted and wrong: {len(tally.wrong)}", *(f"  {line}" for line in tally.wrong)]
    return "\n".join(rows)


def _columns(count: Count) -> str:
    def share(part: int) -> str:
        return f"{part / count.there:6.2f}" if count.there else "     -"

    precision = f"{count.precision:9.3f}" if count.precision is not None else "        -"
    return f"{count.there:5} {share(count.exact)}   {share(count.accepted)} {count.wrong:5} {precision}"
