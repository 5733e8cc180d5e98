"""The archivist's and the administrator's pages: what they show, what they change, and whose they are."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from motlan.wiring import House
from portal import accounts
from portal.keeping.board import board
from portal.keeping.survey import Surveys
from tests.support.portal import OTHER_UNIT, PASSWORD, Client, Filled, Site, accessibility

LINK = re.compile(r'class="once">[^<]*(/bat-dau/[^<]+)<')
Make = Callable[[str | None], Client]


@pytest.fixture
def admin(empty_town: House) -> Client:
    return Client(empty_town).login("admin")


def id_of(house: House, login: str) -> int:
    account = house.ledger.account_by_login(login)
    assert account
    return account.id


def a_record(house: House) -> str:
    return house.ledger.documents(state="DONE")[0].record


# --- units and accounts


def test_a_new_clerk_gets_a_link_once_and_comes_in(empty_town: House, admin: Client) -> None:
    form = {"login": "lan", "name": "Bà Lan MẪU", "unit": "H99", "roles": ["clerk", "officer"]}
    told = admin.submit("/quan-tri/tai-khoan", form).text
    link = LINK.search(told)
    assert link
    account = id_of(empty_town, "lan")
    assert not LINK.search(admin.get(f"/quan-tri/tai-khoan/{account}").text)
    someone = Client(empty_town)
    assert someone.post(link[1], data={"password": PASSWORD, "again": PASSWORD}).status_code == 303
    someone.login("lan")


@pytest.mark.parametrize(
    "wrong",
    [{"login": "001090000018"}, {"login": ""}, {"login": "clerk"}, {"name": " "}, {"roles": []}, {"roles": ["client"]}],
    ids=str,
)
def test_a_form_with_a_fault_adds_nobody(empty_town: House, admin: Client, wrong: dict[str, str]) -> None:
    before = empty_town.ledger.account_count()
    form = {"login": "lan", "name": "Lan", "unit": "H99", "roles": ["clerk"]} | wrong
    answer = admin.submit("/quan-tri/tai-khoan", form)
    assert answer.status_code == 422 and 'role="alert"' in answer.text
    assert empty_town.ledger.account_count() == before


def test_an_account_is_changed_closed_and_opened(empty_town: House, admin: Client) -> None:
    clerk = Client(empty_town).login("clerk")
    path = f"/quan-tri/tai-khoan/{id_of(empty_town, 'clerk')}"
    form = {"name": "Ông Mới", "unit": "H99", "roles": ["clerk", "archivist"]}
    assert admin.submit(path, form).status_code == 303
    assert "Lưu trữ viên" in clerk.get("/toi").text, "rights hold from the next request on"
    assert admin.submit(path + "/dong").status_code == 303
    assert clerk.get("/toi").status_code == 303
    assert clerk.post("/dang-nhap", data={"login": "clerk", "password": PASSWORD}).status_code == 401
    assert admin.submit(path + "/moi").status_code == 422
    assert admin.submit(path + "/mo").status_code == 303
    clerk.login("clerk")
    assert admin.submit(path + "/dang-xuat").status_code == 303
    assert clerk.get("/toi").status_code == 303
    assert admin.submit(path + "/xoa").status_code == 404


def test_a_locked_account_is_opened_by_the_administrator(empty_town: House, admin: Client) -> None:
    door = Client(empty_town)
    for _ in range(accounts.TRIES):
        door.post("/dang-nhap", data={"login": "clerk", "password": "sai"})
    path = f"/quan-tri/tai-khoan/{id_of(empty_town, 'clerk')}"
    assert "tạm khóa" in admin.get(path).text
    admin.submit(path + "/mo-khoa")
    door.login("clerk")


def test_the_last_administrator_cannot_leave(empty_town: House, admin: Client) -> None:
    path = f"/quan-tri/tai-khoan/{id_of(empty_town, 'admin')}"
    assert admin.submit(path, {"name": "Q", "unit": "H99", "roles": ["clerk"]}).status_code == 409
    assert admin.submit(path + "/dong").status_code == 409
    accounts.add_account(empty_town, "thu-hai", "Thứ hai", "H99", ["admin"], by="test")
    assert admin.submit(path, {"name": "Q", "unit": "H99", "roles": ["clerk"]}).status_code == 303
    assert admin.get("/quan-tri/tai-khoan").status_code == 403


def test_units_make_a_tree_and_another_tree_is_out_of_reach(admin: Client) -> None:
    assert admin.submit("/quan-tri/don-vi", {"code": "h99.1", "name": "Thôn", "parent": "H99"}).status_code == 303
    assert admin.submit("/quan-tri/don-vi", {"code": "H99.1", "name": "Thôn", "parent": "H99"}).status_code == 422
    assert admin.submit("/quan-tri/don-vi", {"code": "a b", "name": "Thôn", "parent": "H99"}).status_code == 422
    assert admin.submit("/quan-tri/don-vi", {"code": "H99.2", "name": "X", "parent": OTHER_UNIT}).status_code == 404
    assert admin.submit("/quan-tri/don-vi/H99.1/ten", {"name": "Thôn Mới"}).status_code == 303
    assert admin.submit(f"/quan-tri/don-vi/{OTHER_UNIT}/ten", {"name": "X"}).status_code == 404
    page = admin.get("/quan-tri/don-vi").text
    assert "Thôn Mới" in page and OTHER_UNIT not in page
    form = {"login": "duoi", "name": "Dưới", "unit": "H99.1", "roles": ["clerk"]}
    assert admin.submit("/quan-tri/tai-khoan", form).status_code == 200, "a unit below is in care"


def test_other_units_accounts_do_not_exist(empty_town: House, admin: Client) -> None:
    foreign = id_of(empty_town, "clerk-2")
    assert "clerk-2" not in admin.get("/quan-tri/tai-khoan").text
    answers = [admin.get(f"/quan-tri/tai-khoan/{foreign}")]
    answers += [admin.submit(f"/quan-tri/tai-khoan/{foreign}{act}") for act in ("", "/moi", "/dong", "/bo-ma")]
    assert {answer.status_code for answer in answers} == {404}
    none = admin.get("/quan-tri/tai-khoan/99999")
    assert none.status_code == 404 and none.text == answers[0].text.replace(f"khoan/{foreign}", "khoan/99999")


def test_a_citizen_gets_an_account_at_the_counter_and_sees_that(empty_town: House, admin: Client) -> None:
    number = "001090000018"
    assert admin.submit("/quan-tri/nguoi-dan", {"number": number, "act": "unlock"}).status_code == 404
    assert admin.submit("/quan-tri/nguoi-dan", {"number": "123", "act": "open"}).status_code == 422
    told = admin.submit("/quan-tri/nguoi-dan", {"number": number, "act": "open", "name": "Người MẪU"}).text
    link = LINK.search(told)
    assert link and number not in told
    someone = Client(empty_town)
    assert someone.post(link[1], data={"password": PASSWORD, "again": PASSWORD}).status_code == 303
    someone.login(number)
    token = empty_town.blind.token("cccd", number)
    [entry] = empty_town.ledger.audit_entries(subject_token=token)
    assert (entry.actor, entry.action) == ("admin", "access.account")
    assert admin.submit("/quan-tri/nguoi-dan", {"number": number, "act": "close"}).status_code == 200
    assert someone.get("/toi").status_code == 303


def test_what_is_looked_for_comes_into_no_address_as_a_number(admin: Client) -> None:
    there = admin.submit("/quan-tri/tai-khoan/tim", {"q": "001090000018"}).headers["location"]
    there += admin.submit("/luu-tru/nhat-ky", {"actor": "001090000018"}).headers["location"]
    assert "001090000018" not in there


# --- the archivist


def test_the_dashboard_counts_the_own_unit_only(town: House, client: Make, filled: Filled) -> None:
    made = board(town, Surveys(town), "H99")
    assert made.stored == len(town.ledger.documents(state="DONE")) > 0
    assert made.survey and made.survey.totals.papers == made.stored and not made.survey.more
    assert 0 < made.survey.totals.accepted <= made.survey.totals.fields
    assert made.survey.totals.verdicts["VALID"] == made.stored and made.key and made.key.trial
    assert made.backlog.open > 0 and made.queue == [] and len(made.indicators) == 7
    other = board(town, Surveys(town), OTHER_UNIT)
    assert (other.stored, other.backlog.open, other.intake.batches, other.reachable) == (0, 0, 0, 0)
    page = client("archivist").get("/bang-dieu-khien")
    assert page.status_code == 200 and not any(number in page.text for number in filled.numbers)


def test_a_dashboard_on_a_wall_keeps_nobody_logged_in(town: House, client: Make) -> None:
    archivist, began = client("archivist"), town.clock
    poll = {"hx-request": "true", "x-poll": "1"}
    assert archivist.get("/bang-dieu-khien", headers=poll).status_code == 200
    for minutes in (20, 40):
        town.clock = lambda minutes=minutes: began() + timedelta(minutes=minutes)
        town.__dict__.pop("ledger", None)
        answer = archivist.get("/bang-dieu-khien", headers=poll)
    assert (answer.status_code, answer.headers["hx-refresh"]) == (401, "true")


def test_the_log_is_searched_paged_and_verified(town: House, client: Make) -> None:
    archivist = client("archivist")
    record = a_record(town)
    archivist.get(f"/luu-tru/ho-so/{record}")
    found = archivist.get(f"/luu-tru/nhat-ky?record={record}&action=access.").text
    assert "Xem bản kê của giấy tờ" in found and found.count("<tr>") == 2
    with town.ledger.transaction() as tx:
        for n in range(60):
            tx.audit("clerk", "review.decided", f"review:{n}", {})
    first = archivist.get("/luu-tru/nhat-ky?actor=clerk&action=review.").text
    older = re.search(r'href="(\?[^"]*before=[^"]*)"', first)
    assert older and first.count("review:") == 50
    assert archivist.get("/luu-tru/nhat-ky" + older[1].replace("&amp;", "&")).text.count("review:") == 10
    assert "Chuỗi nguyên vẹn" in archivist.submit("/luu-tru/nhat-ky/kiem-tra").text
    with town.ledger.database.writing() as connection:
        connection.exec_driver_sql("update audit set actor='ai-khac' where seq=2")
    assert "Chuỗi bị đứt ở mục 2" in archivist.submit("/luu-tru/nhat-ky/kiem-tra").text


def test_a_record_tells_its_account_and_is_read_back(town: House, client: Make) -> None:
    archivist, record = client("archivist"), a_record(town)
    page = archivist.get(f"/luu-tru/ho-so/{record}").text
    assert "Hợp lệ" in page and "PDF đã ký số" in page
    assert "Toàn vẹn" in archivist.submit(f"/luu-tru/ho-so/{record}/toan-ven").text
    manifest = town.records.head(record)
    assert manifest
    kept = manifest.representation("archival")
    assert kept
    with town.archive.path(kept.sha256) as path:
        path.chmod(0o600)
        path.write_bytes(b"changed")
    assert "Nội dung bị đổi: archival" in archivist.submit(f"/luu-tru/ho-so/{record}/toan-ven").text
    assert [e.action for e in town.ledger.audit_entries(record=record)][-2:] == ["record.fixity", "access.manifest"]


def test_holds_are_put_and_lifted_by_archivists_of_the_unit(town: House, client: Make) -> None:
    archivist, stranger, record = client("archivist"), client("archivist-2"), a_record(town)
    assert archivist.submit(f"/luu-tru/ho-so/{record}/giu", {"reason": " "}).status_code == 422
    assert archivist.submit("/luu-tru/giu", {"record": record, "reason": "Tòa án cần"}).status_code == 303
    assert archivist.submit("/luu-tru/giu", {"record": "motlan:x", "reason": "Tòa án cần"}).status_code == 404
    [hold] = town.ledger.holds("H99")
    assert stranger.submit(f"/luu-tru/giu/{hold.id}/bo").status_code == 404
    assert stranger.get(f"/luu-tru/ho-so/{record}").status_code == 404
    assert stranger.submit(f"/luu-tru/ho-so/{record}/giu", {"reason": "x"}).status_code == 404
    assert client("admin").submit(f"/luu-tru/giu/{hold.id}/bo").status_code == 403
    assert archivist.submit(f"/luu-tru/giu/{hold.id}/bo").status_code == 303
    assert not town.ledger.holds("H99")


def test_retention_counts_and_destroys_nothing(town: House, client: Make) -> None:
    archivist = client("archivist")
    assert "Thẻ căn cước" in archivist.get("/luu-tru/giu").text or "vĩnh viễn" in archivist.get("/luu-tru/giu").text
    began = town.clock
    town.clock = lambda: began() + timedelta(days=366 * 12)
    later = Client(town)
    assert later.login("archivist").get("/luu-tru/giu").status_code == 200
    assert len(town.ledger.documents(state="DONE")) > 0


def test_a_citizens_question_is_answered_once_by_the_own_unit(town: House, client: Make) -> None:
    record = a_record(town)
    with town.ledger.transaction() as tx:
        asked = tx.put_correction(record, 1, "H99", "full_name", "v1:token", "Tên của tôi sai dấu")
    path = f"/luu-tru/dinh-chinh/{asked}"
    archivist, stranger = client("archivist"), client("archivist-2")
    assert "Tên của tôi sai dấu" in archivist.get("/luu-tru/dinh-chinh").text
    assert "Tên của tôi sai dấu" not in stranger.get("/luu-tru/dinh-chinh").text
    assert stranger.submit(path, {"answer": "x"}).status_code == 404
    assert archivist.submit(path, {"answer": ""}).status_code == 422
    assert archivist.submit(path, {"answer": "Đã sửa lại", "corrected": "1"}).status_code == 303
    assert archivist.submit(path, {"answer": "Lần nữa"}).status_code == 404
    assert "Đã sửa lại" in archivist.get("/luu-tru/dinh-chinh?all=1").text


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_the_whole_way_in_a_browser(site: Site, phone: bool) -> None:
    site.house.reuse  # noqa: B018 - opened before the pages are timed
    page = site.page("admin", phone=phone)
    page.goto("/quan-tri/tai-khoan")
    assert not accessibility(page)
    page.fill("#login", "lan")
    page.fill("#name", "Bà Lan MẪU")
    page.get_by_label("Cán bộ quét").check()
    page.get_by_role("button", name="Thêm và lấy đường dẫn").click()
    assert "/bat-dau/" in page.locator(".once").inner_text() and not accessibility(page)
    page.goto("/quan-tri/don-vi")
    assert not accessibility(page)
    page = site.page("archivist", phone=phone)
    assert page.url.endswith("/bang-dieu-khien")
    page.get_by_text("Chỉ số số hóa").wait_for()
    page.reload()
    assert not accessibility(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for path in ("/luu-tru/nhat-ky", "/luu-tru/giu", "/luu-tru/dinh-chinh", f"/luu-tru/ho-so/{a_record(site.house)}"):
        page.goto(path)
        assert not accessibility(page), path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


# --- the API: the same functions


def test_the_api_does_what_the_pages_do(town: House, client: Make) -> None:
    admin, archivist, record = client("admin"), client("archivist"), a_record(town)
    token = {"headers": {"x-csrf-token": admin.csrf}}
    new = {"login": "lan", "name": "Lan", "unit": "H99", "roles": ["clerk"]}
    made = admin.post("/api/v1/accounts", json=new, **token)
    assert made.status_code == 201 and "/bat-dau/" in made.json()["link"]
    path = f"/api/v1/accounts/{made.json()['account']}"
    change = {"name": "Lan", "unit": "H99", "roles": ["officer"]}
    assert admin.put(path, json=change, **token).json()["roles"] == ["officer"]
    assert admin.put(path + "/state", json={"state": "CLOSED"}, **token).json()["state"] == "CLOSED"
    assert [one["login"] for one in admin.get("/api/v1/accounts?like=la").json()["accounts"]] == ["lan"]
    assert admin.put(f"/api/v1/accounts/{id_of(town, 'clerk-2')}", json=change, **token).status_code == 404
    token = {"headers": {"x-csrf-token": archivist.csrf}}
    hold = archivist.post("/api/v1/holds", json={"record": record, "reason": "Tòa án"}, **token)
    assert hold.status_code == 201 and archivist.get("/api/v1/holds").json()["holds"] == [hold.json()]
    assert archivist.delete(f"/api/v1/holds/{hold.json()['id']}", **token).status_code == 204
    assert archivist.post(f"/api/v1/records/{record}/fixity", **token).json()["ok"] is True
    assert archivist.post("/api/v1/audit/verification", **token).json()["ok"] is True
    page = archivist.get("/api/v1/audit?limit=1").json()
    assert page["entries"][0]["action"] == "audit.verified" and page["before"] == page["entries"][0]["seq"]
    assert archivist.get("/api/v1/board").json()["papers"]["DONE"] > 0
