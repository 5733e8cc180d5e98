"""From how sure the readers are to how often they are right: writes the limits of acceptance of a first reader.

`python -m bench.calibrate --engine motlan-lines --specimens 8 --foreign 2 --first 20000 [--scans FOLDER]` reads
papers that nothing else was tuned on, understands them, and compares every value that nothing but sureness could keep
from being accepted with the truth. For each kind of evidence and group of fields it finds the least sureness at which
the wanted precision is shown with 95 % confidence (Clopper-Pearson). Where the papers are too few to show it, the limit
stays at the one set by hand, or above the surest error that was seen, whichever is higher: it is never lower than the
data supports. What the data does support stands beside each limit. Prints the table and writes the entry of the reader
into ingest/data/calibration.toml (`--dry` only prints).
"""

from __future__ import annotations

import argparse
import math
import os
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from bench.reading.engines import OurWay
from bench.reading.papers import SCANS, Choice, PaperFile, papers
from bench.reading.remembered import Memory
from ingest.acceptance import Grounds, Known, best_of, decide, grounds_of
from ingest.calibration import FILE, Calibration, Evidence, Group, Limit, Reader, calibration
from ingest.gathering import Context, gather
from ingest.naming import name_paper
from ingest.read import READING_CONFIG
from ingest.sheet import sheet_of
from ingest.witnesses import signing_witness
from schemas import doubts
from schemas.errors import MotlanError
from schemas.reading import PageReading
from schemas.types import TypeCatalogue
from specimens import TYPE_IDS

WANTED = 0.999
CONFIDENCE = 0.95
EVIDENCE: tuple[Evidence, ...] = ("alone", "agreed", "confirmed")
_MARGIN = 0.5  # of the way from the surest error to certainty
_STEP = 1e-4
_PEN: Group = "pen"
_KNOTS = 8
_FEWEST = 30  # samples that a curve is drawn from


@dataclass(frozen=True)
class Sample:
    """A value that would be accepted if its readers were sure enough, and whether it is right."""

    grounds: Grounds
    right: bool
    what: str


def samples_of(readings: Sequence[PageReading], paper: PaperFile, types: TypeCatalogue) -> Iterator[Sample]:
    """The samples of one file that holds one paper of its true type."""
    sheets = [sheet_of(reading) for reading in readings if not reading.blank]
    name = name_paper(sheets, types) if sheets else None
    kind = types.get(paper.truth.type_id)
    if name is None or kind is None or name.type_id != kind.id:
        return
    signing = signing_witness(paper.verdict)
    found = gather(Context(kind, tuple(sheets), name.title, paper.shown_name, signing))
    best = {rule.name: best_of(rule, found[rule.name]) for rule in kind.fields if found[rule.name]}
    values = {name: one.value for name, one in best.items() if one.value is not None}
    known = Known(values, signing.last_day)
    for rule in kind.fields:
        if rule.name not in best or rule.name not in paper.truth.fields:
            continue
        grounds = grounds_of(rule, best[rule.name], found[rule.name])
        reading = decide(rule, found[rule.name], known)
        only = {doubts.LOW_CONFIDENCE} | ({doubts.HANDWRITTEN_SUSPECTED} if rule.by_hand else set())
        if grounds is not None and reading is not None and set(reading.doubts) <= only:
            true = paper.truth.fields[rule.name]
            yield Sample(grounds, reading.value == true, f"{paper.name}: {rule.name}")


# --- statistics ------------------------------------------------------------------------------------------------------


def supported(n: int, errors: int) -> float:
    """The precision that `errors` wrong values among `n` show with 95 % confidence: Clopper-Pearson's lower bound. With
    no error it is the rule of three, 1 - 3/n."""
    if n == 0:
        return 0.0
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if _at_most(errors, n, 1 - middle) > 1 - CONFIDENCE:
            high = middle
        else:
            low = middle
    return low


def _at_most(errors: int, n: int, share: float) -> float:
    """Probability of so many errors or fewer among n, where this share of values is wrong."""
    if share <= 0:
        return 1.0
    if share >= 1:
        return 0.0
    logs = (
        math.lgamma(n + 1)
        - math.lgamma(k + 1)
        - math.lgamma(n - k + 1)
        + k * math.log(share)
        + (n - k) * math.log1p(-share)
        for k in range(errors + 1)
    )
    return min(1.0, sum(math.exp(log) for log in logs))


def limit_from(samples: Sequence[Sample], by_hand: float, wanted: float = WANTED) -> Limit:
    """The limit that these samples of one evidence and group give; `by_hand` is the one to fall back on."""
    falling = sorted(samples, key=lambda one: -one.grounds.sureness)
    errors, proven = 0, None
    for n, one in enumerate(falling, 1):
        errors += not one.right
        tied = n < len(falling) and falling[n].grounds.sureness == one.grounds.sureness
        if not tied and supported(n, errors) >= wanted:
            proven = one.grounds.sureness
    wrong = max((one.grounds.sureness for one in samples if not one.right), default=0.0)
    least = proven if proven is not None else max(by_hand, wrong + max(_STEP, _MARGIN * (1 - wrong)) if wrong else 0.0)
    above = [one for one in samples if one.grounds.sureness >= least]
    bad = sum(not one.right for one in above)
    return Limit(
        least=math.ceil(least * 1e4) / 1e4 if proven is None else math.floor(least * 1e4) / 1e4,
        n=len(above),
        errors=bad,
        supported=round(supported(len(above), bad), 4),
        curve=curve_of(samples),
    )


def curve_of(samples: Sequence[Sample]) -> tuple[tuple[float, float], ...]:
    """Sureness to probability, rising (pool adjacent violators), each pool counted with half a right and half a wrong
    value more than was seen, so that nothing is ever certain; none from few samples."""
    if len(samples) < _FEWEST:
        return ()
    pools: list[list[float]] = []  # [sum of sureness, n, right]
    for one in sorted(samples, key=lambda one: one.grounds.sureness):
        pools.append([one.grounds.sureness, 1.0, float(one.right)])
        while len(pools) > 1 and pools[-2][2] * pools[-1][1] >= pools[-1][2] * pools[-2][1]:
            last = pools.pop()
            pools[-1] = [a + b for a, b in zip(pools[-1], last, strict=True)]
    knots = [(round(total / n, 4), round((right + 0.5) / (n + 1), 4)) for total, n, right in pools]
    rising = [knot for i, knot in enumerate(knots) if all(knot[1] >= before[1] for before in knots[:i])]
    step = max(1, math.ceil(len(rising) / _KNOTS))
    return tuple(rising[::-1][::step][::-1])


# --- the file --------------------------------------------------------------------------------------------------------


def reader_from(samples: Iterable[Sample], before: Reader, engine: str, made: str, wanted: float) -> Reader:
    """The entry of a reader; limits of groups without samples stay as they were in `before`. Where even full sureness
    was wrong, the limit lies above it: none is accepted so."""
    by: Mapping[tuple[Evidence, Group], list[Sample]] = defaultdict(list)
    for one in samples:
        by[one.grounds.evidence, one.grounds.group].append(one)
    limits: dict[str, dict[Group, Limit]] = {
        evidence: {
            group: limit_from(by[evidence, group], old.least, wanted)
            for group, old in getattr(before, evidence).items()
        }
        for evidence in EVIDENCE
    }
    return Reader(engine=engine, config=READING_CONFIG, made=made, wanted=wanted, **limits)


def as_toml(found: Calibration) -> str:
    """The data file."""
    rows = ["# Limits of acceptance, by first reader; written by `python -m bench.calibrate`, the last entry by hand."]
    for reader in found.readers:
        rows += ["", "[[readers]]"]
        rows += [f'{key} = "{value}"' for key, value in reader.model_dump().items() if isinstance(value, str)]
        rows += [f"wanted = {reader.wanted}"]
        for evidence in EVIDENCE:
            rows += ["", f"[readers.{evidence}]"]
            rows += [f"{group} = {_inline(limit)}" for group, limit in getattr(reader, evidence).items()]
    return "\n".join(rows) + "\n"


def _inline(limit: Limit) -> str:
    if not limit.n and not limit.curve:
        return f"{{ least = {limit.least} }}"
    curve = ", ".join(f"[{at}, {probability}]" for at, probability in limit.curve)
    told = f"least = {limit.least}, n = {limit.n}, errors = {limit.errors}, supported = {limit.supported}"
    return f"{{ {told}, curve = [{curve}] }}"


def table(reader: Reader, samples: Sequence[Sample]) -> str:
    """What was found, for a person."""
    rows = [
        f"{'evidence':10} {'group':8} {'seen':>5} {'wrong':>5} | {'limit':>7} {'n':>5} {'wrong':>5} {'supported':>9}"
    ]
    for evidence in EVIDENCE:
        for group, limit in getattr(reader, evidence).items():
            mine = [s for s in samples if (s.grounds.evidence, s.grounds.group) == (evidence, group)]
            wrong = sum(not one.right for one in mine)
            told = f"{limit.least:7.4f} {limit.n:5} {limit.errors:5} {limit.supported:9.4f}"
            rows.append(f"{evidence:10} {group:8} {len(mine):5} {wrong:5} | {told}")
    kept = [s for s in samples if s.grounds.sureness >= getattr(reader, s.grounds.evidence)[s.grounds.group].least]
    bad = sum(not one.right for one in kept)
    rows.append(
        f"all together: {len(kept)} of {len(samples)} above their limits, {bad} wrong, "
        f"precision of at least {supported(len(kept), bad):.4f}"
    )
    rows += [f"  wrong: {s.what}, {s.grounds.evidence}, {s.grounds.sureness:.4f}" for s in samples if not s.right]
    return "\n".join(rows)


def main(arguments: Sequence[str] | None = None) -> int:
    """Read, compare, write."""
    options = _arguments(arguments)
    os.environ["OMP_THREAD_LIMIT"] = "1"
    samples, count = _gathered(options)
    readers = calibration().readers
    before = next(reader for reader in readers if options.engine.startswith(reader.engine))
    scans = " and real scans" if options.scans else ""
    seeds = ", ".join(map(str, (options.first, *options.foreign_from)))
    made = f"python -m bench.calibrate: {count} papers (seeds from {seeds}{scans}), {len(samples)} values"
    mine = [one for one in samples if one.grounds.engine.startswith(options.engine)]
    reader = reader_from(mine, readers[-1] if options.afresh else before, options.engine, made, options.wanted)
    for (
        evidence
    ) in EVIDENCE:  # what a pen wrote is measured elsewhere, on thousands of made-up numbers (docs/recogniser.md)
        if _PEN in getattr(before, evidence):
            getattr(reader, evidence)[_PEN] = getattr(before, evidence)[_PEN]
    print(table(reader, mine))
    if not options.dry:
        others = tuple(one for one in readers if one.engine != options.engine)
        FILE.write_text(as_toml(Calibration(readers=(reader, *others))), "utf-8")
    return 0


def _chosen(options: argparse.Namespace) -> list[Choice]:
    first = Choice(
        types=tuple(options.types),
        levels=tuple(options.levels),
        specimens=options.specimens,
        foreign=options.foreign,
        first=options.first,
        scans=options.scans,
        damages=tuple(options.damages),
        per_damage=0,
    )
    more = (replace(first, specimens=0, foreign=1, first=seed, scans=None) for seed in options.foreign_from)
    return [first, *more]


def _gathered(options: argparse.Namespace) -> tuple[list[Sample], int]:
    types, ours, samples, count = TypeCatalogue.load(), OurWay(Memory(options.cache)), list[Sample](), 0
    with tempfile.TemporaryDirectory() as folder:
        every = (papers(one, Path(folder), lambda path: ours.readings(path)[0]) for one in _chosen(options))
        for paper in chain.from_iterable(every):
            try:
                readings, _, _ = ours.readings(paper.path)
            except MotlanError as failure:
                print(f"  {paper.name}: {failure.code}", file=sys.stderr)
                continue
            samples += samples_of(readings, paper, types)
            count += 1
            if paper.set == SCANS or count % 20 == 0:
                print(f"  {count} papers, {len(samples)} values", file=sys.stderr, flush=True)
    ours.close()
    return samples, count


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.calibrate", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--engine", required=True, help="how the first reader's name begins")
    parser.add_argument("--specimens", type=int, default=4, help="papers of each type at each level of damage")
    parser.add_argument("--foreign", type=int, default=0, help="papers of each layout of the other generator")
    parser.add_argument(
        "--foreign-from", nargs="*", type=int, default=[], metavar="SEED", help="one more of each layout from here on"
    )
    parser.add_argument("--first", type=int, default=20000, help="seed of the first, apart from those of bench.reading")
    parser.add_argument("--types", nargs="+", default=list(TYPE_IDS), help="only these")
    parser.add_argument("--levels", nargs="+", type=int, default=[0, 1, 2, 3], help="of damage, only these")
    parser.add_argument("--scans", type=Path, help="folder of real scans with truth.json")
    parser.add_argument("--damages", nargs="*", default=[], help="damages of specimens.damage besides the four levels")
    parser.add_argument("--wanted", type=float, default=WANTED)
    parser.add_argument("--cache", type=Path, help="folder that keeps readings")
    parser.add_argument("--afresh", action="store_true", help="fall back on the limits by hand, not on the last ones")
    parser.add_argument("--dry", action="store_true", help="print, and write nothing")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
