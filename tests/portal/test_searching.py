"""Searching the own unit's papers: words, filters, pages, kept searches; opening a paper needs a case and a purpose."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from motlan.wiring import House
from portal.lookup import searching
from tests.support.portal import Client, Site, accessibility

WORDS = "khánh hương"
Door = Callable[[str | None], Client]


def found(answer: Any) -> list[str]:
    return re.findall(r'href="/ho-so/(motlan:[^"]+)"', answer.text)


def record_of(town: House, kind: str) -> str:
    return next(d.record for d in town.ledger.documents() if d.type == kind)


def opened(officer: Client, record: str) -> Any:
    return officer.submit(f"/ho-so/{record}", {"case": "H99-261122-0031", "purpose": "Đăng ký kết hôn"})


def test_words_are_found_marked_and_the_search_is_written_down_without_them(client: Door, town: House) -> None:
    answer = client("officer").submit("/tim-kiem", {"words": WORDS})
    assert len(found(answer)) == 10
    assert "<mark>Khánh</mark> <mark>Hương</mark>" in answer.text
    [event] = town.ledger.audit_entries(action="access.search")
    assert (event.actor, event.detail["by"], len(event.detail["found"])) == ("officer", ["words"], 10)
    assert "ương" not in str(event)


@pytest.mark.parametrize(
    ("typed", "types"),
    [
        ({"type": "marriage_certificate"}, {"marriage_certificate"}),
        ({"words": WORDS, "level": "sensitive"}, {"citizen_card"}),
        ({"code": "1202/gm"}, {"administrative_document"}),
        (
            {"dated_from": "2026-01-01", "words": WORDS},
            {"application_form", "residence_confirmation", "appointment_slip"},
        ),
        ({"dated_to": "1990-01-01"}, {"birth_certificate"}),
        ({"named": "sở nội vụ"}, {"administrative_document"}),
        ({"words": "zzz xyz"}, set()),
    ],
    ids=lambda given: "" if isinstance(given, set) else str(given),  # a set has no order, two processes need one
)
def test_filters(client: Door, town: House, typed: dict[str, str], types: set[str]) -> None:
    hits = found(client("officer").submit("/tim-kiem", typed))
    assert {town.ledger.document_by_record(record).type for record in hits} == types  # type: ignore[union-attr]


def test_another_unit_finds_nothing(client: Door) -> None:
    other = client("officer-2")
    answer = other.submit("/tim-kiem", {"words": WORDS})
    assert found(answer) == [] and "Không tìm thấy giấy nào" in answer.text
    body = {"words": WORDS}
    assert other.post("/api/v1/search", json=body, headers={"X-CSRF-Token": other.csrf}).json()["hits"] == []


def test_pages_follow_each_other(client: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    officer = client("officer")
    whole = found(officer.submit("/tim-kiem", {"words": WORDS}))
    monkeypatch.setattr(searching, "PAGE", 4)
    shown, after = [], ""
    for _ in range(3):
        answer = officer.submit("/tim-kiem", {"words": WORDS, "after": after}, headers={"hx-request": "true"})
        shown += found(answer)
        more = re.search(r'name="after" value="([^"]+)"', answer.text)
        after = more[1] if more else ""
    assert (shown, after) == (whole, "")
    body = {"words": WORDS, "limit": 4}
    first = officer.post("/api/v1/search", json=body, headers={"X-CSRF-Token": officer.csrf}).json()
    second = officer.post(
        "/api/v1/search", json=body | {"after": first["next"]}, headers={"X-CSRF-Token": officer.csrf}
    ).json()
    assert [hit["record"] for hit in first["hits"] + second["hits"]] == whole[:8]


@pytest.mark.parametrize(
    ("typed", "status"),
    [
        ({"words": "x" * 301}, 422),
        ({"dated_from": "2026-13-01"}, 422),
        ({"dated_from": "hôm qua"}, 422),
        ({"level": "secret"}, 422),
        ({"words": "x", "after": "không phải"}, 422),
        ({}, 200),
        ({"words": '"<script>alert(1)</script>" OR NOT *'}, 200),
        ({"words": "khánh hương"}, 200),  # NFD
        ({"words": "\x00"}, 200),
        ({"type": "không có"}, 200),
    ],
    ids=str,
)
def test_whatever_is_typed_is_answered(client: Door, typed: dict[str, str], status: int) -> None:
    answer = client("officer").submit("/tim-kiem", typed)
    assert answer.status_code == status
    assert "<script>alert" not in answer.text


def test_an_id_number_is_not_searched_and_the_page_says_so(client: Door, town: House) -> None:
    answer = client("officer").submit("/tim-kiem", {"words": "019 181 996 765"})
    assert found(answer) == [] and "Số đó không được tìm ở đây" in answer.text
    assert "019181996765" not in str(town.ledger.audit_entries())


def test_a_search_is_kept_for_its_person_alone(client: Door) -> None:
    officer, other = client("officer"), client("archivist")
    answer = officer.submit("/tim-kiem/luu", {"name": "Chị 019181996765", "words": WORDS, "level": "sensitive"})
    kept = answer.headers["location"]
    page = officer.get(kept)
    assert len(found(page)) == 1 and "Chị ••••••••••••" in page.text
    assert other.get(kept).status_code == other.submit(f"{kept}/bo").status_code == 404
    assert "Chị" not in other.get("/tim-kiem").text
    assert officer.submit(f"{kept}/bo").status_code == 303
    assert officer.get(kept).status_code == 404
    assert officer.submit("/tim-kiem/luu", {"name": "x"}).status_code == 422


def test_kept_searches_by_script(client: Door) -> None:
    officer = client("officer")
    officer.headers["X-CSRF-Token"] = officer.csrf
    made = officer.post("/api/v1/searches", json={"name": "Năm nay", "words": WORDS, "dated_from": "2026-01-01"})
    assert made.status_code == 201
    assert officer.get("/api/v1/searches").json()["searches"] == [made.json()]
    assert len(found(officer.get(f"/tim-kiem/{made.json()['search']}"))) == 3
    assert officer.delete(f"/api/v1/searches/{made.json()['search']}").status_code == 204
    assert officer.delete(f"/api/v1/searches/{made.json()['search']}").status_code == 404


# --- opening a paper


def test_a_paper_opens_for_a_case_and_a_purpose_and_every_look_is_written_down(client: Door, town: House) -> None:
    officer, record = client("officer"), record_of(town, "marriage_certificate")
    asked = officer.get(f"/ho-so/{record}")
    assert "Bạn cần giấy này cho việc gì?" in asked.text and "Võ Khánh Hương" not in asked.text
    assert officer.submit(f"/ho-so/{record}", {"case": "x", "purpose": " "}).status_code == 422
    assert town.ledger.audit_entries(action="access.open") == []
    page = opened(officer, record)
    assert "Võ Khánh Hương" in page.text
    at = re.search(r'src="(/ho-so/xem/[^"]+)/trang/1.jpg"', page.text)
    assert at
    assert officer.get(f"{at[1]}/trang/1.jpg").content.startswith(b"\xff\xd8")
    assert officer.get(f"{at[1]}/ban-ky.pdf").content.startswith(b"%PDF-")
    events = town.ledger.audit_entries(action="access.open")
    assert [(e.record, e.detail["case"], e.detail["purpose"], e.detail.get("what")) for e in events] == [
        (record, "H99-261122-0031", "Đăng ký kết hôn", what) for what in (None, "page 1", "file")
    ]


def test_another_units_paper_is_none_and_the_try_is_written_down(client: Door, town: House) -> None:
    other, record = client("officer-2"), record_of(town, "marriage_certificate")
    assert opened(other, record).status_code == other.get(f"/ho-so/{record}").status_code == 404
    assert [e.outcome for e in town.ledger.audit_entries(action="access.open")] == ["denied", "denied"]
    for none in ("motlan:H99:" + "a" * 26, "motlan:H98:" + "a" * 26, "x", "motlan:..%2F..:x"):
        assert other.get(f"/ho-so/{none}").status_code == 404


def test_a_grant_is_its_owners_and_ends(client: Door, town: House) -> None:
    officer, record = client("officer"), record_of(town, "marriage_certificate")
    at = re.search(r'src="(/ho-so/xem/[^"]+)"', opened(officer, record).text)
    assert at
    assert client("archivist").get(at[1]).status_code == 404
    assert officer.get("/ho-so/xem/khong-phai/trang/1.jpg").status_code == 404
    now = town.clock
    town.clock = lambda: now() + searching.GRANT + timedelta(seconds=1)
    assert officer.get(at[1]).status_code == 404


@pytest.mark.parametrize("phone", [False, True])
def test_searching_in_a_browser(site: Site, monkeypatch: pytest.MonkeyPatch, phone: bool) -> None:
    monkeypatch.setattr(searching, "PAGE", 4)
    page = site.page("officer", phone=phone)
    page.goto("/tim-kiem")
    assert not accessibility(page)
    page.fill("#words", WORDS)
    page.keyboard.press("Enter")
    page.wait_for_selector(".hits")
    assert page.url.endswith("/tim-kiem"), "nothing of the search in the address"
    assert not accessibility(page)
    page.click(".more button")
    page.wait_for_selector(".hits >> nth=1")
    assert page.locator(".hits > li").count() == 8
    page.fill("#name", "Chị Hương")
    page.click("form.save button")
    page.wait_for_selector(".chips [aria-current]")
    assert not accessibility(page)
    with page.context.expect_page() as other:
        page.locator(".hits a").first.click()
    paper = other.value
    paper.fill("#case", "H99-261122-0031")
    paper.fill("#purpose", "Đăng ký kết hôn")
    assert not accessibility(paper)
    paper.keyboard.press("Enter")
    paper.wait_for_selector(".said")
    paper.wait_for_load_state("networkidle")
    assert paper.locator(".sheet img").first.evaluate("picture => picture.naturalWidth") > 500
    assert not accessibility(paper)
    assert paper.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_search_and_reading_work_without_scripts(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "PAGE", 4)
    page = site.page("officer", java_script_enabled=False)
    page.goto("/tim-kiem")
    page.fill("#words", WORDS)
    page.click("form[role=search] button")
    assert page.locator(".hits > li").count() == 4
    page.click(".more button")
    page.wait_for_load_state()
    assert page.locator(".hits > li").count() == 4


def test_who_oversees_a_unit_searches_those_below_it_too(client: Door, town: House) -> None:
    with town.ledger.transaction() as tx:
        tx.ensure_unit("H90", "ỦY BAN NHÂN DÂN TỈNH MẪU")
        tx.ensure_unit("H91", "ỦY BAN NHÂN DÂN XÃ TRỐNG", "H90")
    with town.ledger.database.writing() as connection:
        connection.exec_driver_sql("update units set parent = 'H90' where code = 'H99'")
        connection.exec_driver_sql("update accounts set unit = 'H90' where login in ('archivist', 'admin', 'officer')")
    for login in ("archivist", "admin"):
        overseer = client(login)
        hits = found(overseer.submit("/tim-kiem", {"words": WORDS}))
        assert len(hits) == 10 and town.unit_name in overseer.submit("/tim-kiem", {"words": WORDS}).text
        assert found(overseer.submit("/tim-kiem", {"words": WORDS, "unit": "H99"})) == hits
        assert found(overseer.submit("/tim-kiem", {"words": WORDS, "unit": "H91"})) == []
        assert overseer.submit("/tim-kiem", {"words": WORDS, "unit": "H98"}).status_code == 422
        assert opened(overseer, hits[0]).status_code == 200
    assert found(client("officer").submit("/tim-kiem", {"words": WORDS})) == []
    assert opened(client("officer"), hits[0]).status_code == 404
    assert "/xem-lai/so-lieu" in overseer.get("/toi").text
