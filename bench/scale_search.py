"""Search over many records: how fast an index is filled, how big it gets, and how long look-ups take in it.

`python -m bench.scale_search [--records 10000 100000] [--index fts5 elastic] [--url URL] [--queries 200]`: made-up
one-page papers of some 120 words, three names each, put through `rebuilding` as `motlan rebuild` does. Then look-ups by
ID number (blind token), whole names without accents, as printed, and with one letter misread; each is timed alone, from
the call to the hits. Prints a table; `--out` takes one JSON file a run.

Times are wall time on this machine with what else it does (its load is told); `cpu` is this process's own median, which
for FTS5 is all there is and for Elasticsearch the client's part. Compare figures of one run.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median, quantiles

from schemas.vietnamese import fold
from search.elastic import ElasticIndex
from search.elastic_server import Server
from search.fts5 import Fts5Index
from search.index import Entry, Filters, Hit, Index
from search.keys import BlindIndex
from specimens.people import FAMILY_NAMES, GIVEN, HAMLETS, MIDDLE, STREETS

BLIND = BlindIndex(b"bench" + b"\0" * 27)
UNITS = [f"H{n:02}" for n in range(1, 11)]
# How many of a hundred people bear the commonest family names; the rest share the others.
_SHARES = (38, 11, 9, 7, 5, 5, 4, 4, 3, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)
_TEXT = (
    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc\nGIẤY KHAI SINH\nSố: {code}\n"
    "Họ, chữ đệm, tên: {name}\nNgày, tháng, năm sinh: {day}\nGiới tính: {sex} Dân tộc: Kinh Quốc tịch: Việt Nam\n"
    "Nơi sinh: Bệnh viện đa khoa {street}\nQuê quán: {hamlet}, xã {street}\nSố định danh cá nhân: ············\n"
    "Họ, chữ đệm, tên người mẹ: {mother}\nDân tộc: Kinh Quốc tịch: Việt Nam\nNơi cư trú: số {house} đường {street}\n"
    "Họ, chữ đệm, tên người cha: {father}\nDân tộc: Kinh Quốc tịch: Việt Nam\nNơi cư trú: {hamlet}, xã {street}\n"
    "Họ, chữ đệm, tên người đi khai sinh: {father}\nNơi đăng ký khai sinh: Ủy ban nhân dân xã {street}\n"
    "Người ký giấy khai sinh: {signer}\nCHỦ TỊCH ỦY BAN NHÂN DÂN"
)


@dataclass(frozen=True)
class Result:
    """Of one index with that many records: seconds (wall, this process's CPU) and entries a second to fill it (making
    the entries not counted), megabytes on disk, per kind of look-up the milliseconds and how many found something."""

    index: str
    records: int
    build_seconds: float
    build_cpu_seconds: float
    entries_per_second: float
    megabytes: float
    lookups: dict[str, dict[str, float]]
    load_average: float


def number_of(serial: int) -> str:
    """A made-up number of twelve digits, of a place that does not exist."""
    return f"099{serial:09}"


def entries(count: int) -> Iterator[Entry]:
    """The same records whenever asked for the same count."""
    chance = random.Random(count)
    for serial in range(count):
        sex = "Nam" if chance.random() < 0.5 else "Nữ"
        name, mother, father, signer = (_name(chance, kind) for kind in (sex, "Nữ", "Nam", "Nam"))
        year, month, date = chance.randint(1960, 2025), chance.randint(1, 12), chance.randint(1, 28)
        code, street = f"{serial % 997 + 1}/{year}", chance.choice(STREETS)
        yield Entry(
            record=f"motlan:{UNITS[serial % len(UNITS)]}:{serial:026}",
            revision=1,
            unit=UNITS[serial % len(UNITS)],
            type="birth_certificate",
            type_name="Giấy khai sinh",
            access_level="internal",
            agency=f"Ủy ban nhân dân xã {street}",
            code=code,
            names=(name, mother, father),
            dates=(f"{year}-{month:02}-{date:02}",),
            text=_TEXT.format(
                name=name.upper(), mother=mother, father=father, signer=signer, sex=sex, code=code, street=street,
                day=f"{date:02}/{month:02}/{year}", hamlet=chance.choice(HAMLETS), house=chance.randint(1, 400),
            ),
            tokens=(BLIND.token("cccd", number_of(serial)),),
            fields={"full_name": name, "birth_date": f"{year}-{month:02}-{date:02}"},
        )  # fmt: skip


def _name(chance: random.Random, sex: str) -> str:
    family = chance.choices(FAMILY_NAMES, _SHARES)[0]
    return f"{family} {chance.choice(MIDDLE[sex])} {chance.choice(GIVEN[sex])}"


def fill(index: Index, count: int) -> tuple[float, float]:
    """Seconds that the index took of it, wall and CPU of this process."""
    wall = cpu = 0.0
    with index.rebuilding() as fresh:
        for entry in entries(count):
            begin = time.perf_counter(), time.process_time()
            fresh.put(entry)
            wall, cpu = wall + time.perf_counter() - begin[0], cpu + time.process_time() - begin[1]
        begin = time.perf_counter(), time.process_time()
    return wall + time.perf_counter() - begin[0], cpu + time.process_time() - begin[1]


def look(index: Index, count: int, queries: int) -> dict[str, dict[str, float]]:
    """Each kind of look-up by itself, what is asked for drawn from the records."""
    chance = random.Random(7)
    serials = set(chance.sample(range(count), min(queries, count)))
    asked = [entry for serial, entry in enumerate(entries(count)) if serial in serials]
    chance.shuffle(asked)
    kinds: dict[str, Callable[[Entry], list[Hit]]] = {
        "number": lambda e: index.find_number(e.tokens[0], e.unit),
        "name, no accents": lambda e: index.find_words(fold(e.names[0]), e.unit),
        "name, no accents, all units": lambda e: index.find_words(fold(e.names[0]), None),
        "name as printed": lambda e: index.find_words(e.names[0], e.unit),
        "two names": lambda e: index.find_words(f"{e.names[0]} {e.names[1]}", e.unit),
        "name, one letter misread": lambda e: index.find_words(_misread(e.names[0], chance), e.unit),
        "name in one year": lambda e: index.find_words(e.names[0], e.unit, filters=_year(e)),
        "one year, no words": lambda e: index.find_words("", e.unit, filters=_year(e)),
        "tenth page of a family name": lambda e: _tenth_page(index, e),
    }
    return {kind: _timed(find, asked) for kind, find in kinds.items()}


def _year(entry: Entry) -> Filters:
    year = entry.dates[0][:4] if entry.dates else "2020"
    return Filters(dated_from=f"{year}-01-01", dated_to=f"{year}-12-31")


def _tenth_page(index: Index, entry: Entry) -> list[Hit]:
    """All ten, one after the other."""
    hits: list[Hit] = []
    for _ in range(10):
        page = index.find_words(entry.names[0].split()[0], entry.unit, after=hits[-1].place if hits else None)
        hits = page or hits
    return hits


def _misread(name: str, chance: random.Random) -> str:
    """The name with one letter of its longest word replaced."""
    words = fold(name).split()
    longest = max(range(len(words)), key=lambda i: len(words[i]))
    word, place = words[longest], chance.randrange(1, len(words[longest]))
    words[longest] = word[:place] + "z" + word[place + 1 :]
    return " ".join(words)


def _timed(find: Callable[[Entry], list[Hit]], asked: list[Entry]) -> dict[str, float]:
    walls, cpus, found = [], [], 0
    find(asked[0])  # opens what is opened at first use
    for entry in asked:
        begin = time.perf_counter(), time.process_time()
        hits = find(entry)
        walls.append((time.perf_counter() - begin[0]) * 1000)
        cpus.append((time.process_time() - begin[1]) * 1000)
        found += bool(hits)
    cuts = quantiles(walls, n=100, method="inclusive")
    shown = {"p50": cuts[49], "p95": cuts[94], "p99": cuts[98], "worst": max(walls), "cpu": median(cpus)}
    return {name: round(value, 1) for name, value in shown.items()} | {"found": found, "asked": len(asked)}


@contextmanager
def fts5(_: str) -> Iterator[tuple[Index, Callable[[], float]]]:
    """An index in a temporary folder, and its megabytes."""
    with tempfile.TemporaryDirectory() as folder:
        index = Fts5Index(Path(folder) / "index.sqlite", BLIND)
        yield index, lambda: sum(file.stat().st_size for file in Path(folder).iterdir()) / 1e6
        index.close()


@contextmanager
def elastic(url: str) -> Iterator[tuple[Index, Callable[[], float]]]:
    """An index on the server, removed afterwards."""
    server, name = Server((url,), timeout=60), f"bench-{secrets.token_hex(4)}"
    client = server.connect()

    def size() -> float:
        client.indices.flush(index=name)
        return float(client.indices.stats(index=name)["_all"]["primaries"]["store"]["size_in_bytes"]) / 1e6

    try:
        yield ElasticIndex(server, name, BLIND), size
    finally:
        for index in client.indices.get(index=f"{name}*"):
            client.indices.delete(index=index)


ADAPTERS = {"fts5": fts5, "elastic": elastic}


def measure(adapter: str, url: str, count: int, queries: int) -> Result:
    """Fill, weigh, look."""
    with ADAPTERS[adapter](url) as (index, size):
        seconds, cpu = fill(index, count)
        assert index.count() == count
        lookups = look(index, count, queries)
        megabytes = round(size(), 1)
    rate, load = round(count / seconds), round(os.getloadavg()[0], 1)
    return Result(adapter, count, round(seconds, 1), round(cpu, 1), rate, megabytes, lookups, load)


def main() -> None:
    """Every index with every number of records."""
    parser = argparse.ArgumentParser(prog="bench.scale_search")
    parser.add_argument("--records", nargs="+", type=int, default=[10_000, 100_000])
    parser.add_argument("--index", nargs="+", choices=ADAPTERS, default=list(ADAPTERS))
    parser.add_argument("--url", default="http://127.0.0.1:19200", help="of Elasticsearch (./run services up)")
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "scale" / "search")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    for count in given.records:
        for adapter in given.index:
            result = measure(adapter, given.url, count, given.queries)
            (given.out / f"search-{adapter}-{count}.json").write_text(json.dumps(asdict(result), indent=1) + "\n")
            _print(result)


def _print(result: Result) -> None:
    print(
        f"{result.index}, {result.records:,} records: {result.build_seconds:.0f} s to build, CPU"
        f" {result.build_cpu_seconds:.0f} ({result.entries_per_second:,.0f}/s), {result.megabytes:,.0f} MB;"
        f" load {result.load_average:.0f}"
    )
    for kind, told in result.lookups.items():
        times = "  ".join(f"{name} {told[name]:8.1f}" for name in ("p50", "p95", "p99", "worst", "cpu"))
        print(f"    {kind:28} {times} ms   found {told['found']:.0f} of {told['asked']:.0f}", flush=True)


if __name__ == "__main__":
    main()
