"""A citizen's own papers: what they say, who gets them, who looked, and nobody else's."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from motlan.wiring import House
from portal import accounts
from tests.support.portal import PASSWORD, Client, Filled

CASE, PURPOSE = "H41.16-260302-0001", "Đăng ký biến động đất đai"
Make = Callable[[str | None], Client]


@pytest.fixture
def me(client: Make, filled: Filled) -> Client:
    return client(filled.numbers[0])


@pytest.fixture
def other(town: House, client: Make) -> Client:
    """Another citizen, whose papers are others."""
    accounts.add_account(town, "001090000018", "Người khác MẪU", None, ["citizen"], by="test", password=PASSWORD)
    return client("001090000018")


def record_of(town: House, type: str) -> str:
    return next(d.record for d in town.ledger.documents(state="DONE") if d.type == type)


@pytest.fixture
def wedding(town: House) -> str:
    return record_of(town, "marriage_certificate")


def ask(town: House, record: str, purpose: str = PURPOSE) -> int:
    return town.reuse.request("officer", town.unit_code, CASE, purpose, record)


def share(me: Client, record: str, **terms: Any) -> str:
    """Share a paper; returns the path of the link."""
    answer = me.submit(f"/giay-to/{record}/chia-se", {"purpose": "Xin việc"} | terms)
    assert answer.status_code == 201, answer.text
    found = re.search(r'value="http://[^/"]+(/s/[\w-]+)"', answer.text)
    assert found
    return found[1]


def test_my_papers_are_all_mine_and_call_me_by_name(me: Client, town: House, filled: Filled) -> None:
    page = me.get("/giay-to").text
    assert "Chào chị Hương" in page or "Chào anh" in page
    token = town.blind.token("cccd", filled.numbers[0])
    mine = {hit.record for hit in town.index.find_number(token, None)}
    assert set(re.findall(r'href="/giay-to/(motlan:[^"/]+)"', page)) == mine
    assert len(mine) >= 3 and filled.numbers[0] not in page


def test_a_paper_says_its_fields_and_shows_where_they_stand(me: Client, wedding: str, filled: Filled) -> None:
    page = me.get(f"/giay-to/{wedding}").text
    truth = next(p.fields for p in filled.papers if p.type_id == "marriage_certificate")
    assert truth["husband_name"] in page and "Họ tên chồng" in page
    spot = me.get(f"/giay-to/{wedding}/cho/husband_name")
    assert Image.open(io.BytesIO(spot.content)).format == "JPEG"
    assert me.get(f"/giay-to/{wedding}/cho/nothing").status_code == 404
    plain, sealed = (me.get(f"/giay-to/{wedding}/trang/1?rong=400{more}") for more in ("", "&ban-ky=1"))
    assert Image.open(io.BytesIO(plain.content)).width == 400 and plain.content != sealed.content
    assert me.get(f"/giay-to/{wedding}/trang/99").status_code == 404
    file = me.get(f"/giay-to/{wedding}/tep")
    assert file.content.startswith(b"%PDF") and "attachment" in file.headers["content-disposition"]
    printed = me.get(f"/giay-to/{wedding}/in").text
    assert printed.count('class="qr"') == 2 and re.search(r"\b[0-9A-Z]{4}(-[0-9A-Z]{4}){7}\b", printed)


@pytest.mark.parametrize("more", ["", "/trang/1", "/cho/full_name", "/tep", "/in", "/chia-se", "/sua"])
def test_somebody_elses_paper_does_not_exist(other: Client, wedding: str, town: House, more: str) -> None:
    before = town.ledger.verify_audit().entries
    there, nowhere = (other.get(f"/giay-to/{r}{more}") for r in (wedding, "motlan:H99:" + "a" * 26))
    assert (there.status_code, nowhere.status_code) == (404, 404)
    assert there.text.replace(wedding, "") == nowhere.text.replace("motlan:H99:" + "a" * 26, "")
    assert [e.outcome for e in town.ledger.audit_entries(before) if e.action.startswith("access.")] == ["denied"] * 2


def test_nothing_leaves_when_the_look_cannot_be_written_down(
    me: Client, town: House, wedding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> int:
        raise RuntimeError("the ledger is full")

    link = share(me, wedding)
    reader = Client(town)
    reader.post(link)
    monkeypatch.setattr("ledger.writes.chain.append", refuse)
    reads = [(me, f"/giay-to/{wedding}{more}") for more in ("", "/trang/1", "/cho/wife_name", "/tep", "/in")]
    reads += [(reader, link), (reader, f"{link}/trang/1"), (reader, f"{link}/tep"), (me, "/ai-da-xem")]
    for who, path in reads:
        with pytest.raises(RuntimeError):
            who.get(path)


def test_a_request_is_previewed_agreed_to_once_and_released(me: Client, town: House, wedding: str) -> None:
    request = ask(town, wedding)
    land = ask(town, record_of(town, "land_use_certificate"))
    assert "xin dùng lại 2 giấy tờ" in me.get("/giay-to").text
    page = me.get(f"/dong-y/{request}").text
    assert PURPOSE in page and CASE in page and "Đồng ý, dùng một lần" in page
    agreed = me.submit(f"/dong-y/{request}/dong-y", {"revision": "1"})
    assert agreed.headers["location"] == f"/dong-y/{land}?xong=agreed"  # the next paper of the same case
    assert me.submit(f"/dong-y/{land}/tu-choi").headers["location"] == "/dong-y?xong=refused"
    town.reuse.release(request, "officer", CASE, PURPOSE).pdf.close()
    assert "đã dùng 1 trong 1 lần" in me.get("/dong-y").text
    assert "đã được gửi vào hồ sơ" in me.get(f"/dong-y/{request}").text
    assert me.submit(f"/dong-y/{request}/dong-y", {"revision": "1"}).status_code == 409


def test_a_consent_is_taken_back(me: Client, other: Client, town: House, wedding: str) -> None:
    request = ask(town, wedding)
    me.submit(f"/dong-y/{request}/dong-y", {"revision": "1", "uses": "3", "days": "30"})
    [given] = town.ledger.consents(request_id=request)
    assert given.uses == 3
    assert other.submit(f"/dong-y/rut/{given.id}").status_code == 404
    assert me.submit(f"/dong-y/rut/{given.id}").status_code == 303
    assert town.ledger.consent(given.id).state == "REVOKED"


@pytest.mark.parametrize("terms", [{"days": "0"}, {"uses": "101"}, {"days": "x"}, {"revision": ""}])
def test_a_consent_without_sense_changes_nothing(me: Client, town: House, wedding: str, terms: dict[str, str]) -> None:
    request = ask(town, wedding)
    assert me.submit(f"/dong-y/{request}/dong-y", {"revision": "1"} | terms).status_code == 422
    assert town.ledger.request(request).state == "REQUESTED"


def test_a_request_is_answered_by_its_citizen_alone(other: Client, client: Make, town: House, wedding: str) -> None:
    request = ask(town, wedding)
    for path in (f"/dong-y/{request}/dong-y", f"/dong-y/{request}/tu-choi"):
        assert other.submit(path, {"revision": "1"}).status_code == 404
        assert client("officer").submit(path, {"revision": "1"}).status_code == 403
    assert other.get(f"/dong-y/{request}").status_code == other.get("/dong-y/999999").status_code == 404
    assert town.ledger.request(request).state == "REQUESTED"


def test_a_share_is_opened_by_the_button_and_counted_once(me: Client, town: House, wedding: str) -> None:
    link = share(me, wedding)
    bot, reader, late = (Client(town) for _ in range(3))
    for _ in range(3):
        assert "Mở giấy tờ" in bot.get(link).text  # a preview of the link uses nothing up
    assert reader.get(f"{link}/tep").status_code == 410
    assert reader.post(link).status_code == 303
    assert "Họ tên chồng" in reader.get(link).text and "Họ tên chồng" in reader.get(link).text
    assert reader.get(f"{link}/tep").content.startswith(b"%PDF")
    assert reader.get(f"{link}/trang/1").headers["content-type"] == "image/jpeg"
    assert late.get(link).status_code == 410 and late.post(link).status_code == 410
    assert late.get(f"{link}/trang/1").status_code == 410
    assert "đã mở 1 trong 1 lần" in me.get("/chia-se").text
    assert "Người có đường dẫn bạn chia sẻ" in me.get("/ai-da-xem").text


def test_a_share_that_is_taken_back_closes_in_mid_reading(
    me: Client, other: Client, town: House, wedding: str, filled: Filled
) -> None:
    link = share(me, wedding, uses="5")
    reader = Client(town)
    reader.post(link)
    [given] = town.ledger.shares(town.blind.token("cccd", filled.numbers[0]))
    assert other.submit(f"/chia-se/{given.id}/thu-hoi").status_code == 404
    assert me.submit(f"/chia-se/{given.id}/thu-hoi").status_code == 303
    closed = reader.get(link)
    assert closed.status_code == 410 and "đã thu hồi" in closed.text
    assert reader.get(f"{link}/tep").status_code == 410


def test_the_cookie_of_one_share_opens_no_other(me: Client, town: House, wedding: str) -> None:
    first, second = share(me, wedding), share(me, record_of(town, "land_use_certificate"))
    reader = Client(town)
    ticket = reader.post(first).cookies["motlan-share"]
    thief = Client(town)
    thief.cookies.set("motlan-share", ticket)
    assert "Mở giấy tờ" in thief.get(second).text and thief.get(f"{second}/tep").status_code == 410
    thief.cookies.set("motlan-share", "forged")
    assert thief.get(f"{first}/tep").status_code == 410


def test_the_ledger_keeps_no_link_and_no_number(me: Client, town: House, wedding: str) -> None:
    link = share(me, wedding, purpose="Cho số 079201000001")
    with town.ledger.database.reading() as connection:
        rows = "".join(map(str, connection.exec_driver_sql("select * from shares").all()))
    assert link.rpartition("/")[2] not in rows and "079201000001" not in rows


@pytest.mark.parametrize(
    "terms", [{"purpose": " "}, {"days": "0"}, {"days": "91"}, {"uses": "x"}, {"uses": "-1"}, {"purpose": "a" * 201}]
)
def test_a_share_without_sense_is_told_and_keeps_what_was_typed(
    me: Client, wedding: str, terms: dict[str, str]
) -> None:
    answer = me.submit(f"/giay-to/{wedding}/chia-se", {"purpose": "Xin việc"} | terms)
    assert answer.status_code in (409, 422) and 'role="alert"' in answer.text
    assert "Bạn chưa chia sẻ" in me.get("/chia-se").text


def test_who_looked_is_told_and_asked_about(me: Client, other: Client, town: House, filled: Filled) -> None:
    town.reuse.check("officer", town.unit_code, CASE, PURPOSE, "land_use", filled.numbers[0])
    with pytest.raises(Exception, match="CONSENT_NOT_VALID"):
        town.reuse.release(ask(town, record_of(town, "land_use_certificate")), "officer", CASE, PURPOSE)
    page = me.get("/ai-da-xem").text
    assert "Mẫu officer" in page and PURPOSE in page and "Bị từ chối, không xem được gì" in page
    assert "Chính bạn" not in page and "Chính bạn" in me.get("/ai-da-xem?ca-toi=1").text
    event = re.findall(r"/ai-da-xem/(\d+)/hoi", page)[0]
    assert other.get(f"/ai-da-xem/{event}/hoi").status_code == 404
    assert other.submit(f"/ai-da-xem/{event}/hoi", {"message": "?"}).status_code == 404
    assert me.submit(f"/ai-da-xem/{event}/hoi", {"message": " "}).status_code == 422
    assert me.submit(f"/ai-da-xem/{event}/hoi", {"message": "Vì sao?"}).status_code == 303
    [asked] = town.ledger.corrections(unit=town.unit_code, state="OPEN")
    with town.ledger.transaction() as tx:
        tx.answer_correction(asked.id, "archivist", "Để giải quyết hồ sơ của chị.")
    assert "Câu hỏi của bạn đã có trả lời" in me.get("/giay-to").text
    assert "Để giải quyết hồ sơ của chị." in me.get("/cau-hoi").text
    assert "Để giải quyết hồ sơ của chị." not in other.get("/cau-hoi").text


def test_a_wrong_field_is_told_with_numbers_masked(me: Client, other: Client, town: House, wedding: str) -> None:
    said = {"field": "wife_name", "message": "Chữ đệm sai <script>, số 019181996765"}
    assert other.submit(f"/giay-to/{wedding}/sua", said).status_code == 404
    assert me.submit(f"/giay-to/{wedding}/sua", said | {"field": "none"}).status_code == 422
    assert me.submit(f"/giay-to/{wedding}/sua", said | {"message": "a" * 1001}).status_code == 422
    assert me.submit(f"/giay-to/{wedding}/sua", said).status_code == 303
    [told] = town.ledger.corrections(record=wedding)
    assert (told.field, told.unit, told.state) == ("wife_name", town.unit_code, "OPEN")
    assert "019181996765" not in told.message
    assert "&lt;script&gt;" in me.get("/cau-hoi").text and "Họ tên vợ" in me.get("/cau-hoi").text


def test_the_api_tells_the_same(me: Client, other: Client, town: House, wedding: str) -> None:
    me.headers["x-csrf-token"] = me.csrf
    papers = me.get("/api/v1/me/papers").json()
    assert wedding in [paper["record"] for paper in papers]
    paper = me.get(f"/api/v1/me/papers/{wedding}").json()
    assert paper["fields"]["husband_name"]["accepted"] and len(paper["verification_code"]) == 39
    assert me.get(f"/api/v1/me/papers/{wedding}/file").content.startswith(b"%PDF")
    assert me.get(f"/api/v1/me/papers/{wedding}/pages/1").headers["content-type"] == "image/jpeg"
    request = ask(town, wedding)
    assert [r["id"] for r in me.get("/api/v1/me/requests").json()] == [request]
    shown = me.get(f"/api/v1/me/requests/{request}").json()
    given = me.post(f"/api/v1/me/requests/{request}/consent", json={"revision": shown["revision"]})
    assert given.status_code == 201 and me.get("/api/v1/me/consents").json()[0]["open"]
    assert me.post(f"/api/v1/me/requests/{request}/refusal").json() == {"done": False}
    assert me.post(f"/api/v1/me/consents/{given.json()['consent']}/revocation").json() == {"done": True}
    made = me.post("/api/v1/me/shares", json={"record": wedding, "purpose": "Xin việc"}).json()
    assert Client(town).get(made["link"].partition(":8080")[2]).status_code == 200
    assert me.post(f"/api/v1/me/shares/{made['id']}/revocation").json() == {"done": True}
    assert [s["state"] for s in me.get("/api/v1/me/shares").json()] == ["revoked"]
    assert {look["who"] for look in me.get("/api/v1/me/looks").json()} >= {town.unit_name}
    wrong = me.post("/api/v1/me/corrections", json={"record": wedding, "field": "wife_name", "message": "Sai"})
    assert wrong.status_code == 201 and me.get("/api/v1/me/corrections").json() == [wrong.json()]
    assert other.get(f"/api/v1/me/papers/{wedding}").json()["code"] == "NOT_ALLOWED"
    assert other.get("/api/v1/me/corrections").json() == other.get("/api/v1/me/shares").json() == []


def test_a_citizen_without_papers_is_told_what_will_come(other: Client) -> None:
    page = other.get("/giay-to").text
    assert "Chào Người khác MẪU" in page and "Chưa có giấy tờ nào" in page
    for path in ("/dong-y", "/chia-se", "/ai-da-xem", "/cau-hoi"):
        assert other.get(path).status_code == 200


def test_english_is_whole(me: Client, wedding: str) -> None:
    for path in ("/giay-to", f"/giay-to/{wedding}", "/dong-y", "/chia-se", "/ai-da-xem", f"/giay-to/{wedding}/chia-se"):
        assert 'lang="en"' in me.get(f"{path}?lang=en").text
