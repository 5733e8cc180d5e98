"""A clerk's way through review in a real browser: by keyboard alone, on a phone, without scripts, and when things go
wrong in the middle."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.portal.test_review import add_colleague, add_number_review, field_review, head, other_number
from tests.support.archive import drain
from tests.support.portal import PASSWORD, Site, accessibility
from worker.reviewing import decide


def spot(page: Any) -> int:
    return int(page.locator(".spot").get_attribute("data-id"))


def press(page: Any, key: str) -> int:
    """Press one key that leads to another spot; returns its number once it is there with its picture."""
    before = spot(page)
    page.keyboard.press(key)
    expect(page.locator(f'.spot[data-id="{before}"]')).to_have_count(0)
    return spot(page)


def test_a_clerk_reviews_by_keyboard_alone(site: Site) -> None:
    page = site.page("clerk")
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto("/xem-lai?sau=1")
    assert accessibility(page) == []
    first = spot(page)
    expect(page.locator("#spot-title")).to_be_focused()
    second = press(page, "Enter")
    expect(page.locator("#said")).to_have_text("Đã ghi: đúng.")
    expect(page.locator("#left")).to_have_text("Còn 8 chỗ cần xem")
    expect(page.locator("#spot-title")).to_be_focused()
    assert page.locator(".crop-picture").get_attribute("href").startswith("blob:"), "it was there before it was needed"
    assert site.house.ledger.queued_review(first).state == "accepted", "one key, one decision"

    page.keyboard.press("e")  # applicant_name
    expect(page.locator("#value")).to_be_focused()
    page.keyboard.type("Võ 2")
    page.keyboard.press("Enter")
    expect(page.locator("#fault")).to_contain_text("Họ tên không có chữ số")
    expect(page.locator("#value")).to_be_focused()
    assert accessibility(page) == []
    page.keyboard.press("Escape")
    expect(page.locator("#value")).to_have_value("Võ Khánh Hương")
    page.keyboard.press("e")
    page.keyboard.type("võ khánh hường")
    third = press(page, "Enter")
    assert site.house.ledger.queued_review(second).state == "corrected"

    page.keyboard.press(" ")
    expect(page.locator(".stage")).to_have_class("stage tall moved")
    page.keyboard.press(" ")
    for key in ("+", "-", "ArrowRight"):
        before = page.locator(".stage svg").get_attribute("viewBox")
        page.keyboard.press(key)
        assert page.locator(".stage svg").get_attribute("viewBox") != before
    fourth = press(page, "n")
    assert press(page, "p") == third, "what was left is found again"
    press(page, "x")
    expect(page.locator("#said")).to_have_text("Đã ghi: không đọc được.")
    assert spot(page) == fourth
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    assert accessibility(page) == []
    page.keyboard.press("Escape")
    states = [site.house.ledger.queued_review(number).state for number in (third, fourth)]
    assert (states, faults) == (["cannot_read", "open"], [])
    drain(site.house)
    field = head(site.house, site.house.ledger.queued_review(second)).fields["applicant_name"]
    assert (field.value, field.accepted) == ("Võ Khánh Hường", True)


def test_the_last_spot_ends_in_a_quiet_page(site: Site) -> None:
    left = site.house.ledger.queued_reviews(site.house.unit_code)
    for review in left[:-1]:
        decide(site.house, review.id, "clerk", "accepted")
    page = site.page("clerk", phone=True)
    page.goto("/xem-lai")
    assert spot(page) == left[-1].id
    page.tap('[data-do="accept"]')
    expect(page.locator("h1")).to_have_text("Không còn chỗ nào cần xem")
    assert accessibility(page) == []


def test_a_changed_number_goes_from_one_clerk_to_another(site: Site) -> None:
    add_colleague(site.house)
    review = add_number_review(site.house)
    number = other_number(site.house, review)
    first = site.page("clerk")
    first.goto(f"/xem-lai/{review.id}")
    first.keyboard.press("e")
    first.keyboard.type(number)
    press(first, "Enter")
    expect(first.locator("#said")).to_contain_text("Người thứ hai sẽ xác nhận")
    second = site.page("mai", phone=True)
    second.goto(f"/xem-lai/{review.id}")
    expect(second.locator(".read-value b")).to_have_text(number[-1])
    assert accessibility(second) == []
    second.tap('[data-do="yes"]')
    expect(second.locator("#said")).to_have_text("Đã xác nhận số sửa.")
    drain(site.house)
    assert head(site.house, review).fields["personal_id"].value == number


def test_a_colleague_was_quicker(site: Site) -> None:
    page = site.page("clerk")
    page.goto("/xem-lai?sau=1")
    decide(site.house, spot(page), "mai", "accepted")
    press(page, "x")
    expect(page.locator("#said")).to_contain_text("Đã có người quyết định")


def test_a_session_that_ends_in_mid_review_loses_nothing(site: Site) -> None:
    page = site.page("clerk")
    review = field_review(site.house, "request")
    page.goto(f"/xem-lai/{review.id}")
    page.keyboard.press("e")
    page.keyboard.type("Xin hỗ trợ chi phí")
    account = site.house.ledger.account_by_login("clerk")
    assert account is not None
    with site.house.ledger.transaction() as tx:
        tx.end_sessions(account.id)
    page.keyboard.press("Enter")
    expect(page.locator("#problem")).to_contain_text("Chữ bạn gõ vẫn còn")
    expect(page.locator("#value")).to_have_value("Xin hỗ trợ chi phí")
    assert accessibility(page) == []
    page.keyboard.press("Enter")  # the way to the login has the focus
    page.fill("#login", "clerk")
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/xem-lai/{review.id}")
    expect(page.locator("#value")).to_have_value("Xin hỗ trợ chi phí")
    expect(page.locator("#value")).to_be_focused()
    press(page, "Enter")
    assert site.house.ledger.queued_review(review.id).state == "corrected"
    assert page.evaluate("Object.keys(sessionStorage).filter(key => key.startsWith('review:'))") == [], (
        "what is decided is kept nowhere else"
    )


def test_a_cut_line_is_told_and_the_decision_sent_again(site: Site) -> None:
    page = site.page("clerk")
    page.goto("/xem-lai?sau=1")
    first = spot(page)
    page.wait_for_load_state("networkidle")
    page.route("**/decision", lambda route: route.abort())
    page.keyboard.press("Enter")
    expect(page.locator("#problem")).to_contain_text("Chưa gửi được")
    expect(page.locator(".spot")).to_have_attribute("data-id", str(first))
    page.unroute("**/decision")
    page.keyboard.press("Enter")
    expect(page.locator("#said")).to_have_text("Đã ghi: đúng.")
    assert spot(page) != first
    assert site.house.ledger.queued_review(first).state == "accepted"


@pytest.mark.parametrize("phone", [False, True])
def test_the_same_page_works_without_scripts(site: Site, phone: bool) -> None:
    page = site.page("clerk", phone=phone, java_script_enabled=False)
    review = field_review(site.house, "birth_date")
    page.goto(f"/xem-lai/{review.id}")
    page.click("a.plain-only >> text=Cả trang")
    page.click("a.plain-only >> text=Về chỗ đang xem")
    page.fill("#value", "30/05/1981")
    page.press("#value", "Enter")
    expect(page.locator("#said")).to_have_text("Đã ghi phần sửa.")
    assert site.house.ledger.queued_review(review.id).state == "corrected"
    page.click("text=Để sau")
    assert spot(page) != review.id
