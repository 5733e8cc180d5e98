"""A clerk makes one paper of several files of a batch: with typed numbers, through the API, by keyboard, on a phone;
and back again."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from motlan.wiring import House
from portal.reconciliation import reconcile
from specimens.papers import make_paper
from tests.support.archive import drain
from tests.support.portal import Client, Site, accessibility
from worker.arranging import papers_of
from worker.intake import receive

PAGE = "/lo-quet/1/gop"


@pytest.fixture
def pair(town: House) -> list[int]:
    """Two files of the batch with a paper each."""
    alone = [
        file.id for file in town.ledger.files(batch_id=1) if len(papers_of(town, file.id)) == 1 and not file.signed
    ]
    return alone[:2]


@pytest.fixture
def signed(town: House, pair: list[int], tmp_path: Path) -> int:
    """A file of the batch that came in signed: a paper of this archive, dropped again."""
    head = town.records.head(papers_of(town, pair[0])[0].record)
    kept = head.representation("archival") if head else None
    assert kept is not None
    with town.archive.path(kept.sha256) as sealed:
        shutil.copy(sealed, tmp_path / "da-ky.pdf")
    [receipt] = receive(town, 1, [tmp_path / "da-ky.pdf"], "clerk")
    drain(town)
    assert receipt.file_id is not None
    return receipt.file_id


def places(*files: int) -> dict[str, Any]:
    return {f"place_{file}": str(at) for at, file in enumerate(files, 1)}


def pages_of(house: House, file: int) -> int:
    return sum(len(paper.pages) for paper in papers_of(house, file))


def test_numbers_typed_without_scripts_join_and_undo(
    town: House, client: Callable[[str | None], Client], pair: list[int]
) -> None:
    clerk, pages, before = client("clerk"), sum(pages_of(town, file) for file in pair), reconcile(town, 1).found()
    assert clerk.submit(PAGE, places(*reversed(pair))).status_code == 303
    assert "Chờ đọc xong" in clerk.get(PAGE).text or "Đang gộp" in clerk.get(PAGE).text
    drain(town)
    [made] = town.ledger.joins(1)
    assert [one.file_id for one in made.sources] == [*reversed(pair)] and pages_of(town, made.file_id) == pages
    told = clerk.get(PAGE).text
    assert "Đã gộp" in told and f"/gop/{made.file_id}/hoan-tac" in told and f'name="place_{pair[0]}"' not in told
    after = reconcile(town, 1).found()
    assert (after["files"], after["pages"], after["papers"]) == (before["files"], before["pages"], before["papers"] - 1)
    assert "Đã gộp vào" in clerk.get("/lo-quet/1").text
    assert clerk.submit(f"{PAGE}/{made.file_id}/hoan-tac").status_code == 303
    drain(town)
    assert reconcile(town, 1).found() == before and not papers_of(town, made.file_id)
    again = clerk.submit(f"{PAGE}/{made.file_id}/hoan-tac")
    assert again.status_code == 409 and "đã được hoàn tác" in again.text


def test_what_cannot_be_joined_is_told_and_what_was_typed_stays(
    town: House, client: Callable[[str | None], Client], pair: list[int], signed: int
) -> None:
    clerk = client("clerk")
    for form, reason in (
        ({}, "cần từ hai"),
        (places(pair[0]), "cần từ hai"),
        (places(*pair) | {f"place_{pair[0]}": "một"}, "một số từ 1"),
        (places(pair[0], signed), "ký điện tử"),
        (places(*pair) | {"type": "no_such_type"}, "không có trong danh mục"),
    ):
        answer = clerk.submit(PAGE, form)
        assert answer.status_code == 409 and reason in answer.text
    assert 'value="2"' in clerk.submit(PAGE, places(*pair) | {"type": "no_such_type"}).text
    assert not town.ledger.joins(1)


def test_the_api_does_the_same(town: House, client: Callable[[str | None], Client], pair: list[int]) -> None:
    clerk, path = client("clerk"), "/api/v1/batches/1/joined-files"
    headers = {"x-csrf-token": clerk.csrf}
    first = clerk.post(path, json={"files": pair}, headers=headers)
    assert first.status_code == 202 and first.json()["state"] == "JOINING"
    assert [one["file"] for one in first.json()["sources"]] == pair
    assert clerk.post(path, json={"files": pair}, headers=headers).json()["file"] == first.json()["file"]
    assert clerk.post(path, json={"files": pair[::-1]}, headers=headers).json()["code"] == "FILES_NOT_JOINABLE"
    own = f"{path}/{first.json()['file']}"
    assert clerk.delete(own, headers=headers).status_code == 409, "it is still being made"
    drain(town)
    assert clerk.get(path).json()["joined"][0]["state"] == "JOINED"
    assert clerk.delete(own, headers=headers).json()["state"] == "PARTING"
    drain(town)
    assert clerk.get(path).json()["joined"][0]["state"] == "PARTED"


def test_files_of_another_unit_or_batch_do_not_exist(
    town: House, client: Callable[[str | None], Client], pair: list[int]
) -> None:
    stranger, clerk = client("clerk-2"), client("clerk")
    assert [one.get(PAGE).status_code for one in (clerk, stranger)] == [200, 404]
    assert stranger.submit(PAGE, places(*pair)).status_code == 404
    own = stranger.post("/api/v1/batches", json={}, headers={"x-csrf-token": stranger.csrf}).json()["batch"]
    assert stranger.submit(f"/lo-quet/{own}/gop", places(*pair)).status_code == 404
    assert clerk.submit(PAGE, places(pair[0], 99999)).status_code == 404
    assert clerk.submit(f"{PAGE}/{pair[0]}/hoan-tac").status_code == 404
    assert not town.ledger.joins(1)


@pytest.mark.parametrize("phone", [False, True])
def test_a_clerk_joins_files_with_the_keyboard_and_undoes_it(site: Site, pair: list[int], phone: bool) -> None:
    page = site.page("clerk", phone=phone)
    page.goto("/lo-quet/1")
    page.get_by_role("link", name="Gộp tệp thành một giấy tờ").press("Enter")
    page.wait_for_url("**/gop")
    join = page.locator("[data-join]")
    assert join.is_disabled()
    for file in pair:
        page.locator(f"[data-file='{file}'] [data-act=choose]").press("Enter")
    later = page.locator(".laid").first.locator("[data-act=later]")
    later.press("Enter")
    assert "trang thứ 2" in page.locator("[data-said]").inner_text()
    assert page.evaluate("document.activeElement.dataset.act") == "earlier", "the focus goes along"
    assert page.locator(f"[name=place_{pair[0]}]").input_value() == "2"
    assert page.locator(".laid").count() == 2 and "2 tệp" in join.inner_text()
    page.evaluate("scrollTo(0, 0)")  # nothing lies half under the page's head
    assert not accessibility(page)
    join.press("Enter")
    page.get_by_text("Hệ thống đang lập giấy tờ").wait_for()
    site.work()
    page.reload()
    assert page.locator("#joined ~ ul .tag").inner_text() == "Đã gộp"
    assert page.locator(f"[data-file='{pair[0]}']").count() == 0
    assert not accessibility(page)
    page.get_by_role("button", name="Hoàn tác").press("Enter")
    page.get_by_text("Hệ thống đang lập giấy tờ").wait_for()
    site.work()
    page.reload()
    assert page.locator(f"[data-file='{pair[0]}']").count() == 1


def photographs(folder: Path) -> list[Path]:
    """The pages of a made-up paper as a phone has them, a JPEG each."""
    made = []
    for n, kind in enumerate(("residence_confirmation", "marital_status"), 1):
        made.append(folder / f"IMG_{n}.jpg")
        make_paper(kind, 901, dpi=150).pages[0].save(made[-1], dpi=(150, 150))
    return made


def test_pictures_dropped_as_one_paper_become_one(site: Site, tmp_path: Path) -> None:
    page = site.page("clerk", phone=True)
    page.goto("/lo-quet")
    page.get_by_label("Các ảnh này là các trang của một giấy tờ").check()
    first, second = photographs(tmp_path)
    for paths in ([first], [second]):
        with page.expect_file_chooser() as chooser:
            page.click("[data-pick=files]")
        chooser.value.set_files(paths)
        page.wait_for_selector("[data-together]:has-text('Đã lên')")
    done = page.get_by_role("button", name="Xong, gộp 2 trang thành một giấy tờ")
    done.wait_for()
    assert not accessibility(page)
    done.press("Enter")
    page.get_by_text("2 trang này sẽ thành một giấy tờ").wait_for()
    site.work()
    [made] = site.house.ledger.joins(2)
    assert [paper.pages for paper in papers_of(site.house, made.file_id)] == [(1, 2)]
    assert all(not site.house.ledger.documents(file_id=one.file_id) for one in made.sources), "no paper on the way"


def test_a_form_without_scripts_joins_them_too(
    town: House, client: Callable[[str | None], Client], tmp_path: Path
) -> None:
    clerk = client("clerk")
    files = [("files", (path.name, path.read_bytes(), "image/jpeg")) for path in photographs(tmp_path)]
    answer = clerk.submit("/lo-quet", {"together": "1"}, files=files)
    assert answer.status_code == 303 and answer.headers["location"] == "/lo-quet/2"
    assert len(town.ledger.joins(2)) == 1
    again = clerk.submit("/lo-quet", {"together": "1"}, files=files)
    assert "da=chua" in again.headers["location"], "both are known already"
