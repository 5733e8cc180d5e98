"""The citizen's whole way and anybody's verifying, in a real browser: on a phone and a desktop, with and without
scripts."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from motlan.wiring import House
from portal.mine.papers import code_of
from tests.portal.test_verifying import paper_of, sealed
from tests.support.portal import Filled, Site, accessibility

CASE, PURPOSE = "H41.16-260302-0001", "Đăng ký biến động đất đai"


def fits(page: Any) -> bool:
    """Nothing stands out of the screen to the side."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def width_of(picture: Any) -> int:
    """Pixels of a picture once it has come."""
    picture.scroll_into_view_if_needed()
    return int(picture.evaluate("img => img.decode().then(() => img.naturalWidth)"))


def press(page: Any, name: str) -> None:
    page.get_by_role("button", name=name).first.click()
    page.wait_for_load_state()


@pytest.mark.parametrize("phone", [True, False], ids=["phone", "desktop"])
def test_a_citizens_whole_way(site: Site, town: House, filled: Filled, phone: bool) -> None:
    wedding = paper_of(town, "marriage_certificate").record
    request = town.reuse.request("officer", town.unit_code, CASE, PURPOSE, wedding)
    page = site.page(filled.numbers[0], phone=phone)
    assert page.locator("h1").inner_text().startswith("Chào ") and fits(page)
    assert not accessibility(page)

    page.get_by_role("link", name="Xem trước").click()
    assert page.get_by_text("Chưa có gì được gửi đi").is_visible()
    assert width_of(page.locator("figure img").first) > 300
    assert not accessibility(page) and fits(page)
    press(page, "Đồng ý, dùng một lần")
    assert page.get_by_role("status").inner_text().startswith("Đã đồng ý")
    assert town.ledger.request(request).state == "CONSENTED"

    page.goto("/giay-to")
    page.get_by_role("link", name="Giấy chứng nhận kết hôn").first.click()
    spot = page.locator("details.spot").first
    spot.locator("summary").click()
    assert width_of(spot.locator("img")) > 20
    assert not accessibility(page) and fits(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Tải bản PDF").click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF")

    page.get_by_role("link", name="Chia sẻ", exact=True).last.click()
    page.get_by_label("Chia sẻ để làm gì?").fill("Nộp hồ sơ xin việc")
    page.keyboard.press("Enter")
    page.wait_for_selector("svg.qr")
    assert not accessibility(page) and fits(page)
    link = page.input_value("#link")
    guest = site.page(phone=phone, java_script_enabled=False)
    guest.goto(link)
    guest.get_by_role("button", name="Mở giấy tờ").click()
    assert guest.locator("h1").inner_text() == "Giấy chứng nhận kết hôn"
    page.goto("/chia-se")
    assert page.get_by_text("đã mở 1 trong 1 lần").is_visible()
    press(page, "Thu hồi")
    guest.reload()
    assert guest.locator("h1").inner_text() == "Người chia sẻ đã thu hồi giấy này"

    page.goto("/ai-da-xem")
    assert page.get_by_text("Mẫu officer").first.is_visible()
    assert not accessibility(page) and fits(page)
    page.get_by_role("link", name="Hỏi về lần xem này").first.click()
    page.get_by_label("Câu hỏi của bạn").fill("Vì sao anh chị xem giấy của tôi?")
    press(page, "Gửi câu hỏi")
    assert page.get_by_text("Đang chờ trả lời").is_visible()
    page.goto(f"/giay-to/{wedding}/in")
    assert page.locator("svg.qr").count() == 2 and not accessibility(page)


@pytest.mark.parametrize("phone", [True, False], ids=["phone", "desktop"])
def test_verifying_needs_no_login_and_no_scripts(site: Site, town: House, tmp_path: Path, phone: bool) -> None:
    paper, file = paper_of(town, "marriage_certificate"), tmp_path / "giấy của tôi.pdf"
    file.write_bytes(sealed(town, paper))
    plain, page = site.page(phone=phone, java_script_enabled=False), site.page(phone=phone)
    page.goto("/kiem-tra")
    assert not accessibility(page) and fits(page)
    plain.goto("/kiem-tra")
    plain.set_input_files("#file", file)
    press(plain, "Kiểm tra tệp")
    assert plain.locator("h1").inner_text() == "Giấy tờ này là thật và còn hiệu lực"
    plain.goto("/kiem-tra")
    plain.fill("#code", "1C6W-KH9D")
    press(plain, "Kiểm tra mã")
    assert plain.get_by_role("alert").is_visible() and plain.input_value("#code") == "1C6W-KH9D"
    plain.fill("#code", str(code_of(paper)).lower())
    press(plain, "Kiểm tra mã")
    assert plain.locator("h1").inner_text() == "Mã này có thật, và giấy tờ còn hiệu lực"

    file.write_bytes(file.read_bytes() + b"\n")
    page.locator("form.drop").evaluate(
        """(form, data) => {
            const moved = new DataTransfer();
            moved.items.add(new File([Uint8Array.from(atob(data), c => c.charCodeAt(0))], 'a.pdf'));
            form.dispatchEvent(new DragEvent('drop', {dataTransfer: moved, bubbles: true, cancelable: true}));
        }""",
        base64.b64encode(file.read_bytes()).decode(),
    )
    page.wait_for_selector("h1.verdict.bad")
    assert page.locator("h1").inner_text() == "Tệp này không phải bản đã lưu trong kho"
    assert not accessibility(page) and fits(page)
