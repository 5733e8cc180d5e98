"""The clerk's batches: what is taken in and what is refused, what is told about it, and who may see it."""

from __future__ import annotations

import io
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from motlan.wiring import House
from portal.parts import PortalSettings
from schemas.records import split_uri
from storage.staging import sweep_staging
from tests.support.archive import drain
from tests.support.portal import OTHER_UNIT, Client, serving


@pytest.fixture
def clerk(empty_town: House) -> Client:
    return Client(empty_town).login("clerk")


def picture(seed: int = 0) -> bytes:
    """A small PNG; each seed gives other bytes."""
    out = io.BytesIO()
    Image.new("L", (40 + seed, 60), 255).save(out, "PNG")
    return out.getvalue()


class Desk:
    """A clerk at the API."""

    def __init__(self, client: Client, **opened: Any) -> None:
        self.client = client
        answer = client.post("/api/v1/batches", json=opened or {"name": "Hộ tịch – quầy 2"}, headers=self.token)
        assert answer.status_code == 201, answer.text
        self.batch: int = answer.json()["batch"]
        self.path = f"/api/v1/batches/{self.batch}"

    @property
    def token(self) -> dict[str, str]:
        return {"X-CSRF-Token": self.client.csrf}

    def put(self, name: str, body: Any, **headers: str) -> httpx.Response:
        return self.client.put(f"{self.path}/files", params={"name": name}, content=body, headers=self.token | headers)

    def sent(self, name: str, body: bytes) -> dict[str, Any]:
        answer = self.put(name, body)
        assert answer.status_code == 200, answer.text
        [file] = answer.json()["files"]
        return dict(file)

    def announce(self, *files: tuple[str, int]) -> dict[str, Any]:
        listed = [{"name": name, "size": size} for name, size in files]
        answer = self.client.post(f"{self.path}/announcement", json={"files": listed}, headers=self.token)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def now(self) -> dict[str, Any]:
        return dict(self.client.get(self.path).json())

    def files(self) -> list[dict[str, Any]]:
        return list(self.client.get(f"{self.path}/files").json()["files"])


def test_a_batch_is_opened_announced_sent_and_told(clerk: Client, empty_town: House) -> None:
    desk = Desk(clerk, name="Hộ tịch 001090000018", expected_pages=3)
    assert desk.now()["name"] == "Hộ tịch ••••••••••••"
    desk.announce(("lô/a.png", len(picture())), ("lô/b.png", 9))
    assert desk.sent("lô/a.png", picture())["file"] is not None
    told = desk.now()
    assert (told["state"], told["expected_files"], told["files"]) == ("coming", 2, 1)
    assert (desk.files()[0]["name"], desk.files()[0]["state"]) == ("lô/a.png", "received")
    page = clerk.get(f"/lo-quet/{desk.batch}").text
    assert "còn chờ 1 tệp" in page and "lô/a.png" in page
    audited = [entry.action for entry in empty_town.ledger.audit_entries(actor="clerk")]
    assert audited == ["batch.opened", "batch.announced", "file.received"]


def test_a_file_sent_again_is_the_same_file(clerk: Client) -> None:
    desk = Desk(clerk)
    desk.announce(("a.png", len(picture())))
    first = desk.sent("a.png", picture())
    again = desk.sent("a.png", picture())
    assert (again["file"], again["again"], again["duplicate_of"]) == (first["file"], True, None)
    assert desk.announce(("a.png", len(picture())))["expected_files"] == 1
    copy = desk.sent("b.png", picture())
    assert (copy["again"], copy["duplicate_of"]) == (False, first["file"])
    assert desk.now()["expected_files"] == 2, "nobody is told of too many files that were dropped on purpose"


def test_a_zip_and_a_register_are_counted_as_what_is_in_them(clerk: Client) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("danh mục.csv", "tệp,số trang\na.png,1\n")
        for seed in (1, 2, 3):
            archive.writestr(f"{seed}.png", picture(seed))
    desk = Desk(clerk)
    drop = (("lô.zip", len(packed.getvalue())), ("thêm.csv", 20), ("b.png", len(picture())))
    assert desk.announce(*drop)["expected_files"] == 2
    for _ in range(2):  # the answer was lost, and it is sent again
        answer = desk.put("lô.zip", packed.getvalue())
        assert [bool(one["file"]) for one in answer.json()["files"]] == [False, True, True, True]
        assert desk.now()["expected_files"] == 4 and desk.now()["files"] == 3
    assert desk.announce(*drop)["expected_files"] == 4


@pytest.mark.parametrize(
    ("name", "body", "code"),
    [
        ("rỗng.pdf", b"", "EMPTY_FILE"),
        ("trang.html", b"<html><script>alert(1)</script>", "UNSUPPORTED_KIND"),
        ("ảnh.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "UNSUPPORTED_KIND"),
        ("đổi đuôi.pdf", picture(), "WRONG_CONTENT"),
        ("cv.docx", b"PK\x03\x04" + bytes(26) + b"[Content_Types].xml", "UNSUPPORTED_KIND"),
    ],
)
def test_a_bad_file_is_set_apart_with_its_reason_and_harms_no_other(
    clerk: Client, name: str, body: bytes, code: str
) -> None:
    desk = Desk(clerk)
    assert desk.sent(name, body)["reason"]["code"] == code
    assert desk.sent("tốt.png", picture())["reason"] is None
    assert [file["state"] for file in desk.files()] == ["apart", "received"]
    page = clerk.get(f"/lo-quet/{desk.batch}").text
    assert desk.files()[0]["reason"]["message"][:30] in page


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "lô/../../x.pdf", "..\\..\\x.pdf", "/", "  ", "/".join("abcdefghijklmnop")]
)
def test_a_name_never_leads_out_of_its_folder(clerk: Client, empty_town: House, name: str) -> None:
    desk = Desk(clerk)
    answer = desk.put(name, picture())
    assert (answer.status_code, answer.json()["code"]) == (422, "FORM_INVALID")
    assert desk.files() == [] and not list(empty_town.staging.iterdir())


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("<script>alert(1)</script>.png", "script>.png"),  # a slash parts folder and file
        ("a\r\nSet-Cookie: x=1.png", "a\ufffd\ufffdSet-Cookie: x=1.png"),
        ("C:\\quét\\a.png", "C:/quét/a.png"),
        ("o\u0302.png", "ô.png"),
    ],
)
def test_a_strange_name_is_shown_as_text(clerk: Client, name: str, shown: str) -> None:
    desk = Desk(clerk)
    assert desk.sent(name, picture())["name"].endswith(shown)
    page = clerk.get(f"/lo-quet/{desk.batch}")
    assert "<script>alert" not in page.text and "set-cookie" not in page.headers


def test_a_very_long_name_is_cut_and_keeps_its_ending(clerk: Client) -> None:
    assert len(Desk(clerk).sent("ộ" * 300 + ".png", picture())["name"].encode()) <= 200


def test_a_file_that_is_too_large_is_refused_before_and_while_it_comes(clerk: Client, empty_town: House) -> None:
    empty_town.__dict__["portal"] = PortalSettings(max_upload_bytes=1000)
    desk = Desk(clerk)
    assert desk.announce(("to.pdf", 1001), ("vừa.pdf", 1000))["refused"] == [0]
    assert desk.put("to hơn.pdf", b"%PDF-1.7" + bytes(1000)).json()["files"][0]["reason"]["code"] == "FILE_TOO_LARGE"
    unsaid = desk.put("không nói.pdf", iter([b"%PDF-1.7", bytes(1000)]))
    assert unsaid.json()["files"][0]["reason"]["code"] == "FILE_TOO_LARGE"
    assert [file["state"] for file in desk.files()] == ["apart"] * 3
    assert not list(empty_town.staging.iterdir())
    form = {"csrf": clerk.csrf}
    files = [("files", ("a.pdf", bytes(3_000_000)))]
    assert clerk.post("/lo-quet", data=form, files=files).status_code == 413


def test_a_full_disk_is_told_and_nothing_is_taken(clerk: Client, empty_town: House) -> None:
    desk = Desk(clerk)
    empty_town.settings.reserve_bytes = 1 << 60
    empty_town.__dict__.pop("limits", None)
    answer = desk.put("a.png", picture())
    assert (answer.status_code, answer.json()["code"]) == (507, "DISK_FULL")
    assert desk.files() == []


def test_a_cut_connection_leaves_nothing_behind(empty_town: House) -> None:
    with serving(empty_town) as address, httpx.Client(base_url=address) as browser:
        page = browser.post("/dang-nhap", data={"login": "clerk", "password": "mat-khau-mau-1"})
        assert page.status_code == 303
        csrf = browser.get("/toi").text.partition('name="csrf" content="')[2].partition('"')[0]
        batch = browser.post("/api/v1/batches", json={"name": "lô"}, headers={"X-CSRF-Token": csrf}).json()["batch"]
        begun, path = threading.Event(), f"/api/v1/batches/{batch}/files?name=a.png"

        def body() -> Any:
            yield picture()
            begun.set()
            raise ConnectionError  # the cable is pulled

        with pytest.raises(ConnectionError):
            browser.put(path, content=body(), headers={"X-CSRF-Token": csrf, "Content-Length": "5000000"})
        assert begun.is_set()
        assert browser.get(f"/api/v1/batches/{batch}/files").json()["files"] == []
        answer = browser.put(path, content=picture(), headers={"X-CSRF-Token": csrf})
        assert answer.json()["files"][0]["again"] is False
    assert sweep_staging(empty_town.staging, -60) == 0, "the half file is gone"


def test_without_scripts_a_form_takes_a_batch(clerk: Client) -> None:
    files = [
        ("files", (name, body)) for name, body in (("a.png", picture(1)), ("b.png", picture(2)), ("c.svg", b"<svg/>"))
    ]
    answer = clerk.submit("/lo-quet", {"name": "Đất đai", "pages": "2"}, files=files)
    assert answer.status_code == 303, answer.text
    page = clerk.get(answer.headers["location"]).text
    assert "Đất đai" in page and "a.png" in page and "Chưa nhận được" in page
    more = clerk.submit(answer.headers["location"], {}, files=[("files", ("d.png", picture(3)))])
    assert "d.png" in clerk.get(more.headers["location"]).text
    assert clerk.submit("/lo-quet", {}, files=[("khác", ("d.png", b"x"))]).status_code == 422
    assert clerk.submit("/lo-quet", {"pages": "-1"}, files=files).status_code == 422


def test_what_is_missing_is_told_until_somebody_says_that_nothing_comes(clerk: Client, empty_town: House) -> None:
    desk = Desk(clerk, name="Đất đai", expected_pages=3)
    desk.announce(("a.png", len(picture())), ("b.png", 9))
    desk.sent("a.png", picture())
    drain(empty_town)
    assert (desk.now()["state"], desk.now()["wrong"]) == ("coming", [])
    assert clerk.submit(f"/lo-quet/{desk.batch}/du").status_code == 303
    told = desk.now()
    assert (told["state"], told["finished"]) == ("look", True)
    assert [one["code"] for one in told["wrong"]] == ["BATCH_PAGES_DIFFER"]
    assert "Chỗ chưa khớp" in clerk.get(f"/lo-quet/{desk.batch}").text


def test_a_batch_of_another_unit_does_not_exist(clerk: Client, empty_town: House) -> None:
    desk = Desk(clerk)
    other = Client(empty_town).login("clerk-2")
    token = {"X-CSRF-Token": other.csrf}
    for number in (desk.batch, 4711):
        there = f"/api/v1/batches/{number}"
        answers = [other.get(f"/lo-quet/{number}"), other.get(f"/lo-quet/{number}/dien-bien"), other.get(there)]
        answers += [other.get(f"{there}/files"), other.submit(f"/lo-quet/{number}/du")]
        answers.append(other.put(f"{there}/files?name=a.png", content=picture(), headers=token))
        answers.append(other.post(f"{there}/completion", headers=token))
        files = {"files": [{"name": "a", "size": 1}]}
        answers.append(other.post(f"{there}/announcement", json=files, headers=token))
        answers.append(other.submit(f"/lo-quet/{number}", {}, files=[("files", ("a.png", picture()))]))
        assert [answer.status_code for answer in answers] == [404] * len(answers)
    assert other.get("/api/v1/batches").json() == {"batches": [], "next": None}
    assert "Hộ tịch" not in other.get("/lo-quet").text


def test_papers_of_a_unit_carry_its_code_from_the_file_to_the_record(town: House, tmp_path: Path) -> None:
    desk = Desk(Client(town).login("clerk-2"))
    original = next(path for path in sorted((tmp_path / "town" / "batch").rglob("*")) if path.suffix == ".pdf")
    desk.sent("a.pdf", original.read_bytes())
    drain(town)
    [file] = desk.files()
    record = file["papers"][0]["record"]
    head = town.records.head(record)
    assert head is not None and (split_uri(record)[0], head.unit) == (OTHER_UNIT, OTHER_UNIT)


def test_lists_come_page_by_page(clerk: Client) -> None:
    numbers = [Desk(clerk, name=f"lô {n}").batch for n in range(3)]
    first = clerk.get("/api/v1/batches?limit=2").json()
    assert [one["batch"] for one in first["batches"]] == [numbers[2], numbers[1]]
    rest = clerk.get(f"/api/v1/batches?limit=2&before={first['next']}").json()
    assert ([one["batch"] for one in rest["batches"]], rest["next"]) == ([numbers[0]], None)
    desk = Desk(clerk)
    for seed in range(3):
        desk.sent(f"{seed}.png", picture(seed))
    page = clerk.get(f"{desk.path}/files?limit=2").json()
    assert len(page["files"]) == 2
    assert len(clerk.get(f"{desk.path}/files?limit=2&after={page['next']}").json()["files"]) == 1


def test_progress_is_told_as_it_is_in_the_ledger(client: Callable[[str | None], Client]) -> None:
    clerk = client("clerk")
    answer = clerk.get("/lo-quet/1/dien-bien")  # the batch is finished: the stream ends at once
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert (
        answer.text.startswith("retry:")
        and "event: change" in answer.text
        and answer.text.endswith("event: done\ndata: {}\n\n")
    )
    assert "file-1" in answer.text and "event: done" in clerk.get("/lo-quet/dien-bien").text
