"""A batch is counted: what sheets, a register or the clerk announced, against what was scanned, split and stored."""

from __future__ import annotations

import unicodedata
import zipfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import img2pdf
import pikepdf
import pytest
from PIL import Image

from ingest.separators import SEPARATOR_TITLE, BatchHeader, Separator
from motlan.wiring import House
from portal.reconciliation import Reconciliation, reconcile
from schemas.reading import PageReading
from tests.ingest.written import Row, birth, blank, centred, letter, page
from tests.support.archive import drain
from worker import handlers
from worker.intake import Receipt, open_batch, receive
from worker.steps import run_step
from worker.sweeping import Sweeper

_WIDTH = 60


class Counter:
    """A one-stop counter whose scans are read as they were written: no recogniser runs."""

    def __init__(self, house: House, folder: Path) -> None:
        self.house, self.folder = house, folder
        self.readings: dict[int, Sequence[PageReading]] = {}
        self._made = 0

    def scan(self, name: str, *pages: PageReading) -> Path:
        """A PDF with as many pages, no two files of the same bytes."""
        self._made += 1
        self.readings[self._made] = [one.model_copy(update={"page": n}) for n, one in enumerate(pages, 1)]
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        sheets = []
        for n in range(1, len(pages) + 1):
            sheet = self.folder / f".{self._made}-{n}.png"
            Image.new("L", (_WIDTH + self._made, 90)).save(sheet, dpi=(72, 72))
            sheets.append(str(sheet))
        path.write_bytes(img2pdf.convert(sheets))
        return path

    def read(self, path: Path, _: str, number: int, *__: object) -> PageReading:
        """Stands for read_page: the width of the pages says which scan it is."""
        with pikepdf.open(path) as pdf:
            (picture,) = pdf.pages[0].Resources.XObject.values()
            return self.readings[int(picture.Width) - _WIDTH][number - 1]

    def drop(self, *paths: Path, papers: int | None = None, pages: int | None = None) -> tuple[int, list[Receipt]]:
        """One batch, taken the whole way."""
        batch = open_batch(self.house, "test", "can-bo-mau", papers=papers, pages=pages)
        receipts = list(receive(self.house, batch, paths, "can-bo-mau"))
        drain(self.house)
        return batch, receipts


@pytest.fixture
def counter(archive: Callable[..., House], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Counter:
    made = Counter(archive(stamp_profile=None), tmp_path)
    monkeypatch.setattr(handlers, "read_page", made.read)
    return made


def sheet(of: BatchHeader | Separator) -> PageReading:
    return page(centred(0.1, SEPARATOR_TITLE), codes=[of.text])


def going_on() -> PageReading:
    return page(Row(0.2, 0.5, "Các cơ quan, đơn vị chủ động phối hợp trong quá trình thực hiện."))


def codes(account: Reconciliation) -> list[tuple[str | None, str]]:
    return [(one["file"], one["code"]) for one in account.as_json()["wrong"]]


def test_a_whole_batch_has_no_differences(counter: Counter) -> None:
    header = BatchHeader("H99", "L1", papers=3, pages=4)
    stack = counter.scan(
        unicodedata.normalize("NFD", "lô.pdf"), sheet(header), sheet(Separator("HS-1", 3)), letter(), going_on(),
        birth(),
        sheet(Separator("HS-2", 1)), blank(1), birth(name="Lê Thị Mẫu"), blank(1),
    )  # fmt: skip
    batch, _ = counter.drop(stack, papers=3, pages=4)
    account = reconcile(counter.house, batch)
    assert codes(account) == [] and account.finished
    assert account.found() == {
        "files": 1, "pages": 9, "apart": 4, "blank": 1, "read": 9, "papers": 3, "stored": 3, "stored_pages": 5,
    }  # fmt: skip
    heads = [counter.house.records.head(record) for record in counter.house.records.records()]
    kept = sorted((head.source.pages, head.dossier) for head in heads if head is not None)
    assert kept == [((3, 4), "HS-1"), ((5,), "HS-1"), ((8, 9), "HS-2")]


def test_a_missing_page_an_extra_file_and_a_paper_too_many_are_each_told(counter: Counter) -> None:
    short = counter.scan("thiếu.pdf", sheet(Separator("HS-1", 3)), letter(), going_on())
    extra = counter.scan("thừa.pdf", birth())
    many = counter.scan("nhiều.pdf", birth(name="Lê Thị Mẫu"), birth(name="Trần Văn Mẫu"))
    list_ = counter.folder / "danh mục.csv"
    list_.write_text("tệp,số trang\nthiếu.pdf,3\nnhiều.pdf,2\nmất.pdf,1\n", "utf-8-sig")
    batch, receipts = counter.drop(short, extra, many, list_, papers=3)
    assert [receipt.register is not None for receipt in receipts] == [True, False, False, False], "the list goes first"
    assert set(codes(reconcile(counter.house, batch))) == {
        ("thiếu.pdf", "SHEET_PAGES_DIFFER"),
        ("thiếu.pdf", "REGISTER_PAGES_DIFFER"),
        ("thừa.pdf", "FILE_WITHOUT_REGISTER_ROW"),
        ("nhiều.pdf", "REGISTER_ROW_UNUSED"),
        (None, "REGISTER_ROW_WITHOUT_FILE"),
        (None, "BATCH_PAPERS_DIFFER"),
        (None, "BATCH_PAGES_DIFFER"),
    }


def test_totals_wait_until_nothing_moves(counter: Counter) -> None:
    batch = open_batch(counter.house, "test", "can-bo-mau", papers=2)
    list(receive(counter.house, batch, [counter.scan("a.pdf", birth())], "can-bo-mau"))
    assert codes(reconcile(counter.house, batch)) == []
    drain(counter.house)
    assert codes(reconcile(counter.house, batch)) == [(None, "BATCH_PAPERS_DIFFER")]


def test_what_was_refused_is_told_with_its_reason(counter: Counter) -> None:
    (empty := counter.folder / "rỗng.pdf").touch()
    (broken := counter.folder / "hỏng.csv").write_bytes("tệp;số".encode("utf-16"))
    batch, _ = counter.drop(empty, broken, counter.scan("a.pdf", birth()))
    assert codes(reconcile(counter.house, batch)) == [("hỏng.csv", "REGISTER_UNREADABLE"), ("rỗng.pdf", "EMPTY_FILE")]


def test_a_file_of_sheets_alone_holds_nothing_and_is_done(counter: Counter) -> None:
    batch, _ = counter.drop(counter.scan("phiếu.pdf", sheet(Separator("HS-1")), blank(1)))
    (file,) = counter.house.ledger.files(batch_id=batch)
    assert (file.state, file.notices) == ("DONE", ("ONLY_SEPARATORS",))
    assert not list(counter.house.records.records()) and not counter.house.ledger.status().stuck


def test_a_register_speaks_about_the_files_of_its_zip_only_where_it_is_clear(counter: Counter) -> None:
    scans = {"a/x.pdf": birth(), "b/x.pdf": birth(name="Lê Thị Mẫu"), "hai.pdf": None}
    packed = counter.folder / "lô.zip"
    with zipfile.ZipFile(packed, "w") as out:
        for name, reading in scans.items():
            pages = [reading] if reading else [birth(name="Trần Văn Mẫu"), birth(name="Bùi Thị Mẫu")]
            out.write(counter.scan(name, *pages), name)
        out.writestr("so.csv", "tệp;trang;họ tên\nx.pdf;;Nguyễn Thị Hồng Nhung\nhai.pdf;2;Bùi Thị Mẫu\n")
    batch, _ = counter.drop(packed)
    wrong = codes(reconcile(counter.house, batch))
    assert (None, "REGISTER_ROW_WITHOUT_FILE") in wrong, "two files have that name"
    assert not any(file == "lô.zip/hai.pdf" for file, _ in wrong)


def test_a_register_stays_as_long_as_the_ledger_speaks_of_it(counter: Counter) -> None:
    list_ = counter.folder / "so.csv"
    list_.write_text("tệp\na.pdf\n")
    batch, _ = counter.drop(list_, counter.scan("a.pdf", birth()))
    Sweeper(seconds=0).sweep(counter.house)
    assert codes(reconcile(counter.house, batch)) == []


def test_an_urgency_stamp_is_kept_and_hurries_what_is_left_of_the_file(counter: Counter) -> None:
    house = counter.house
    batch = open_batch(house, "test", "can-bo-mau")
    stamped = counter.scan("khẩn.pdf", letter(more=[Row(0.2, 0.145, "HỎA TỐC")]), going_on())
    list(receive(house, batch, [stamped], "can-bo-mau"))
    (inspect,) = house.ledger.steps(state="READY")
    run_step(house, inspect.id)
    run_step(house, house.ledger.steps(state="READY")[0].id)
    assert {step.priority for step in house.ledger.steps(state="READY")} == {9}
    drain(house)
    (head,) = [house.records.head(record) for record in house.records.records()]
    assert head is not None and head.urgency == "HỎA TỐC"
    assert {step.priority for step in house.ledger.steps(kind="seal")} == {9}
    assert reconcile(house, batch).as_json()["files"][0]["urgency"] == ["HỎA TỐC"]


def test_a_paper_at_the_counter_has_its_own_queue_and_a_promised_day_goes_first(counter: Counter) -> None:
    house = counter.house
    due = datetime(2026, 3, 5, tzinfo=UTC)
    plain, promised = open_batch(house, "test", "lan"), open_batch(house, "test", "lan", due=due)
    list(receive(house, plain, [counter.scan("a.pdf", birth())], "lan"))
    list(receive(house, promised, [counter.scan("b.pdf", letter())], "lan"))
    list(receive(house, plain, [counter.scan("c.pdf", going_on())], "lan", queue="counter"))
    first, second, third = house.ledger.steps(kind="inspect")
    assert third.queue == "counter"
    with house.ledger.transaction() as tx:
        order = [tx.claim_next(first.id, "w", 60) for _ in range(2)]
        assert [step.id for step in order if step] == [second.id, first.id]
