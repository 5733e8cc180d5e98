"""The officer at the counter: what a person has handed in, asking for it again, agreement, taking it into the case."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from motlan.wiring import House
from tests.support.portal import Client, Site, accessibility

CASE, LAND = "H99-261122-0031", "1.012789"
OTHER = "001090000018"
Door = Callable[[str | None], Client]


@pytest.fixture
def number(town: House) -> str:
    """Whose land and marriage certificates are held: the citizen of the town."""
    found = [s.number for d in town.ledger.documents() for s in head(town, d.record).subjects if s.role == "owner"]
    return str(found[0])


def head(town: House, record: str) -> Any:
    paper = town.records.head(record)
    assert paper is not None
    return paper


def look_up(officer: Client, number: str, procedure: str = LAND, case: str = CASE) -> Any:
    return officer.submit("/tra-cuu", {"number": number, "case": case, "procedure": procedure})


def records(page: str) -> list[str]:
    return re.findall(r'name="record" value="([^"]+)"', page)


def ask(officer: Client, number: str) -> list[int]:
    """The requests for everything that is held for the procedure."""
    found = records(look_up(officer, number).text)
    body = {"case": CASE, "procedure": LAND, "record": found}
    answer = officer.submit("/tra-cuu/yeu-cau", body | {"at": "counter"})
    return [int(each) for each in re.findall(r"so=(\d+)", answer.headers["location"])]


def at_counter(officer: Client, requests: list[int], number: str, **more: str) -> Any:
    body = {"so": [str(each) for each in requests], "number": number, "agreed": "1"} | more
    return officer.submit("/yeu-cau/tai-quay", body)


def events(town: House, action: str) -> list[Any]:
    return town.ledger.audit_entries(action=action)


# --- looking up


def test_a_procedures_needs_against_what_is_held_in_one_event(client: Door, town: House, number: str) -> None:
    page = look_up(client("officer"), number).text
    assert "2 trong 4 giấy không phải nộp lại" in page
    assert len(records(page)) == 2
    for state in ("Đã có", "Quá hạn", "Làm mới"):
        assert state in page
    [event] = events(town, "reuse.check")
    assert (event.actor, event.detail["case"], event.detail["unit"]) == ("officer", CASE, town.unit_code)
    assert len(event.detail["found"]) == 3
    assert "Võ Khánh Hương" not in page, "nothing of what a paper says"


def test_nothing_and_not_allowed_are_one_answer(client: Door, number: str) -> None:
    def plain(answer: Any) -> str:
        return re.sub(r'value="[^"]*"', "", answer.text)

    citizen_card = "1.004873"  # sensitive: only the unit that keeps it may know of it
    theirs, nobody = (look_up(client("officer-2"), who, citizen_card) for who in (number, OTHER))
    stripped = [re.sub(r"Bản ký số.*?</dl>", "", plain(each), flags=re.S) for each in (theirs, nobody)]
    assert "Thẻ căn cước" in stripped[0] and theirs.status_code == nobody.status_code == 200
    assert records(theirs.text) == records(look_up(client("officer-2"), number, citizen_card).text)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"number": ""}, "Hãy gõ số định danh"),
        ({"number": "01918199676"}, "Bạn đã gõ 11 chữ số; số định danh có 12 chữ số"),
        ({"number": "01918199676O"}, "ký tự khác chữ số"),
        ({"number": "<script>alert(1)</script>"}, "ký tự khác chữ số"),
        ({"case": "  "}, "không được để trống"),
        ({"case": "x" * 65}, "Dài quá 64"),
        ({"procedure": "9.9"}, "Không có thủ tục"),
    ],
    ids=str,
)
def test_what_is_wrong_is_told_beside_its_field(client: Door, number: str, typed: dict[str, str], said: str) -> None:
    answer = client("officer").submit("/tra-cuu", {"number": number, "case": CASE, "procedure": LAND} | typed)
    assert answer.status_code == 422
    assert said in answer.text and 'class="fault"' in answer.text
    assert "<script>alert" not in answer.text


def test_after_so_many_looks_a_day_there_are_no_more(client: Door, town: House, number: str) -> None:
    town.settings.reuse_checks_per_day = 1
    officer = client("officer")
    assert look_up(officer, number).status_code == 200
    answer = look_up(officer, number)
    assert (answer.status_code, "quá 1 lần trong một ngày" in answer.text) == (429, True)


def test_an_id_number_typed_as_the_case_stands_in_no_event(client: Door, town: House, number: str) -> None:
    look_up(client("officer"), number, case=number)
    assert events(town, "reuse.check")[0].detail["case"] == "•" * 12


# --- asking, the counter, taking over


def test_the_whole_way_at_the_counter(client: Door, town: House, number: str) -> None:
    officer = client("officer")
    requests = ask(officer, number)
    assert len(requests) == 2
    first = requests[0]
    assert "Chờ người dân" in officer.get("/yeu-cau").text
    assert officer.get(f"/yeu-cau/{first}/ban-ky.pdf").status_code == 409, "nobody has agreed"
    assert at_counter(officer, requests, number).status_code == 303
    event = events(town, "reuse.consent")[-1]
    assert (event.actor, event.detail["how"]) == ("officer", "counter")
    assert officer.get(f"/yeu-cau/{first}/ban-ky.pdf").status_code == 409, "not taken over"
    assert officer.submit(f"/yeu-cau/{first}/nhan").status_code == 303
    page = officer.get(f"/yeu-cau/{first}")
    assert "Lương Gia Khải" in page.text or "Võ Khánh Hương" in page.text
    assert officer.get(f"/yeu-cau/{first}/trang/1.jpg").content.startswith(b"\xff\xd8")
    assert officer.get(f"/yeu-cau/{first}/trang/9.jpg").status_code == 404
    assert officer.get(f"/yeu-cau/{first}/ban-ky.pdf").content.startswith(b"%PDF-")
    assert [e.detail["what"] for e in events(town, "reuse.open") if e.outcome == "ok"] == [
        "fields", "page 1", "page 9", "file",
    ]  # fmt: skip
    assert officer.submit(f"/yeu-cau/{first}/nhan").status_code == 409, "agreed to once"


def test_the_counter_needs_the_tick_and_the_number_of_the_paper(client: Door, town: House, number: str) -> None:
    officer = client("officer")
    requests = ask(officer, number)
    assert "Hãy đánh dấu" in at_counter(officer, requests, number, agreed="").text
    other = at_counter(officer, requests, OTHER)
    assert (other.status_code, "không phải của người có tên" in other.text) == (422, True)
    assert "Bạn đã gõ 2 chữ số" in at_counter(officer, requests, "12").text
    assert {town.ledger.request(each).state for each in requests} == {"REQUESTED"}
    assert OTHER not in str(town.ledger.audit_entries())


def test_the_same_paper_is_asked_for_once_in_a_case(client: Door, number: str) -> None:
    officer = client("officer")
    requests = ask(officer, number)
    page = look_up(officer, number, case=CASE.lower()).text
    assert records(page) == [] and page.count("Đã xin cho hồ sơ này") == 2
    body = {
        "case": CASE,
        "procedure": LAND,
        "records": [officer.get("/api/v1/requests").json()["requests"][0]["record"]],
    }
    again = officer.post("/api/v1/requests", json=body, headers={"X-CSRF-Token": officer.csrf})
    assert again.json()["requests"][0]["request"] in requests


def test_what_the_citizen_takes_back_can_no_longer_be_seen(client: Door, town: House, number: str) -> None:
    officer = client("officer")
    [request, _] = ask(officer, number)
    at_counter(officer, [request], number)
    officer.submit(f"/yeu-cau/{request}/nhan")
    town.reuse.revoke(town.ledger.consents(request_id=request)[0].id, number)
    assert "đã rút lại" in officer.get(f"/yeu-cau/{request}").text
    assert officer.get(f"/yeu-cau/{request}/ban-ky.pdf").status_code == 409


def test_a_request_nobody_answers_ends(client: Door, town: House, number: str) -> None:
    officer = client("officer")
    [request, _] = ask(officer, number)
    now = town.clock
    town.clock = lambda: now() + timedelta(days=8)
    for name in ("ledger", "reuse"):
        town.__dict__.pop(name, None)
    officer = client("officer")
    assert "Yêu cầu này đã hết hạn" in officer.get(f"/yeu-cau/{request}").text
    assert officer.get(f"/yeu-cau/tai-quay?so={request}").status_code == 409


def test_another_officers_request_is_none(client: Door, number: str) -> None:
    officer = client("officer")
    [request, _] = ask(officer, number)
    at_counter(officer, [request], number)
    officer.submit(f"/yeu-cau/{request}/nhan")
    other = client("officer-2")
    assert "chưa xin dùng lại" in other.get("/yeu-cau").text
    for path in ("", "/trang/1.jpg", "/ban-ky.pdf"):
        assert other.get(f"/yeu-cau/{request}{path}").status_code == 404
    assert other.submit(f"/yeu-cau/{request}/nhan").status_code == 404
    assert other.get(f"/yeu-cau/tai-quay?so={request}").status_code == 404
    assert other.get(f"/api/v1/requests/{request}").json()["code"] == "NOT_ALLOWED"
    missing, theirs = (other.get(f"/yeu-cau/{each}").text.replace(f"/{each}", "") for each in (999999, request))
    assert missing == theirs


# --- for scripts


def test_the_whole_way_by_script(client: Door, number: str) -> None:
    officer = client("officer")
    officer.headers["X-CSRF-Token"] = officer.csrf
    assert len(officer.get("/api/v1/procedures").json()["procedures"]) >= 8
    body = {"id_number": number, "case": CASE, "procedure": LAND}
    found = officer.post("/api/v1/lookups", json=body).json()
    assert (found["spared"], [each["state"] for each in found["answers"]]) == (2, ["held", "held", "expired", "new"])
    assert found["answers"][0]["papers"][0]["quality"]["living"] == 1.0
    record = found["answers"][0]["papers"][0]["record"]
    made = officer.post("/api/v1/requests", json={"case": CASE, "procedure": LAND, "records": [record]})
    request = made.json()["requests"][0]["request"]
    assert (made.status_code, made.json()["requests"][0]["state"]) == (201, "waiting")
    agreed = officer.post(f"/api/v1/requests/{request}/counter-consent", json={"id_number": number, "agreed": True})
    assert (agreed.json()["state"], agreed.json()["how"]) == ("agreed", "counter")
    received = officer.post(f"/api/v1/requests/{request}/release").json()
    assert "Võ Khánh Hương" in [field["value"] for field in received["fields"]]
    assert officer.get(received["file"]).content.startswith(b"%PDF-")
    assert officer.get("/api/v1/requests").json()["requests"][0]["state"] == "received"
    for wrong in ({"id_number": number, "agreed": False}, {"id_number": number}, {"agreed": True}):
        assert officer.post(f"/api/v1/requests/{request}/counter-consent", json=wrong).status_code == 422


# --- in a browser


@pytest.mark.parametrize("phone", [False, True])
def test_the_officers_way_in_a_browser(site: Site, number: str, phone: bool) -> None:
    page = site.page("officer", phone=phone)
    page.goto("/tra-cuu")
    page.fill("#number", number)
    page.fill("#case", CASE)
    page.select_option("#procedure", LAND)
    page.keyboard.press("Enter") if not phone else page.click("main form button")
    page.wait_for_selector(".answers")
    assert page.url.endswith("/tra-cuu"), "no number in the address"
    assert not accessibility(page)
    button = page.locator("button[data-count]")
    assert button.inner_text() == "Xin dùng lại 2 giấy"
    page.locator("input[name=record]").nth(1).uncheck()
    assert button.inner_text() == "Xin dùng lại 1 giấy"
    page.click("button[value=counter]")
    page.wait_for_selector("[name=agreed]")
    assert not accessibility(page)
    page.fill("#number", number)
    page.check("[name=agreed]")
    page.click("main form.card button")
    page.wait_for_selector(".group")
    assert not accessibility(page)
    page.click("text=Nhận vào hồ sơ")
    page.wait_for_selector(".said")
    page.wait_for_load_state("networkidle")
    assert page.locator(".sheet img").first.evaluate("picture => picture.naturalWidth") > 500
    page.locator(".spot").first.click()
    assert page.locator("rect:target").count() == 1, "the way from a value to its place"
    assert not accessibility(page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
