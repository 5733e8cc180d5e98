"""What every index must do, the same cases for each adapter; Elasticsearch's against the real server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.elastic import ElasticIndex
from search.fts5 import Fts5Index
from search.index import Entry, Filters, Hit, Index, Place
from search.keys import BlindIndex

BLIND = BlindIndex(b"k" * 32)
UNIT = "H48"


ADAPTERS = ["fts5", pytest.param("elastic", marks=pytest.mark.services)]


@pytest.fixture(params=ADAPTERS)
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Index:
    return _opened(request, tmp_path, "elastic")


def _opened(request: pytest.FixtureRequest, folder: Path, elastic: str) -> Index:
    if request.param == "fts5":
        return Fts5Index(folder / "index.sqlite", BLIND)
    made: ElasticIndex = request.getfixturevalue(elastic)
    return made


def entry(record: str, text: str = "", revision: int = 1, unit: str = UNIT, **more: object) -> Entry:
    values: dict[str, object] = {
        "record": record,
        "revision": revision,
        "unit": unit,
        "type": "van_ban",
        "type_name": "Quyết định",
        "access_level": "internal",
        "text": text,
    }
    return Entry(**(values | more))  # type: ignore[arg-type]  # test data of mixed values


def records(hits: list[Hit]) -> list[str]:
    return [hit.record for hit in hits]


GOLDEN = [
    entry("chi-thi", "UBND tỉnh Quảng Ngãi triển khai sử dụng hóa đơn điện tử trên địa bàn", code="01/CT-UBND",
          title="Về việc triển khai hóa đơn điện tử", agency="ỦY BAN NHÂN DÂN TỈNH QUẢNG NGÃI", dates=("2021-01-04",)),
    entry("khai-sinh", "Họ, chữ đệm, tên: TRẦN VĂN AN. Nơi sinh: Bệnh viện đa khoa Hòa Bình", names=("Trần Văn An",),
          type_name="Giấy khai sinh", dates=("2015-06-30",)),
    entry("ket-hon", "Giấy chứng nhận kết hôn của An Văn Trần và Lê Thị Thúy, trú tại phường Hoà Thuận",
          names=("An Văn Trần", "Lê Thị Thúy"), type_name="Giấy chứng nhận kết hôn"),
    entry("nhieu-loi", "Giay chưng nhận quyen sử dung đât cua ông Nguyẻn Vãn Phưong, thửa đầt số 45", names=()),
    entry("loi-chu", "Ông Đặng Quamg Huynn, thường trú tại tổ 4 phường Trần Hưng Đạo"),
    entry("thuy-loi", "Công ty thủy lợi Bắc Hà vận hành hồ chứa; an toàn đập là trách nhiệm của công ty"),
]  # fmt: skip


@pytest.fixture
def golden(index: Index) -> Index:
    return _filled(index)


@pytest.fixture(scope="module", params=ADAPTERS)
def library(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Index:
    """The golden papers for tests that only look."""
    return _filled(_opened(request, tmp_path_factory.mktemp("library"), "elastic_library"))


def _filled(index: Index) -> Index:
    for item in GOLDEN:
        index.put(item)
    return index


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("Quảng Ngãi", ["chi-thi"]),
        ("quang ngai", ["chi-thi"]),
        ("QUẢNG NGÃI", ["chi-thi"]),
        ("quảng ngai hoá đơn", ["chi-thi"]),
        ("hoá đơn", ["chi-thi"]),
        ("01/CT-UBND", ["chi-thi"]),
        ("01/ct-ubnd", ["chi-thi"]),
        ("ủy ban nhân dân", ["chi-thi"]),
        ("uỷ ban nhân dân", ["chi-thi"]),
        ("04/01/2021", ["chi-thi"]),
        ("2021-01-04", ["chi-thi"]),
        ("giấy khai sinh", ["khai-sinh"]),
        ('"trần văn an"', ["khai-sinh"]),
        ('"an văn trần"', ["ket-hon"]),
        ("trần văn an", ["khai-sinh", "ket-hon"]),  # the words side by side come first
        ("an văn trần", ["ket-hon", "khai-sinh"]),
        ("tran van an", ["khai-sinh", "ket-hon"]),
        ("hòa thuận", ["ket-hon"]),
        ("thuỷ lợi", ["thuy-loi"]),
        ("thủy lợi", ["thuy-loi"]),
        ("nguyễn văn phương", ["nhieu-loi"]),  # accents misread
        ("quyền sử dụng đất", ["nhieu-loi"]),
        ("đặng quang huynh", ["loi-chu"]),  # letters misread
        ("d", []),
        ("không có giấy nào như vậy cả", []),
        ("", []),
        ("  -- // ", []),
    ],
)
def test_golden_searches(library: Index, query: str, found: list[str]) -> None:
    assert records(library.find_words(query, UNIT)) == found


def test_exact_accents_come_first_however_long_the_paper(index: Index) -> None:
    index.put(entry("a-folded", "Hoa hoa hoa hoa", title="hoa"))
    index.put(entry("b-other", "Họa sĩ vẽ họa", title="họa"))
    index.put(entry("c-exact", "cơ quan " * 500 + "hòa giải"))
    hits = index.find_words("hòa", UNIT)
    assert (hits[0].record, hits[0].match) == ("c-exact", "exact")
    assert {hit.record for hit in hits} == {"a-folded", "b-other", "c-exact"}
    assert all(hit.match == "folded" for hit in hits[1:])


def test_all_accents_before_side_by_side_before_anywhere(index: Index) -> None:
    index.put(entry("d-anywhere", "Hoa ở Bình Thuận", title="Về hoa"))
    index.put(entry("c-together", "quê ở xã hoa binh"))
    index.put(entry("b-accents", "Bình Dương và Hòa Vang"))
    index.put(entry("a-both", "tỉnh Hòa Bình"))
    index.put(entry("z-both", "chữ " * 400 + "tỉnh Hòa Bình"))
    hits = index.find_words("hòa bình", UNIT)
    assert records(hits) == ["a-both", "z-both", "b-accents", "c-together", "d-anywhere"]
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert records(index.find_words("hòa bình", UNIT, 3)) == records(hits)[:3]


def test_near_matches_only_when_nothing_else_is_found(golden: Index) -> None:
    golden.put(entry("dung", "Ông Đặng Quang Huynh"))
    assert records(golden.find_words("đặng quang huynh", UNIT)) == ["dung"]
    golden.put(entry("dung", "giấy khác", revision=2))
    assert [(hit.record, hit.match) for hit in golden.find_words("đặng quang huynh", UNIT)] == [("loi-chu", "near")]


@pytest.mark.parametrize("query", ["khai si", "KHAI SIN", '"khai si', "giấy khai s"])
def test_the_last_word_may_be_unfinished_when_asked(library: Index, query: str) -> None:
    assert records(library.find_words(query, UNIT, prefix=True)) == ["khai-sinh"]
    assert "khai-sinh" not in [h.record for h in library.find_words(query, UNIT) if h.match != "near"]


def test_snippet_is_original_text_with_the_words_marked(index: Index) -> None:
    words = "Căn cứ nghị quyết. " * 40
    index.put(entry("r", f"{words}Thửa đất của ông Nguyễn Văn Phương ở Hoà Bình. {words}"))
    hit = index.find_words("nguyen phuong hoa binh", UNIT)[0]
    assert "Nguyễn Văn Phương" in hit.snippet
    assert [hit.snippet[a:b] for a, b in hit.highlights] == ["Nguyễn", "Phương", "Hòa", "Bình"]
    assert len(hit.snippet) < 200
    assert hit.snippet.startswith("… ") and hit.snippet.endswith(" …")


def test_snippet_shows_what_names_the_paper_when_the_text_does_not_say_it(index: Index) -> None:
    index.put(entry("r", "chữ mờ", title="Về việc công nhận xã đạt chuẩn"))
    hit = index.find_words("cong nhan", UNIT)[0]
    assert [hit.snippet[a:b] for a, b in hit.highlights] == ["công", "nhận"]


def test_hit_carries_what_is_shown(index: Index) -> None:
    index.put(entry("r", "một hai", revision=3, fields={"code": "15/QĐ"}, access_level="sensitive"))
    hit = index.find_words("hai", UNIT)[0]
    assert (hit.record, hit.revision, hit.type, hit.type_name) == ("r", 3, "van_ban", "Quyết định")
    assert (hit.fields, hit.access_level) == ({"code": "15/QĐ"}, "sensitive")


def test_only_the_unit_asked_for(index: Index) -> None:
    token = BLIND.token("cccd", "048090000001")
    index.put(entry("ours", "hộ tịch", tokens=(token,)))
    index.put(entry("theirs", "hộ tịch", unit="H49", tokens=(token,)))
    assert records(index.find_words("hộ tịch", UNIT)) == ["ours"]
    assert records(index.find_number(token, "H49")) == ["theirs"]
    assert sorted(records(index.find_words("hộ tịch", None))) == ["ours", "theirs"]
    assert sorted(records(index.find_number(token, None))) == ["ours", "theirs"]
    assert index.find_words("hộ tịhc", "H50") == []


def test_limit(index: Index) -> None:
    for n in range(5):
        index.put(entry(f"r{n}", "cùng một chữ"))
    assert len(index.find_words("chữ", UNIT, 3)) == 3
    assert index.find_words("chữ", UNIT, 0) == []


SHELF = [
    entry("a", "giấy về đất", type="land", dates=("2020-01-01",), code="15/QĐ-UBND", names=("Trần Văn An",)),
    entry("b", "giấy về đất", type="land", dates=("2021-01-01",), code="15 / qd-ubnd/2", access_level="personal"),
    entry("c", "giấy về đất của Trần Văn An", type="birth", dates=("2022-01-01",), access_level="personal"),
    entry("d", "giấy về đất", type="birth", names=("Trần Văn An",), title="Về việc khai sinh"),
    entry("e", "giấy về đất", unit="H49", type="land", dates=("2020-06-01",)),
]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"types": ("land",)}, ["b", "a"]),
        ({"types": ("land", "birth")}, ["c", "b", "a", "d"]),
        ({"access_levels": ("personal",)}, ["c", "b"]),
        ({"dated_from": "2021-01-01"}, ["c", "b"]),
        ({"dated_to": "2021-01-01"}, ["b", "a"]),
        ({"dated_from": "2020-06-01", "dated_to": "2021-12-31"}, ["b"]),
        ({"code": "15/QĐ"}, ["b", "a"]),
        ({"code": "15/qd-ubnd/2"}, ["b"]),
        ({"code": "QĐ"}, []),
        ({"types": ("land",), "access_levels": ("internal",)}, ["a"]),
        ({"named": "trần văn an", "types": ("land",)}, ["a"]),
        ({"named": "khai sinh"}, ["d"]),
        ({"named": "TRAN VAN AN", "dated_from": "2000-01-01"}, ["a"]),
        ({"types": ("none",)}, []),
    ],
    ids=str,
)
def test_filters_narrow_what_is_found_and_list_it_without_words(
    index: Index, filters: dict[str, Any], found: list[str]
) -> None:
    for paper in SHELF:
        index.put(paper)
    narrow = Filters(**filters)
    assert records(index.find_words("", UNIT, filters=narrow)) == found
    assert sorted(records(index.find_words("đất", UNIT, filters=narrow))) == sorted(found)
    assert sorted(records(index.find_words("đấtt", UNIT, filters=narrow))) == sorted(found)  # nearly
    assert index.find_words("", UNIT) == index.find_words("", UNIT, filters=Filters()) == []


@pytest.mark.parametrize(
    ("units", "found"), [((UNIT,), ["c", "b", "a", "d"]), (("H49", UNIT), ["c", "b", "e", "a", "d"]), (("H00",), [])]
)
def test_several_units_are_looked_into_at_once(index: Index, units: tuple[str, ...], found: list[str]) -> None:
    for paper in SHELF:
        index.put(paper)
    narrow = Filters(units=units)
    assert records(index.find_words("", None, filters=narrow)) == found
    assert sorted(records(index.find_words("đất", None, filters=narrow))) == sorted(found)


@pytest.mark.parametrize(
    ("query", "filters"),
    [("hòa bình", Filters()), ("hòa bình", Filters(named="an")), ("hòa bìnhh", Filters()), ("", Filters(types=("t",)))],
    ids=str,
)
def test_pages_follow_each_other_without_a_gap_or_a_repetition(index: Index, query: str, filters: Filters) -> None:
    texts = ["tỉnh Hòa Bình", "Bình Dương và Hòa Vang", "quê ở xã hoa binh", "Hoa ở Bình Thuận", "Hòa Bình, Hòa Bình"]
    for n in range(23):
        dates = (f"20{10 + n % 4}-01-01",) if n % 5 else ()
        index.put(entry(f"r{n:02}", texts[n % 5] + " chữ" * (n % 7), type="t", names=("An",), dates=dates))
    whole = records(index.find_words(query, UNIT, 100, filters=filters))
    assert len(whole) == 23
    for size in (1, 4, 22):
        shown: list[str] = []
        after: Place | None = None
        while page := index.find_words(query, UNIT, size, filters=filters, after=after):
            shown += records(page)
            last = page[-1].place
            assert last is not None
            after = Place.of(last.text())
            assert after == last
        assert shown == whole


@pytest.mark.parametrize("text", ["", "x", "W10=", "WyJ3b3JkcyIsICJhIiwgMV0=", "é"])
def test_what_is_no_place_is_none(text: str) -> None:
    assert Place.of(text) is None


def test_number_is_found_whole_by_its_token_newest_first(index: Index) -> None:
    token, other = BLIND.token("cccd", "048090000001"), BLIND.token("cccd", "048090000002")
    index.put(entry("old", "bản cũ", tokens=(token,), dates=("2001-01-01", "2030-12-31")))
    index.put(entry("new", "bản mới", tokens=(token, other), dates=("2020-01-01", "1999-01-01")))
    hits = index.find_number(token, UNIT)
    assert records(hits) == ["new", "old"]
    assert {hit.match for hit in hits} == {"number"}
    assert hits[0].snippet == "bản mới"
    assert records(index.find_number(other, UNIT)) == ["new"]
    assert index.find_number(token[:-1], UNIT) == []


def test_a_newer_revision_replaces_all_of_the_older(index: Index) -> None:
    token = BLIND.token("cccd", "048090000001")
    assert index.put(entry("r", "tên cũ", tokens=(token,)))
    assert index.put(entry("r", "tên mới", revision=2))
    assert index.find_words("cũ", UNIT) == []
    assert index.find_number(token, UNIT) == []
    assert list(index.records_and_revisions()) == [("r", 2)]
    assert index.count() == 1


def test_an_older_revision_that_arrives_late_is_refused(index: Index) -> None:
    index.put(entry("r", "tên mới", revision=2))
    assert not index.put(entry("r", "tên cũ", revision=1))
    assert records(index.find_words("mới", UNIT)) == ["r"]
    assert index.find_words("cũ", UNIT) == []


def test_the_same_revision_again_has_one_effect(index: Index) -> None:
    for _ in range(3):
        assert index.put(entry("r", "một lần"))
    assert records(index.find_words("một lần", UNIT)) == ["r"]
    assert index.count() == 1


def test_remove_all(golden: Index) -> None:
    golden.remove_all()
    assert golden.count() == 0
    assert golden.find_words("quảng ngãi", None) == []
    golden.put(GOLDEN[0])
    assert golden.count() == 1


def test_rebuilding_takes_the_place_at_once_and_readers_go_on(golden: Index) -> None:
    with golden.rebuilding() as fresh:
        fresh.put(entry("only", "sau khi dựng lại"))
        assert golden.count() == len(GOLDEN)
        assert records(golden.find_words("quảng ngãi", UNIT)) == ["chi-thi"]
    assert records(golden.find_words("dựng lại", UNIT)) == ["only"]
    assert golden.count() == 1


def test_rebuilding_that_fails_changes_nothing(golden: Index) -> None:
    with pytest.raises(RuntimeError), golden.rebuilding() as fresh:
        fresh.put(entry("only", "nửa chừng"))
        raise RuntimeError
    assert golden.count() == len(GOLDEN)
    golden.put(entry("next", "vẫn ghi được"))
    assert records(golden.find_words("ghi được", UNIT)) == ["next"]


def test_what_is_put_while_rebuilding_is_carried_over(golden: Index) -> None:
    with golden.rebuilding() as fresh:
        fresh.put(entry("r", "bản một", revision=1))
        fresh.put(entry("s", "bản năm", revision=5))
        golden.put(entry("r", "bản hai", revision=2, names=("Hoà",), fields={"a": "b"}, dates=("2020-01-01",)))
        golden.put(entry("s", "bản bốn", revision=4))
    assert list(golden.records_and_revisions()) == [("r", 2), ("s", 5)]
    assert golden.find_words("hòa 2020-01-01", UNIT)[0].fields == {"a": "b"}


def test_rebuilding_an_empty_index(index: Index) -> None:
    with index.rebuilding() as fresh:
        fresh.put(GOLDEN[0])
        assert index.count() == 0
    assert index.count() == 1


INJECTIONS = [
    '"', '""', "'", "a OR b", "a AND", "NOT", "NEAR(a b)", "head : x", "{head} : a", "a*", "^a", "(", ")", "a + b",
    "-a", "a; DROP TABLE entries", "\x00", "quảng\x00ngãi", "﻿", "“", "x" * 5000, "a " * 500, '"a" "b', "\ud800",
]  # fmt: skip


@pytest.mark.parametrize("query", INJECTIONS)
@pytest.mark.parametrize("prefix", [False, True])
def test_no_query_is_an_error(library: Index, query: str, prefix: bool) -> None:
    library.find_words(query, UNIT, prefix=prefix)
    assert library.count() == len(GOLDEN)


@settings(max_examples=150, deadline=None)
@given(query=st.text(max_size=60), prefix=st.booleans())
def test_any_text_is_a_query(library: Index, query: str, prefix: bool) -> None:
    library.find_words(query, UNIT, prefix=prefix)


def test_words_of_the_query_language_are_words(index: Index) -> None:
    index.put(entry("r", "and or not near là chữ thường"))
    index.put(entry("s", "chữ khác"))
    assert records(index.find_words("AND OR NOT NEAR", UNIT)) == ["r"]
