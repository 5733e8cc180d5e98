"""A form whose session had ended comes back after the login with what was typed, and is sent by hand alone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pyotp
import pytest

from motlan.wiring import House
from portal.login import kept
from portal.texts import catalogue
from tests.portal.test_review import field_review
from tests.portal.test_second_factor import SEALED, SECRET, later
from tests.support.portal import BASE, CSRF, PASSWORD, Client, Site

OURS = {"origin": BASE}
KEPT = re.compile(r'name="kept" value="([^"]+)"')
TYPED = {"outcome": "corrected", "value": "30/05/1981", "read": "x"}


def end_sessions(house: House, login: str) -> None:
    account = house.ledger.account_by_login(login)
    assert account
    with house.ledger.transaction() as tx:
        tx.end_sessions(account.id)


def late(town: House, path: str = "/xem-lai/1", form: dict[str, Any] | None = None) -> tuple[Client, str]:
    """A clerk whose session ended before the form was sent, and the sealed form on the login page."""
    door = Client(town).login("clerk")
    end_sessions(town, "clerk")
    answer = door.submit(path, form or TYPED, headers=OURS)
    found = KEPT.search(answer.text)
    assert answer.status_code == 401 and found, answer.text
    assert "1981" not in answer.text, "nobody is logged in who could read it"
    return door, found[1]


def enter(door: Client, login: str, sealed: str, **more: str) -> Any:
    return door.post("/dang-nhap", data={"login": login, "password": PASSWORD, "kept": sealed} | more)


def fresh_csrf(door: Client, page: Any) -> None:
    found = CSRF.search(page.text)
    assert found
    door.csrf = found[1]


def test_what_was_typed_is_shown_after_the_login_and_sent_by_hand(town: House) -> None:
    review = field_review(town, "birth_date")
    path = f"/xem-lai/{review.id}"
    door, sealed = late(town, path)
    assert enter(door, "clerk", sealed, password="sai").text.count(sealed) == 1, "a mistyped password loses nothing"
    page = enter(door, "clerk", sealed)
    assert "Bạn đã đăng nhập lại" in page.text and f'action="{path}"' in page.text and "30/05/1981" in page.text
    assert town.ledger.queued_review(review.id).state == "open", "nothing is sent by itself"
    fresh_csrf(door, page)
    assert door.submit(path, TYPED).status_code == 303
    assert town.ledger.queued_review(review.id).state == "corrected"


def test_a_seal_that_was_changed_or_is_too_old_opens_nothing(town: House) -> None:
    door, sealed = late(town)
    foreign = town.box.seal('{"path": "/xem-lai/1"}')
    for wrong in (sealed[:-8] + "AAAAAAA=", "x", foreign):
        page = enter(Client(town), "clerk", wrong)
        assert (page.status_code, "KEPT_FORM_LOST" in page.text) == (410, True)
    later(town, int(kept.KEEPING.total_seconds()) + 60)
    assert enter(door, "clerk", sealed).status_code == 410
    assert door.get("/toi").status_code == 200, "the login itself went well"


def test_another_person_can_send_no_more_than_before(town: House) -> None:
    review = field_review(town, "birth_date")
    path = f"/xem-lai/{review.id}"
    _, sealed = late(town, path)
    officer, stranger = Client(town), Client(town)
    page = enter(officer, "officer", sealed)
    assert page.status_code == 403 and "1981" not in page.text
    page = enter(stranger, "clerk-2", sealed)
    fresh_csrf(stranger, page)
    assert stranger.submit(path, TYPED).status_code == 404
    assert town.ledger.queued_review(review.id).state == "open"


def test_a_newer_login_in_another_window_loses_nothing_either(town: House) -> None:
    door = Client(town).login("clerk")
    door.csrf = "of-the-session-before"
    page = door.submit("/xem-lai/1", TYPED, headers=OURS)
    assert page.status_code == 403 and "30/05/1981" in page.text
    for headers in ({"origin": "https://khac.example"}, {}, {"sec-fetch-site": "cross-site"}):
        assert "1981" not in door.submit("/xem-lai/1", TYPED, headers=headers).text
    door, sealed = late(town)
    door.login("clerk")
    page = door.post("/dang-nhap", data={"login": "clerk", "password": PASSWORD, "kept": sealed}, headers=OURS)
    assert page.status_code == 403 and "30/05/1981" in page.text


def test_the_second_factor_is_asked_for_before_it_is_shown(town: House) -> None:
    door = Client(town).login("clerk")
    told = door.get("/toi/ma-xac-nhan").text
    secret, offer = SECRET.search(told), SEALED.search(told)
    assert secret and offer
    codes = pyotp.TOTP(secret[1].replace(" ", ""))
    form = {"sealed": offer[1], "code": codes.at(town.clock()), "password": PASSWORD}
    assert door.submit("/toi/ma-xac-nhan", form).status_code == 200
    door, sealed = late_with_factor(town, door)
    page = enter(door, "clerk", sealed)
    assert "1981" not in page.text and KEPT.search(page.text)
    fresh_csrf(door, page)
    wrong = door.submit("/dang-nhap/ma", {"code": "000000", "kept": sealed})
    assert KEPT.search(wrong.text)
    later(town, 60)
    page = door.submit("/dang-nhap/ma", {"code": codes.at(town.clock()), "kept": sealed})
    assert "30/05/1981" in page.text


def late_with_factor(town: House, door: Client) -> tuple[Client, str]:
    end_sessions(town, "clerk")
    found = KEPT.search(door.submit("/xem-lai/1", TYPED, headers=OURS).text)
    assert found
    return door, found[1]


@pytest.mark.parametrize("form", [{"old": "a", "password": "b", "again": "b"}, {"value": "x" * (kept.MOST + 1)}])
def test_secrets_and_endless_forms_are_not_kept(town: House, form: dict[str, str]) -> None:
    door = Client(town).login("clerk")
    end_sessions(town, "clerk")
    assert not KEPT.search(door.submit("/toi/mat-khau", form, headers=OURS).text)


def test_every_field_that_people_fill_in_has_a_name_on_that_page() -> None:
    names = set()
    for template in Path("portal/templates").rglob("*.html"):
        if template.parts[-2] == "login":
            continue
        for form in re.findall(r'<form(?=[^>]*method="post")(?![^>]*multipart).*?</form>', template.read_text(), re.S):
            for tag in re.findall(r"<(?:input|textarea|select|button)\b.*?>", form, re.S):
                name = re.search(r' name="(\w+)"', tag)
                if name and 'type="hidden"' not in tag:
                    names.add(name[1])
    words = catalogue("vi")
    assert len(names) > 20
    assert {name for name in names if f"login.kept.field.{name}" not in words} == {"counter", "pages", "papers"} & names


def test_mid_review_without_scripts_in_a_browser(site: Site) -> None:
    page = site.page("clerk", phone=True, java_script_enabled=False)
    review = field_review(site.house, "birth_date")
    page.goto(f"/xem-lai/{review.id}")
    page.fill("#value", "30/05/1981")
    end_sessions(site.house, "clerk")
    page.press("#value", "Enter")
    assert "điều bạn gõ vẫn còn" in page.locator("h1").inner_text()
    page.fill("#login", "clerk")
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.get_by_text("30/05/1981").wait_for()
    page.click("main button")
    page.get_by_text("Đã ghi phần sửa.").wait_for()
    assert site.house.ledger.queued_review(review.id).state == "corrected"
