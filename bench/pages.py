"""How well pages are read: CER by type and damage, our reading beside plain tesseract, CPU seconds a page.

`python -m bench.pages [--specimens N] [--dpi D] [--types A,B] [--levels 0,3] [--no-plain]` prints N made-up papers of
each type at each level of damage; `--scans FOLDER` adds how many fields of real scans (`truth.json` beside them) stand
in what was read. The order of lines and columns does not count: every line of the truth is looked for anywhere in what
was read (least edits), and what is left of the read text when all lines were found counts as edits too. Dotted leaders,
the MẪU mark and the seal's rim are no part of the truth. CPU seconds are user + system, children included.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import tempfile
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytesseract
from PIL import Image
from rapidfuzz import fuzz

from ingest.ocr import TesseractOcr
from ingest.pages import open_pages
from ingest.read import read_page
from schemas.vietnamese import tone_style
from specimens import TYPE_IDS, Damage, make_paper

LEVELS = (0, 1, 2, 3)
LEFT_OUT = ("blank_back", "other_script", "unreadable")
FIELDS = ("issuing_agency", "code_notation", "type_name", "place", "subject", "signer_name")
_LEADERS = re.compile(r"(?:[.…_·]\s?){3,}")
_LOST = 0.5
_SPLIT = 0.12


@dataclass
class Score:
    """Sums over pages. `edits` against `letters` of truth, `extra` of them for text that is nowhere in the truth;
    `lost` are lines of which not even half was found."""

    letters: int = 0
    edits: int = 0
    extra: int = 0
    lines: int = 0
    lost: list[str] = field(default_factory=list)
    pages: int = 0
    seconds: float = 0.0

    def add(self, other: Score) -> None:
        """Sum up."""
        self.letters += other.letters
        self.edits += other.edits
        self.extra += other.extra
        self.lines += other.lines
        self.lost += other.lost
        self.pages += other.pages
        self.seconds += other.seconds

    def row(self) -> str:
        """CER, the part of it that is surplus text, lost lines, CPU seconds a page."""
        total = max(1, self.letters)
        cer, extra = 100 * self.edits / total, 100 * self.extra / total
        return f"{cer:6.2f} {extra:6.2f} {len(self.lost):4d}/{self.lines:<4d} {self.seconds / max(1, self.pages):5.2f}"


def plainly(line: str) -> str:
    """The line without leaders, in one tone style, one kind of dash and one space."""
    text = tone_style(unicodedata.normalize("NFC", line)).translate(str.maketrans("–—’‘“”", "--''\"\""))
    return " ".join(_LEADERS.sub(" ", text).split())


def compared(truth: Sequence[str], read: str, seconds: float) -> Score:
    """One page: the truth's lines, longest first, each taken out of the read text where it fits best."""
    wanted = [text for line in truth if (text := plainly(line)) and text != "MẪU"]
    left = "\n".join(plainly(line) for line in read.splitlines()).replace("MẪU", "")
    score = Score(letters=sum(len(line) for line in wanted), lines=len(wanted), pages=1, seconds=seconds)
    for line in sorted(wanted, key=len, reverse=True):
        edits, rest = taken_out(line, left)
        if edits > _SPLIT * len(line):  # two cells of a row are one line of the truth, but may be read as two columns
            edits, rest = min([(edits, rest), *halves(line, left)], key=lambda found: found[0])
        if edits > _LOST * len(line):
            score.lost.append(line)
            edits, rest = len(line), left
        left = rest
        score.edits += edits
    score.extra = sum(1 for char in left if char.isalnum())
    score.edits += score.extra
    return score


def taken_out(line: str, text: str) -> tuple[int, str]:
    """The edits of the line's best place in the text, and the text without that place."""
    edits, start, end = best_place(line, text)
    return edits, text[:start] + "\0" + text[end:]


def halves(line: str, text: str) -> Iterator[tuple[int, str]]:
    """The same for the line in two parts, cut at each of its spaces."""
    for space in (i for i, char in enumerate(line) if char == " "):
        first, rest = taken_out(line[:space], text)
        second, rest = taken_out(line[space + 1 :], rest)
        yield first + second, rest


def best_place(line: str, text: str) -> tuple[int, int, int]:
    """Least edits that turn some part of the text into the line, and where that part starts and ends."""
    codes = np.frombuffer(text.replace("\n", " ").encode("utf-32-le"), np.int32)
    positions = np.arange(len(codes) + 1)
    cost = np.zeros(len(codes) + 1, np.int64)
    origin = positions.copy()
    for char in line:
        took = np.concatenate(([cost[0] + 1], cost[:-1] + (codes != ord(char))))
        dropped = cost + 1
        use = np.concatenate(([True], took[1:] > dropped[1:]))
        merged = np.where(use, dropped, took)
        came = np.where(use, origin, np.concatenate(([origin[0]], origin[:-1])))
        slack = merged - positions
        best = np.minimum.accumulate(slack)
        source = np.maximum.accumulate(np.where(slack <= best, positions, 0))
        cost, origin = best + positions, came[source]
    end = int(cost.argmin())
    return int(cost[end]), int(origin[end]), end


def cpu_seconds() -> float:
    """User + system time of this process and its ended children."""
    t = os.times()
    return t.user + t.system + t.children_user + t.children_system


def ours(path: Path, kind: str, page: int, ocr: TesseractOcr) -> tuple[str, float]:
    """Our reading of a page, and what it cost."""
    before = cpu_seconds()
    text = read_page(path, "pdf" if kind == "pdf" else "jpeg", page, ocr).text()
    return text, cpu_seconds() - before


def plain(picture: Image.Image, dpi: float) -> tuple[str, float]:
    """What tesseract makes of the picture as it is, and what that cost."""
    before = cpu_seconds()
    text = str(pytesseract.image_to_string(picture, lang="vie", config=f"--psm 3 --dpi {round(dpi)}"))
    return text, cpu_seconds() - before


def specimens(types: Iterable[str], levels: Iterable[int], count: int) -> Iterator[tuple[str, int, int]]:
    """(type, level, seed) of every paper to print."""
    for type_id in types:
        for level in levels:
            for number in range(count):
                yield type_id, level, 7000 + 10 * number + level


def measure_specimens(args: argparse.Namespace, ocr: TesseractOcr) -> None:
    """The table over types and levels."""
    table: dict[tuple[str, str], dict[str, Score]] = defaultdict(lambda: {"ours": Score(), "plain": Score()})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page.jpg"
        for type_id, level, seed in specimens(args.types, args.levels, args.specimens):
            paper = make_paper(type_id, seed, dpi=args.dpi, damage=Damage.level(level, seed))
            for picture, lines in zip(paper.pages, paper.lines, strict=True):
                picture.save(path, quality=paper.jpeg_quality, dpi=(args.dpi, args.dpi))
                scores = {"ours": compared(lines, *ours(path, "jpeg", 1, ocr))}
                if args.plain:
                    with Image.open(path) as stored:
                        scores["plain"] = compared(lines, *plain(stored, args.dpi))
                for who, score in scores.items():
                    for key in ((type_id, str(level)), (type_id, "all"), ("all", str(level)), ("all", "all")):
                        table[key][who].add(score)
                if args.lost and scores["ours"].lost:
                    print(f"lost in {type_id} level {level} seed {seed}: {scores['ours'].lost}")
    print(f"{'type':26} {'level':5} | {'ours: CER %  extra   lost   CPU s':28} | plain tesseract")
    for (type_id, level_name), row in sorted(table.items(), key=lambda item: (item[0][0] == "all", item[0])):
        shown = f"{type_id:26} {level_name:5} | {row['ours'].row()}"
        print(shown + (f" | {row['plain'].row()}" if args.plain else ""))


def measure_scans(folder: Path, ocr: TesseractOcr, with_plain: bool) -> None:
    """Fields found in real scans: exactly, and how like the best place is (of 100)."""
    found: dict[str, dict[str, list[float]]] = {who: defaultdict(list) for who in ("ours", "plain")}
    pages, seconds = 0, {"ours": 0.0, "plain": 0.0}
    for truth in json.loads((folder / "truth.json").read_text("utf-8")):
        texts: dict[str, list[str]] = {"ours": [], "plain": []}
        with open_pages(folder / truth["file"], "pdf") as source:
            for page in range(1, source.count + 1):
                pages += 1
                text, spent = ours(folder / truth["file"], "pdf", page, ocr)
                texts["ours"].append(text)
                seconds["ours"] += spent
                if with_plain:
                    picture = source.picture(page)
                    text, spent = plain(Image.fromarray(picture.rgb), picture.dpi)
                    texts["plain"].append(text)
                    seconds["plain"] += spent
        for who, parts in texts.items():
            whole = plainly(" ".join(parts)).lower()
            for name in FIELDS:
                if truth.get(name) and parts:
                    found[who][name].append(fuzz.partial_ratio(plainly(truth[name]).lower(), whole))
    for who, fields in found.items():
        for name, likes in fields.items():
            exact = sum(like > 99.9 for like in likes)
            print(f"{who:6} {name:16} {exact:3d}/{len(likes)} exact, likeness {sum(likes) / len(likes):5.1f}")
        if fields:
            print(f"{who:6} {pages} pages, {seconds[who] / pages:.2f} CPU s a page")


def main() -> None:
    """Parse the arguments, print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--specimens", type=int, default=1, help="papers of each type at each level (0: none)")
    parser.add_argument("--dpi", type=int, default=200)
    parser.add_argument("--types", type=lambda text: text.split(","))
    parser.add_argument("--levels", type=lambda text: [int(part) for part in text.split(",")], default=list(LEVELS))
    parser.add_argument("--scans", type=Path, help="a folder of real scans with truth.json")
    parser.add_argument("--no-plain", dest="plain", action="store_false", help="only our own reading")
    parser.add_argument("--lost", action="store_true", help="print the lines that were lost")
    args = parser.parse_args()
    args.types = args.types or [type_id for type_id in TYPE_IDS if type_id not in LEFT_OUT]
    os.environ.setdefault("OMP_THREAD_LIMIT", "1")
    ocr = TesseractOcr()
    if args.specimens:
        measure_specimens(args, ocr)
    if args.scans:
        measure_scans(args.scans, ocr, args.plain)


if __name__ == "__main__":
    main()
