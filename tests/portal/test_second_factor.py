"""The second factor: offered, proved, asked for after the password, good once, counted when wrong, and taken away."""

from __future__ import annotations

import re
from datetime import timedelta

import pyotp
import pytest

from motlan.wiring import House
from portal import accounts
from portal.login import second_factor
from tests.support.portal import CSRF, PASSWORD, Client, Site, accessibility

SECRET = re.compile(r'class="mono strong">([A-Z2-7 ]+)<')
CODE = re.compile(r'<li class="mono strong">([^<]+)<')
SEALED = re.compile(r'name="sealed" value="([^"]+)"')


@pytest.fixture
def secret(empty_town: House) -> str:
    """The clerk has a second factor; its codes of now were used."""
    page = Client(empty_town).login("clerk")
    told = page.get("/toi/ma-xac-nhan").text
    secret, sealed = SECRET.search(told), SEALED.search(told)
    assert secret and sealed
    plain = secret[1].replace(" ", "")
    form = {"sealed": sealed[1], "code": pyotp.TOTP(plain).at(empty_town.clock()), "password": PASSWORD}
    assert page.submit("/toi/ma-xac-nhan", form | {"code": "000000"}).status_code == 422
    assert page.submit("/toi/ma-xac-nhan", form | {"password": "sai"}).status_code == 422
    assert len(CODE.findall(page.submit("/toi/ma-xac-nhan", form).text)) == 10
    return plain


def later(house: House, seconds: int) -> None:
    """Time passes for everything in the house."""
    now = house.clock
    house.clock = lambda: now() + timedelta(seconds=seconds)
    house.__dict__.pop("ledger", None)


def first_step(house: House) -> Client:
    """Somebody who gave the right password."""
    door = Client(house)
    answer = door.post("/dang-nhap", data={"login": "clerk", "password": PASSWORD, "next": "/toi"})
    assert answer.headers["location"] == "/dang-nhap/ma?next=/toi"
    found = CSRF.search(door.get("/dang-nhap/ma").text)
    assert found
    door.csrf = found[1]
    return door


def test_the_ledger_holds_no_secret_in_the_clear(empty_town: House, secret: str) -> None:
    account = empty_town.ledger.account_by_login("clerk")
    assert account and account.totp and secret not in account.totp


def test_a_password_alone_opens_nothing_and_a_code_opens_once(empty_town: House, secret: str) -> None:
    door = first_step(empty_town)
    assert door.get("/toi").headers["location"].startswith("/dang-nhap")
    later(empty_town, 60)
    code = pyotp.TOTP(secret).at(empty_town.clock())
    before = door.cookies.get("motlan")
    assert door.submit("/dang-nhap/ma", {"code": code, "next": "//khac.example"}).headers["location"] == "/lo-quet"
    assert door.cookies.get("motlan") != before and door.get("/toi").status_code == 200
    again = first_step(empty_town)
    assert again.submit("/dang-nhap/ma", {"code": code}).status_code == 422
    assert again.get("/toi").status_code == 303


def test_wrong_codes_lock_and_a_right_password_buys_no_new_tries(empty_town: House, secret: str) -> None:
    later(empty_town, 60)
    for _ in range(accounts.TRIES - 1):
        assert first_step(empty_town).submit("/dang-nhap/ma", {"code": "123"}).status_code == 422
    door = first_step(empty_town)
    assert door.submit("/dang-nhap/ma", {"code": "123"}).status_code == 429
    assert door.submit("/dang-nhap/ma", {"code": pyotp.TOTP(secret).at(empty_town.clock())}).status_code == 429


def test_a_code_without_the_password_before_it_is_no_login(empty_town: House, secret: str) -> None:
    later(empty_town, 60)
    code = pyotp.TOTP(secret).at(empty_town.clock())
    door = Client(empty_town)
    assert door.post("/dang-nhap/ma", data={"code": code}).headers["location"] == "/dang-nhap"
    assert door.get("/toi").status_code == 303


def new_codes(page: Client) -> list[str]:
    return CODE.findall(page.submit("/toi/ma-du-phong", {"password": PASSWORD}).text)


def test_a_recovery_code_opens_once_and_is_counted_when_wrong(empty_town: House, secret: str) -> None:
    later(empty_town, 60)
    door = first_step(empty_town)
    door.submit("/dang-nhap/ma", {"code": pyotp.TOTP(secret).at(empty_town.clock())})
    found = CSRF.search(door.get("/toi").text)
    assert found
    door.csrf = found[1]
    assert door.submit("/toi/ma-du-phong", {"password": "sai"}).status_code == 422
    old, codes = new_codes(door), new_codes(door)
    assert len(set(codes)) == 10 and "còn 10 mã" in door.get("/toi").text
    with empty_town.ledger.database.reading() as connection:
        rows = "".join(map(str, connection.exec_driver_sql("select * from recovery_codes").all()))
    assert not any(code.replace(" ", "") in rows for code in codes)
    assert first_step(empty_town).submit("/dang-nhap/ma", {"code": codes[0].upper()}).status_code == 303
    for wrong in (codes[0], old[0], "abcd efgh jkmn"):
        assert first_step(empty_town).submit("/dang-nhap/ma", {"code": wrong}).status_code == 422
    account = empty_town.ledger.account_by_login("clerk")
    assert account and account.failed == 3
    assert first_step(empty_town).submit("/dang-nhap/ma", {"code": codes[1]}).status_code == 303
    for _ in range(accounts.TRIES):
        last = first_step(empty_town).submit("/dang-nhap/ma", {"code": codes[0]})
    assert last.status_code == 429
    assert Client(empty_town).post("/dang-nhap", data={"login": "clerk", "password": PASSWORD}).status_code == 429
    assert [entry.detail["left"] for entry in empty_town.ledger.audit_entries(action="login.recovery_code")] == [9, 8]


@pytest.mark.usefixtures("secret")
def test_codes_end_with_the_second_factor(empty_town: House) -> None:
    account = empty_town.ledger.account_by_login("clerk")
    assert account and empty_town.ledger.recovery_codes_left(account.id) == 10
    second_factor.turn_off(empty_town, account, by="admin")
    assert empty_town.ledger.recovery_codes_left(account.id) == 0
    assert Client(empty_town).login("clerk").get("/toi/ma-du-phong").headers["location"] == "/toi/ma-xac-nhan"


def test_an_offer_to_somebody_else_is_not_taken(empty_town: House) -> None:
    clerk, officer = (empty_town.ledger.account_by_login(name) for name in ("clerk", "officer"))
    assert clerk and officer
    offer = second_factor.offer(empty_town, officer, "officer")
    form = {"sealed": offer.sealed, "code": pyotp.TOTP(offer.secret).at(empty_town.clock()), "password": PASSWORD}
    assert Client(empty_town).login("clerk").submit("/toi/ma-xac-nhan", form).status_code == 422


def test_it_is_turned_off_with_the_password(empty_town: House, secret: str) -> None:
    later(empty_town, 60)
    door = first_step(empty_town)
    door.submit("/dang-nhap/ma", {"code": pyotp.TOTP(secret).at(empty_town.clock())})
    found = CSRF.search(door.get("/toi").text)
    assert found
    door.csrf = found[1]
    assert door.submit("/toi/ma-xac-nhan/tat", {"password": "sai"}).status_code == 422
    assert door.submit("/toi/ma-xac-nhan/tat", {"password": PASSWORD}).status_code == 303
    Client(empty_town).login("clerk")


def test_a_changed_password_ends_the_other_sessions(empty_town: House) -> None:
    here, there = Client(empty_town).login("clerk"), Client(empty_town).login("clerk")
    form = {"old": PASSWORD, "password": "mot-mat-khau-khac", "again": "mot-mat-khau-khac"}
    assert here.submit("/toi/mat-khau", form | {"old": "sai"}).status_code == 422
    assert here.submit("/toi/mat-khau", form | {"again": "khác"}).status_code == 422
    assert here.submit("/toi/mat-khau", form).status_code == 303
    assert here.get("/toi").status_code == 200 and there.get("/toi").status_code == 303
    Client(empty_town).login("clerk", "mot-mat-khau-khac")


def test_turning_it_on_in_a_browser(site: Site) -> None:
    page = site.page("officer", phone=True)
    page.goto("/toi")
    page.get_by_role("link", name="Bật mã xác nhận").click()
    assert not accessibility(page)
    assert page.locator("img[alt^='Mã QR']").evaluate("image => image.naturalWidth") > 50
    secret = page.locator(".mono.strong").inner_text().replace(" ", "")
    page.fill("#code", pyotp.TOTP(secret).at(site.house.clock()))
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_text("Cất mười mã").wait_for()
    assert page.locator(".codes li").count() == 10 and not accessibility(page)
    page.get_by_text("Tôi đã cất mã").click()
    page.get_by_text("đang bật").wait_for()
    assert not accessibility(page)
    page = site.page("officer", phone=True)
    assert page.locator("h1").inner_text() == "Nhập mã xác nhận" and not accessibility(page)
