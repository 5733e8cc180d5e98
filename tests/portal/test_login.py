"""Coming in and going out: passwords, lock-out, one-time links, sessions, and requests that others forged."""

from __future__ import annotations

from datetime import timedelta

import pytest
from argon2 import PasswordHasher

from motlan.wiring import House
from portal import accounts
from schemas.errors import FormInvalid, LinkExpired
from tests.support.portal import PASSWORD, Client, Site, accessibility

HASHER, NOBODY = accounts.HASHER, accounts.NOBODY  # as the portal has them; the tests hash cheaply


@pytest.fixture
def door(empty_town: House) -> Client:
    return Client(empty_town)


def test_a_clerk_logs_in_and_out(door: Client) -> None:
    assert door.get("/toi").headers["location"] == "/dang-nhap?next=%2Ftoi"
    door.login("CLERK ")
    assert "Mẫu clerk" in door.get("/toi").text
    assert door.submit("/dang-xuat").status_code == 303
    assert door.get("/toi").status_code == 303


def test_a_citizen_logs_in_by_number_and_the_ledger_knows_no_number(empty_town: House) -> None:
    number = "001090000018"
    accounts.add_account(empty_town, number, "Người MẪU", None, ["citizen"], by="test", password=PASSWORD)
    Client(empty_town).login("001 090 000 018")
    with empty_town.ledger.database.reading() as connection:
        rows = "".join(map(str, connection.exec_driver_sql("select * from accounts").all()))
    assert number not in rows


def test_wrong_passwords_lock_and_nothing_says_which_logins_exist(empty_town: House, door: Client) -> None:
    wrong = [door.post("/dang-nhap", data={"login": name, "password": "sai"}) for name in ("clerk", "nobody")]
    assert [answer.status_code for answer in wrong] == [401, 401]
    assert wrong[0].text.replace("clerk", "nobody") == wrong[1].text
    for _ in range(accounts.TRIES - 1):
        last = door.post("/dang-nhap", data={"login": "clerk", "password": "sai"})
    assert last.status_code == 429
    assert door.post("/dang-nhap", data={"login": "clerk", "password": PASSWORD}).status_code == 429
    now = empty_town.clock
    empty_town.clock = lambda: now() + timedelta(minutes=accounts.LOCK_MINUTES + 1)
    assert door.post("/dang-nhap", data={"login": "clerk", "password": PASSWORD}).status_code == 303


def test_passwords_are_hashed_as_the_library_says_and_so_is_that_of_nobody() -> None:
    """Else the time of an answer would tell which logins exist."""
    library = PasswordHasher()
    assert not library.check_needs_rehash(HASHER.hash(PASSWORD)) and not library.check_needs_rehash(NOBODY)


def test_a_one_time_link_sets_a_password_once(empty_town: House, door: Client) -> None:
    made = accounts.add_account(empty_town, "moi", "Mới MẪU", empty_town.unit_code, ["clerk"], by="test")
    first = accounts.invite(empty_town, made, by="test")
    path = accounts.invite(empty_town, made, by="test").removeprefix(empty_town.settings.public_url)
    assert door.get(first.removeprefix(empty_town.settings.public_url)).status_code == 410
    assert door.post(path, data={"password": "ngắn", "again": "ngắn"}).status_code == 422
    assert door.post(path, data={"password": PASSWORD, "again": "khác"}).status_code == 422
    assert door.post(path, data={"password": PASSWORD, "again": PASSWORD}).status_code == 303
    assert door.get(path).status_code == 410
    door.login("moi")


def test_an_invitation_ends(empty_town: House) -> None:
    made = accounts.add_account(empty_town, "moi", "Mới MẪU", empty_town.unit_code, ["clerk"], by="test")
    token = accounts.invite(empty_town, made, by="test").rpartition("/")[2]
    later = House(empty_town.settings, lambda: empty_town.clock() + accounts.INVITATION + timedelta(minutes=1))
    with pytest.raises(LinkExpired):
        accounts.accept_invitation(later, token, PASSWORD)


def test_two_people_cannot_have_one_login(empty_town: House) -> None:
    with pytest.raises(FormInvalid):
        accounts.add_account(empty_town, " Clerk", "Khác", empty_town.unit_code, ["clerk"], by="test")


def test_a_session_that_somebody_prepared_is_not_taken_over(door: Client) -> None:
    door.cookies.set("motlan", "prepared", domain="127.0.0.1")
    door.post("/dang-nhap", data={"login": "clerk", "password": PASSWORD})
    assert "prepared" not in [cookie.value for cookie in door.cookies.jar if cookie.name == "motlan"][-1:]


def test_a_session_ends_when_it_is_not_used_and_at_its_whole_life(empty_town: House, door: Client) -> None:
    door.login("clerk")
    began, settings = empty_town.clock(), empty_town.portal
    steps = range(1, settings.session_minutes // (settings.idle_minutes - 1))
    for minute in (n * (settings.idle_minutes - 1) for n in steps):
        empty_town.clock = lambda minute=minute: began + timedelta(minutes=minute)  # type: ignore[misc]
        empty_town.__dict__.pop("ledger", None)
        if door.get("/toi").status_code != 200:
            break
    assert minute > settings.session_minutes - 2 * settings.idle_minutes


@pytest.mark.parametrize(
    "headers",
    [{"origin": "https://khac.example"}, {"sec-fetch-site": "cross-site"}, {"x-csrf-token": "sai"}, {}],
    ids=str,
)
def test_a_forged_request_changes_nothing(door: Client, headers: dict[str, str]) -> None:
    door.login("clerk")
    assert door.post("/dang-xuat", headers=headers).status_code == 403
    assert door.get("/toi").status_code == 200


@pytest.mark.parametrize(
    "there", ["https://khac.example/", "//khac.example", "/\\khac.example", "javascript:alert(1)", "/a\nb"]
)
def test_a_login_never_leads_elsewhere(door: Client, there: str) -> None:
    answer = door.post("/dang-nhap", data={"login": "clerk", "password": PASSWORD, "next": there})
    assert answer.headers["location"].startswith("/") and "khac" not in answer.headers["location"]


def test_programs_are_told_in_json(door: Client) -> None:
    answer = door.get("/toi", headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (401, "LOGIN_NEEDED")
    assert door.get("/api/v1/khong-co").json()["code"] == "PAGE_MISSING"


@pytest.mark.parametrize("phone", [False, True])
def test_login_in_a_browser(site: Site, phone: bool) -> None:
    page = site.page(phone=phone)
    page.goto("/dang-nhap?next=/toi")
    assert not accessibility(page)
    page.fill("#login", "clerk")
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("dl.facts")
    assert page.locator("h1").inner_text() == "Tài khoản của tôi"
    assert not accessibility(page)
