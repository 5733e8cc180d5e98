"""A paper whose pages came as several files: joined, stored, taken apart again; nothing is lost or counted twice."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from motlan.checking import check_everything
from motlan.rebuilding import rebuild
from motlan.wiring import House
from portal.reconciliation import reconcile
from schemas.errors import ArrangementNotPossible, ConsentNotValid, FilesNotJoinable, NoSuchRow, RepresentationMissing
from schemas.manifest import Manifest, digest
from search.projection import parity
from specimens.papers import make_paper
from storage.package import export
from tests.support.archive import Template, copied, drain, restart
from tests.support.drain import killed
from worker.arranging import Planned, arrange, papers_of
from worker.intake import open_batch, receive
from worker.joining import join, undo_join
from worker.outcome import publish
from worker.reviewing import decide
from worker.sweeping import Sweeper

CLERK = "can-bo-mau"
FRONT, BACK, JOINED = 1, 2, 3


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two photographs, a page each; the second lies on its side and says so (EXIF)."""
    folder = tmp_path_factory.mktemp("photos")
    pages = [make_paper(kind, 11, dpi=150).pages[0] for kind in ("residence_confirmation", "marital_status")]
    front, back = folder / "IMG_0001.jpg", folder / "IMG_0002.jpg"
    pages[0].save(front, quality=92, dpi=(150, 150))
    lying = Image.Exif()
    lying[0x0112] = 6
    turned = pages[1].transpose(Image.Transpose.ROTATE_90)
    turned.save(back, quality=92, dpi=(150, 150), exif=lying)
    return [front, back]


@pytest.fixture(scope="module")
def once(template: Template, photos: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with those two, read and stored once for all tests."""
    folder = tmp_path_factory.mktemp("stored")
    house = template.copy(folder)
    batch = open_batch(house, "test", CLERK, expected=2, pages=2)
    list(receive(house, batch, photos, CLERK))
    drain(house)
    assert [papers(house, number) for number in (FRONT, BACK)] == [
        [((1,), "residence_confirmation")],
        [((1,), "marital_status")],
    ]
    house.ledger.close()
    return folder


@pytest.fixture
def stored(once: Path, tmp_path: Path) -> House:
    return copied(once, tmp_path / "archive")


def papers(house: House, file: int) -> list[tuple[tuple[int, ...], str]]:
    return [(paper.pages, paper.type) for paper in papers_of(house, file)]


def record_of(house: House, file: int) -> str:
    return papers_of(house, file)[0].record


def head_of(house: House, record: str) -> Manifest:
    head = house.records.head(record)
    assert head is not None
    return head


def joined(house: House, *files: int, type_id: str | None = None) -> int:
    ordered = join(house, 1, files, CLERK, type_id)
    publish(house, ordered.hints)
    drain(house)
    sound(house)
    return ordered.file_id


def parted(house: House, file: int) -> None:
    publish(house, undo_join(house, file, CLERK))
    drain(house)
    sound(house)


def sound(house: House) -> None:
    """What every join leaves: the archive, the ledger and the index agree, and the batch is whole."""
    heads = {record: house.records.revisions(record)[-1] for record in house.records.records()}
    assert parity(house.index, heads.items()).ok
    for record in heads:
        one, head = house.ledger.document_by_record(record), head_of(house, record)
        assert one is not None and head.revision == one.revision
        assert (head.withdrawn is not None) == (one.state == "CANCELLED")
        if one.state != "CANCELLED":
            assert (head.source.pages, one.state) == (one.pages, "DONE")
            assert head.seal is not None and head.seal.verdict == "VALID"
    assert check_everything(house, lambda *_: None).ok
    assert house.ledger.verify_audit().ok
    assert not house.ledger.status().stuck
    account, progress = reconcile(house, 1), house.ledger.batch_progress(1)
    found = account.found()
    assert account.finished and not account.as_json()["wrong"]
    assert (found["files"], found["pages"], found["read"], found["stored_pages"]) == (2, 2, 2, 2)
    assert (progress.files, progress.pages_total, progress.pages_read) == (2, 2, 2)
    assert progress.documents == progress.stored == progress.done == found["papers"] == found["stored"]


def test_two_photographs_become_one_paper_and_what_was_handed_in_stays(
    stored: House, photos: list[Path], tmp_path: Path
) -> None:
    front, back = record_of(stored, FRONT), record_of(stored, BACK)
    assert joined(stored, FRONT, BACK) == JOINED
    assert papers(stored, JOINED) == [((1, 2), "residence_confirmation")]
    head = head_of(stored, record_of(stored, JOINED))
    assert [(one.file_name, one.pages) for one in head.source.files] == [("IMG_0001.jpg", (1,)), ("IMG_0002.jpg", (1,))]
    handed_in = [one for one in head.representations if one.role == "source"]
    assert [one.sha256 for one in handed_in] == [digest(path.read_bytes()) for path in photos]
    assert {one.media_type for one in handed_in} == {"image/jpeg"}
    for record in (front, back):
        withdrawn = head_of(stored, record).withdrawn
        assert withdrawn is not None and withdrawn.into == (head.record,)
    assert [hit.record for hit in stored.index.find_words("tình trạng hôn nhân", stored.unit_code, 5)] == [head.record]
    for number, photo in enumerate(photos, 1):
        export(stored.archive, head, "source", tmp_path / f"{number}.jpg", number)
        assert (tmp_path / f"{number}.jpg").read_bytes() == photo.read_bytes()
    with pytest.raises(RepresentationMissing):
        export(stored.archive, head, "source", tmp_path / "3.jpg", 3)
    original = head.representation("original")
    assert original is not None
    with stored.archive.path(original.sha256) as path, pikepdf.open(path) as pdf:
        pictures = [next(iter(page.get_images().values())) for page in pdf.pages]
        assert [int(page.get("/Rotate", 0)) for page in pdf.pages] == [0, 90]
        with Image.open(photos[0]) as photo:
            assert (pictures[0].Width, pictures[0].Height) == photo.size
        assert pictures[0].Filter == "/DCTDecode", "no pixel was coded again"
    assert not stored.ledger.steps(kind="page", file_id=JOINED), "what was read is not read again"


def test_undone_the_former_papers_are_back_and_can_be_joined_again(stored: House) -> None:
    front, back = record_of(stored, FRONT), record_of(stored, BACK)
    joined(stored, FRONT, BACK)
    record = record_of(stored, JOINED)
    assert Sweeper(seconds=0).sweep(stored) > 0
    parted(stored, JOINED)
    assert papers(stored, FRONT) == [((1,), "residence_confirmation")] and record_of(stored, FRONT) == front
    assert papers(stored, BACK) == [((1,), "marital_status")] and stored.records.revisions(back) == [1, 2, 3]
    assert head_of(stored, record).withdrawn is not None and stored.ledger.file(JOINED).state == "CANCELLED"
    with pytest.raises(FilesNotJoinable):
        undo_join(stored, JOINED, CLERK)
    again = joined(stored, FRONT, BACK)
    assert again != JOINED and record_of(stored, again) == record, "the same pages are the same record"
    assert stored.records.revisions(record) == [1, 2, 3]


def test_the_order_and_the_type_are_the_clerks(stored: House) -> None:
    made = joined(stored, BACK, FRONT, type_id="birth_extract")
    assert papers(stored, made) == [((1, 2), "birth_extract")]
    text = head_of(stored, record_of(stored, made)).representation("text")
    assert text is not None
    with stored.archive.open(text.sha256) as stream:
        pages = stream.read().decode().split("\f")
    assert "HÔN NHÂN" in pages[0] and "CƯ TRÚ" in pages[1]


def test_the_same_order_twice_is_one_join_and_others_are_refused(stored: House) -> None:
    first = join(stored, 1, [FRONT, BACK], CLERK)
    assert join(stored, 1, [FRONT, BACK], CLERK).file_id == first.file_id and len(stored.ledger.joins(1)) == 1
    with pytest.raises(FilesNotJoinable):
        join(stored, 1, [BACK, FRONT], "can-bo-khac")
    with pytest.raises(ArrangementNotPossible):
        arrange(stored, FRONT, [Planned((1,), "birth_extract")], CLERK)
    drain(stored)
    sound(stored)
    with pytest.raises(ArrangementNotPossible):
        arrange(stored, FRONT, [Planned((1,))], CLERK)
    for files in ([FRONT], [FRONT, FRONT], [JOINED]):
        with pytest.raises(FilesNotJoinable):
            join(stored, 1, files, CLERK)
    other = open_batch(stored, "test", CLERK)
    with pytest.raises(NoSuchRow):
        join(stored, other, [FRONT, BACK], CLERK)


def test_a_joined_file_is_arranged_and_joined_as_any_other(stored: House) -> None:
    made = joined(stored, FRONT, BACK)
    publish(stored, arrange(stored, made, [Planned((2,), "marital_status"), Planned((1,))], CLERK))
    drain(stored)
    first = head_of(stored, papers_of(stored, made)[0].record)
    assert [one.file_name for one in first.source.files] == ["IMG_0002.jpg"]
    parted(stored, made)
    assert papers(stored, FRONT) == [((1,), "residence_confirmation")]


def test_a_page_that_was_forgotten_is_joined_with_the_joined_file(stored: House, tmp_path: Path) -> None:
    forgotten = tmp_path / "IMG_0003.jpg"
    make_paper("birth_extract", 12, dpi=150).pages[0].save(forgotten, dpi=(150, 150))
    inner = joined(stored, FRONT, BACK)
    [receipt] = receive(stored, 1, [forgotten], CLERK)
    assert receipt.file_id is not None
    drain(stored)
    outer = join(stored, 1, [receipt.file_id, inner], CLERK).file_id
    drain(stored)
    head = head_of(stored, record_of(stored, outer))
    assert [one.file_name for one in head.source.files] == ["IMG_0003.jpg", "IMG_0001.jpg", "IMG_0002.jpg"]
    assert reconcile(stored, 1).found() | {"blank": 0} == {
        "files": 3, "pages": 3, "apart": 0, "blank": 0, "read": 3, "papers": 1, "stored": 1, "stored_pages": 3,
    }  # fmt: skip
    with pytest.raises(FilesNotJoinable):
        undo_join(stored, inner, CLERK)
    publish(stored, undo_join(stored, outer, CLERK))
    drain(stored)
    assert papers(stored, inner) == [((1, 2), "residence_confirmation")]


def test_what_people_decided_goes_along(stored: House) -> None:
    paper = papers_of(stored, BACK)[0]
    name = next(iter(head_of(stored, paper.record).fields))
    with stored.ledger.transaction() as tx:
        review = tx.open_review(paper.id, name, ["LOW_CONFIDENCE"], 1)
    publish(stored, decide(stored, review, CLERK, "corrected", "MẪU ĐÃ SỬA").hints)
    drain(stored)
    made = joined(stored, FRONT, BACK, type_id="marital_status")
    field = head_of(stored, record_of(stored, made)).fields[name]
    assert field.value == "MẪU ĐÃ SỬA"
    assert {witness.page for witness in field.evidence} <= {None, 2}


def test_what_was_agreed_to_is_not_handed_over_once_it_was_joined(stored: House) -> None:
    record = record_of(stored, FRONT)
    number = next(one.number for one in head_of(stored, record).subjects if one.number)
    case = ("can-bo", "H99.01-261122-0001", "Đăng ký kết hôn")
    request = stored.reuse.request(case[0], stored.unit_code, case[1], case[2], record)
    stored.reuse.consent(request, number, stored.clock() + timedelta(days=7))
    made = joined(stored, FRONT, BACK)
    with pytest.raises(ConsentNotValid):
        stored.reuse.release(request, *case)
    parted(stored, made)
    stored.reuse.release(request, *case).pdf.close()


def test_files_still_on_their_way_are_waited_for_and_make_no_papers_of_their_own(
    house: House, photos: list[Path]
) -> None:
    batch = open_batch(house, "test", CLERK, expected=2, pages=2)
    list(receive(house, batch, photos, CLERK))
    made = joined(house, FRONT, BACK)
    assert papers(house, made) == [((1, 2), "residence_confirmation")]
    assert len(list(house.records.records())) == 1
    assert Sweeper(seconds=0).sweep(house) > 0
    parted(house, made)
    assert papers(house, FRONT) == [((1,), "residence_confirmation")]
    assert papers(house, BACK) == [((1,), "marital_status")]


def test_a_file_that_cannot_be_read_ends_the_join_and_the_others_stand_alone(
    house: House, photos: list[Path], tmp_path: Path
) -> None:
    cut = tmp_path / "IMG_0003.jpg"
    cut.write_bytes(photos[1].read_bytes()[:20_000])
    batch = open_batch(house, "test", CLERK)
    list(receive(house, batch, [photos[0], cut], CLERK))
    ordered = join(house, batch, [FRONT, BACK], CLERK)
    drain(house)
    made = house.ledger.join(ordered.file_id)
    told = house.ledger.file(ordered.file_id)
    assert made is not None and made.state == "FAILED" and told.state == "CANCELLED"
    assert told.reason is not None and told.reason["code"] == FilesNotJoinable.code
    assert papers(house, FRONT) == [((1,), "residence_confirmation")]
    assert not house.ledger.status().stuck
    assert reconcile(house, batch).found()["files"] == 2


def test_a_rebuilt_ledger_knows_the_joined_paper_and_what_was_withdrawn(stored: House) -> None:
    front, back = record_of(stored, FRONT), record_of(stored, BACK)
    joined(stored, FRONT, BACK)
    record = record_of(stored, JOINED)
    stored.ledger.close()
    for part in stored.data.glob("ledger.sqlite*"):
        part.unlink()
    again = House(stored.settings)
    again.ledger.upgrade()
    assert rebuild(again, lambda *_: None).wrong == ()
    states = {one.record: one.state for one in again.ledger.documents()}
    assert states == {record: "DONE", front: "CANCELLED", back: "CANCELLED"}


def kill(house: House, point: str) -> House:
    killed(house, point)
    return restart(house)


OF_A_JOIN = ("join:made", "join:worked", "join:committed", "seal:signed", "keep:manifest", "project:worked")
OF_THE_EXCHANGE = ("project:committed", "replace:withdrawn", "replace:worked")


@pytest.mark.parametrize("point", [*OF_A_JOIN, *OF_THE_EXCHANGE])
def test_a_kill_at_any_point_of_a_join_loses_nothing(stored: House, point: str) -> None:
    join(stored, 1, [FRONT, BACK], CLERK)
    house = kill(stored, point)
    drain(house)
    sound(house)
    assert papers(house, JOINED) == [((1, 2), "residence_confirmation")]
    assert sorted(house.records.revisions(one) for one in house.records.records()) == [[1], [1, 2], [1, 2]]


@pytest.mark.parametrize("point", ["arrange:worked", "keep:manifest", "project:committed", "part:withdrawn"])
def test_a_kill_at_any_point_of_the_way_back_loses_nothing(stored: House, point: str) -> None:
    joined(stored, FRONT, BACK)
    undo_join(stored, JOINED, CLERK)
    house = kill(stored, point)
    drain(house)
    sound(house)
    assert not papers(house, JOINED) and papers(house, FRONT) == [((1,), "residence_confirmation")]
    assert sorted(house.records.revisions(one) for one in house.records.records()) == [[1, 2], [1, 2, 3], [1, 2, 3]]


def test_a_signed_file_stays_by_itself(stored: House, photos: list[Path], tmp_path: Path) -> None:
    kept = head_of(stored, record_of(stored, FRONT)).representation("archival")
    assert kept is not None
    signed = tmp_path / "da-ky.pdf"
    with stored.archive.path(kept.sha256) as path:
        shutil.copy(path, signed)
    batch = open_batch(stored, "test", CLERK)
    other = tmp_path / "IMG_0009.jpg"
    with Image.open(photos[1]) as photo:
        photo.save(other, quality=90)
    numbers = [receipt.file_id for receipt in receive(stored, batch, [signed, other], CLERK)]
    files = [number for number in numbers if number is not None]
    ordered = join(stored, batch, files, CLERK)  # nobody has looked into them yet
    drain(stored)
    told = stored.ledger.file(ordered.file_id)
    assert told.state == "CANCELLED" and told.reason is not None and "ký điện tử" in told.reason["message"]
    assert [len(papers_of(stored, number)) for number in files] == [1, 1]
    with pytest.raises(FilesNotJoinable):
        join(stored, batch, files, CLERK)
