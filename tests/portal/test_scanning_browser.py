"""The clerk's whole way in a browser: a folder is dropped, read and stored; and what happens when the page is reloaded,
the network is slow, the server restarts, or two clerks drop at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from PIL import Image

from motlan.wiring import House
from specimens.papers import make_paper
from specimens.scans import write_paper
from tests.support.archive import drain
from tests.support.portal import Site, accessibility, add_people, serving

TITLE = "#summary h1"


def papers(folder: Path, number: int = 2, *, first: int = 900) -> list[Path]:
    """Small made-up papers."""
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for n in range(number):
        made.append(folder / f"giấy {n + 1}.pdf")
        write_paper(make_paper("residence_confirmation", first + n, dpi=150), made[-1])
    return made


def pictures(folder: Path, number: int, side: int = 500) -> list[Path]:
    """Pictures that do not compress: 3 × side² bytes each."""
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for n in range(number):
        made.append(folder / f"trang {n + 1}.png")
        Image.effect_noise((side, side), 80 + n).convert("RGB").save(made[-1], compress_level=0)
    return made


def drop(page: Any, *paths: Path) -> None:
    """Drag files or folders from the desk onto the drop zone, as the browser itself does it."""
    box = page.locator("[data-drop]").bounding_box()
    at = {"x": box["x"] + box["width"] / 2, "y": box["y"] + 20}
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    devtools = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        devtools.send("Input.dispatchDragEvent", {"type": kind, "data": data, **at})


def choose(page: Any, *paths: Path) -> None:
    with page.expect_file_chooser() as chooser:
        page.click("[data-pick=files]")
    chooser.value.set_files([str(path) for path in paths])


@contextmanager
def working(house: House) -> Iterator[None]:
    """Somebody does the work as it comes."""
    stop = threading.Event()

    def work() -> None:
        while not stop.wait(0.2):
            drain(house)

    thread = threading.Thread(target=work)
    thread.start()
    yield
    stop.set()
    thread.join(60)


def work_is_done(house: House) -> None:
    """Do everything there is to do, in a thread: the browser's event loop runs in this one."""
    thread = threading.Thread(target=drain, args=(house,))
    thread.start()
    thread.join(60)


@pytest.mark.parametrize("phone", [False, True])
def test_a_clerk_drops_a_folder_and_sees_it_stored(site: Site, tmp_path: Path, phone: bool) -> None:
    folder = tmp_path / "Hộ tịch – quầy 2"
    papers(folder)
    (folder / "hỏng.pdf").write_bytes(b"")
    page = site.page("clerk", phone=phone)
    page.goto("/lo-quet")
    assert page.locator("h1").inner_text() == "Lô quét hôm nay"
    assert not accessibility(page)
    drop(page, folder)
    page.wait_for_url("**/lo-quet/*")
    page.wait_for_selector("[data-uploads] h2:has-text('Đã lên hết 3 tệp')")
    assert page.evaluate("document.activeElement.tagName") == "H1", "a screen reader hears where it is"
    page.wait_for_selector("[data-rows] tr:nth-child(3)")
    assert "Hộ tịch – quầy 2: đang đọc" in page.locator(TITLE).inner_text()
    assert not accessibility(page)
    with working(site.house):
        page.wait_for_selector(f"{TITLE}:has-text('cần bạn xem')", timeout=60_000)
    states = set(page.locator("[data-rows] .tag").all_inner_texts())
    assert "Chưa nhận được" in states and states <= {"Chưa nhận được", "Cần xem lại", "Đã lưu"}
    assert "Xác nhận thông tin về cư trú" in page.locator("[data-rows]").inner_text()
    assert "cần bạn xem" in page.locator("[data-said]").inner_text()
    before = page.locator("#summary").inner_text()
    page.reload()
    assert page.locator("#summary").inner_text() == before, "right after a reload too"
    assert not accessibility(page)


def test_a_reload_in_the_middle_of_a_slow_upload_loses_nothing(site: Site, tmp_path: Path) -> None:
    files = pictures(tmp_path / "Đất đai", 8)
    page = site.page("clerk")
    page.goto("/lo-quet")
    page.context.new_cdp_session(page).send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 100, "downloadThroughput": 2_000_000, "uploadThroughput": 700_000},
    )
    choose(page, *files)
    page.wait_for_url("**/lo-quet/*")
    assert page.locator("[data-uploads] tbody tr").count() >= 2, "every file has its line at once"
    page.wait_for_selector("[data-uploads] .tag:has-text('Đang gửi')")
    page.wait_for_selector("[data-uploads] .tag.ok")
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    came = len(site.house.ledger.files(batch_id=2))
    assert 1 <= came < 8
    assert "chưa lên" in page.locator("[data-uploads] .notice").inner_text()
    assert f"còn chờ {8 - came} tệp" in page.locator(TITLE).inner_text()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "PUT" else None)
    choose(page, *files)
    page.wait_for_selector("[data-uploads] h2:has-text('Đã lên hết')", timeout=30_000)
    rows = site.house.ledger.files(batch_id=2)
    assert sorted(row.name for row in rows) == [f"trang {n}.png" for n in range(1, 9)]
    assert {row.state for row in rows} == {"RECEIVED"} and len(sent) == 8 - came, "what was up is not sent again"
    assert site.house.ledger.batch(2).expected_files == 8


def test_a_server_that_restarts_in_the_middle_is_waited_for(filled: Any, tmp_path: Path, browser: Any) -> None:
    house = filled.copy(tmp_path / "town")
    add_people(house)
    first, second = papers(tmp_path / "lô", 2)
    with serving(house) as address:
        port = urlsplit(address).port or 0
        site = Site(house, address, browser)
        page = site.page("clerk")
        page.goto("/lo-quet")
        choose(page, first)
        page.wait_for_selector("[data-uploads] h2:has-text('Đã lên hết 1 tệp')")
    choose(page, second)
    page.wait_for_selector("[data-uploads] .notice", timeout=10_000)  # the batch cannot be asked: told, nothing lost
    with serving(house, port):
        page.click("[data-uploads] .notice button")
        page.wait_for_selector("[data-uploads] h2:has-text('Đã lên hết')", timeout=20_000)
        with working(house):
            page.wait_for_selector(f"{TITLE}:text-matches('đã lưu đủ|cần bạn xem')", timeout=60_000)
        assert page.locator("[data-rows] tr").count() == 2
        assert page.locator("[data-offline]").is_hidden()
        for context in site.contexts:
            context.close()


def test_a_cut_line_is_sent_again_by_itself(site: Site, tmp_path: Path) -> None:
    [file] = pictures(tmp_path, 1, side=200)
    page = site.page("clerk")
    page.goto("/lo-quet")
    cuts = iter([True, True])

    def cut(route: Any) -> None:
        route.abort("connectionreset") if next(cuts, False) else route.continue_()

    page.route("**/files?name=*", cut)
    choose(page, file)
    page.wait_for_selector("[data-uploads] p:has-text('Mất kết nối, sẽ tự gửi lại')")
    page.wait_for_selector("[data-uploads] h2:has-text('Đã lên hết 1 tệp')")
    assert [row.name for row in site.house.ledger.files(batch_id=2)] == ["trang 1.png"]


def test_a_session_that_ended_loses_no_file(site: Site, tmp_path: Path) -> None:
    [file] = pictures(tmp_path, 1, side=100)
    page = site.page("clerk")
    page.goto("/lo-quet/1")
    page.route(
        "**/files?name=*",
        lambda route: route.fulfill(status=401, json={"code": "LOGIN_NEEDED", "message": "x"}),
        times=1,
    )
    choose(page, file)
    page.wait_for_selector("[data-uploads] .notice:has-text('Phiên làm việc đã hết')")
    assert not accessibility(page)
    page.click("[data-uploads] .notice button")
    page.wait_for_selector("[data-uploads] h2:has-text('Đã lên hết 1 tệp')")


def test_two_clerks_drop_at_once(site: Site, tmp_path: Path) -> None:
    pages = [site.page("clerk"), site.page("clerk")]
    for n, page in enumerate(pages):
        pictures(tmp_path / f"lô {n}", 2, side=60 + n)
        page.goto("/lo-quet")
    for n, page in enumerate(pages):
        drop(page, tmp_path / f"lô {n}")
    for page in pages:
        page.wait_for_selector("[data-uploads] h2:has-text('Đã lên hết 2 tệp')")
    batches = site.house.ledger.batches()[1:]
    assert sorted(batch.source for batch in batches) == ["lô 0", "lô 1"]
    assert [len(site.house.ledger.files(batch_id=batch.id)) for batch in batches] == [2, 2]
    other = site.page("clerk")
    other.goto("/lo-quet")
    assert {"lô 0", "lô 1"} <= set(other.locator(".batches a").all_inner_texts())


def test_the_list_is_live_and_a_hidden_page_asks_for_nothing(site: Site, tmp_path: Path) -> None:
    page, desk = site.page("clerk"), site.page("clerk")
    desk.goto("/lo-quet")
    choose(desk, *pictures(tmp_path, 1, side=50))
    desk.wait_for_selector("[data-uploads] h2:has-text('Đã lên hết')")
    page.goto("/lo-quet")
    page.wait_for_selector("#batch-2 .tag:has-text('Đang đọc')")
    work_is_done(site.house)
    page.wait_for_selector("#batch-2 .tag:not(:has-text('Đang đọc'))", timeout=20_000)


@pytest.mark.parametrize("phone", [False, True])
def test_without_scripts_a_batch_goes_in_by_a_form(site: Site, tmp_path: Path, phone: bool) -> None:
    page = site.page("clerk", phone=phone, java_script_enabled=False)
    page.goto("/lo-quet")
    page.set_input_files("#files", [str(path) for path in pictures(tmp_path, 2, side=40)])
    page.click("[data-plain] button")
    page.wait_for_url("**/lo-quet/2")
    assert page.locator("[data-rows] tr").count() == 2
    work_is_done(site.house)
    page.reload()
    assert "đang đọc" not in page.locator(TITLE).inner_text()
