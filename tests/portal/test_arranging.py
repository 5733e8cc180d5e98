"""A clerk lays out the papers of a file anew: with buttons, with typed numbers, through the API, and back again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from motlan.wiring import House
from tests.support.archive import drain
from tests.support.portal import Client, Site, accessibility
from worker.arranging import layout_of


@pytest.fixture
def bundle(town: House) -> int:
    """The file that holds two papers, one with a blank back."""
    return next(file.id for file in town.ledger.files() if len(layout_of(town, file.id)) == 2)


def pages_of(house: House, file: int) -> list[tuple[int, ...]]:
    return [paper.pages for paper in layout_of(house, file)]


def test_numbers_typed_without_scripts_merge_and_undo(
    town: House, client: Callable[[str | None], Client], bundle: int
) -> None:
    clerk, before = client("clerk"), pages_of(town, bundle)
    every = [page for pages in before for page in pages]
    form: dict[str, Any] = {f"paper_{page}": "1" for page in every} | {f"place_{page}": str(page) for page in every}
    assert clerk.submit(f"/sap-xep/{bundle}", form | {f"paper_{every[0]}": "mot"}).status_code == 409
    assert clerk.submit(f"/sap-xep/{bundle}", {f"paper_{every[0]}": "1"}).status_code == 409
    assert pages_of(town, bundle) == before
    assert clerk.submit(f"/sap-xep/{bundle}", form).status_code == 303
    drain(town)
    assert pages_of(town, bundle) == [tuple(every)]
    assert clerk.submit(f"/sap-xep/{bundle}", {"undo": "1"}).status_code == 303
    drain(town)
    assert pages_of(town, bundle) == before


def test_the_api_does_the_same(town: House, client: Callable[[str | None], Client], bundle: int) -> None:
    clerk = client("clerk")
    told = clerk.get(f"/api/v1/files/{bundle}/papers").json()
    assert [tuple(paper["pages"]) for paper in told["papers"]] == pages_of(town, bundle)
    plan = {"papers": [{"pages": paper["pages"], "type": paper["type"]} for paper in reversed(told["papers"])]}
    headers = {"x-csrf-token": clerk.csrf}
    assert clerk.put(f"/api/v1/files/{bundle}/papers", json=plan, headers=headers).json()["busy"]
    assert clerk.put(f"/api/v1/files/{bundle}/papers", json=plan, headers=headers).status_code == 409
    drain(town)
    assert pages_of(town, bundle) == [tuple(paper["pages"]) for paper in plan["papers"]]


def test_files_of_another_unit_and_pages_of_no_paper_do_not_exist(
    client: Callable[[str | None], Client], bundle: int
) -> None:
    stranger, clerk = client("clerk-2"), client("clerk")
    for path in (f"/sap-xep/{bundle}", f"/sap-xep/{bundle}/trang/1.jpg", f"/api/v1/files/{bundle}/papers"):
        assert (clerk.get(path).status_code, stranger.get(path).status_code) == (200, 404)
    assert clerk.get(f"/sap-xep/{bundle}/trang/99.jpg").status_code == 404
    assert clerk.get("/sap-xep/999999").status_code == 404
    assert stranger.submit(f"/sap-xep/{bundle}", {"undo": "1"}).status_code == 404


def test_a_look_is_written_once_before_the_pictures(
    town: House, client: Callable[[str | None], Client], bundle: int
) -> None:
    clerk = client("clerk")
    for page in (1, 1, 1):
        clerk.get(f"/sap-xep/{bundle}/trang/{page}.jpg")
    assert len(town.ledger.audit_entries(action="access.arrange")) == 1


def test_a_clerk_splits_and_merges_with_the_keyboard(site: Site, bundle: int) -> None:
    page = site.page("clerk")
    page.goto(f"/sap-xep/{bundle}")
    assert page.locator(".paper").count() == 2
    merge = page.get_by_role("button", name="Gộp với giấy trước").locator("visible=true").first
    merge.focus()
    page.keyboard.press("Enter")
    assert page.locator(".paper").count() == 1
    page.keyboard.press("Control+z")
    assert page.locator(".paper").count() == 2
    merge.press("Enter")
    assert not accessibility(page)
    page.get_by_role("button", name="Lưu cách sắp xếp này").press("Enter")
    page.get_by_text("Hệ thống đang lập bản mới").wait_for()
    site.work()
    page.reload()
    assert page.locator(".paper").count() == 1
    assert "2 chỗ" not in page.locator("h1").inner_text()
    page.get_by_role("button", name="Hoàn tác lần sắp xếp trước").click()
    page.get_by_text("Hệ thống đang lập bản mới").wait_for()
    site.work()
    page.reload()
    assert page.locator(".paper").count() == 2
