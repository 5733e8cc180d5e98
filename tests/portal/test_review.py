"""Review: the queue of a unit, decisions, changed numbers that a second person confirms, pictures after looks."""

from __future__ import annotations

import html
import io
import json
import re
import unicodedata
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from PIL import Image
from typer.testing import CliRunner

from ledger import QueuedReview
from motlan.cli import app
from motlan.wiring import House
from portal import accounts
from portal.review.desk import HELD, Desk
from portal.review.evidence import Piece, compared, in_threes
from portal.review.spots import view_of
from portal.rights import Role
from portal.texts import catalogue
from schemas.doubts import doubts
from schemas.errors import OwnCorrection, ReviewDecided
from schemas.manifest import Manifest
from schemas.reading import Box
from tests.support.archive import drain
from tests.support.portal import Client, password_hash
from worker.reviewing import confirm, decide, proposed
from worker.sweeping import Sweeper

Clients = Callable[[str | None], Client]
SHOWN = re.compile(r'class="spot" data-id="(\d+)"')


def add_colleague(town: House) -> None:
    """A second clerk of the unit: `mai`."""
    made = accounts.add_account(town, "mai", "Mai MẪU", town.unit_code, [Role.CLERK], by="test")
    with town.ledger.transaction() as tx:
        tx.set_account(made, password=password_hash())


def add_number_review(town: House) -> QueuedReview:
    """A doubt about the ID number on the marriage status paper, the last in the queue."""
    document = next(d for d in town.ledger.documents() if d.type == "marital_status")
    with town.ledger.transaction() as tx:
        made = tx.open_review(document.id, "personal_id", ["LOW_CONFIDENCE"], 1)
    return town.ledger.queued_review(made)


def field_review(town: House, field: str) -> QueuedReview:
    return next(one for one in town.ledger.queued_reviews(town.unit_code) if one.field == field)


def head(town: House, review: QueuedReview) -> Manifest:
    found = town.records.head(review.record)
    assert found is not None
    return found


def other_number(town: House, review: QueuedReview) -> str:
    """The number on the paper with its last digit changed."""
    value = head(town, review).fields["personal_id"].value
    assert value is not None
    return value[:-1] + str((int(value[-1]) + 1) % 10)


def shown(text: str) -> int:
    found = SHOWN.search(text)
    assert found, text
    return int(found[1])


def share_desk(*clients: Client) -> None:
    """As if one portal served them all."""
    desk = Desk()
    for one in clients:
        one.app.state.desk = desk  # type: ignore[attr-defined]


def looks(town: House, actor: str) -> list[dict[str, object]]:
    return [entry.detail for entry in town.ledger.audit_entries(actor=actor, action="access.review")]


def test_the_next_spot_opens_at_once_and_says_why(client: Clients, town: House) -> None:
    page = client("clerk").get("/xem-lai?sau=1").text
    review = town.ledger.queued_review(shown(page))
    assert review.field == "address"
    assert "Nơi cư trú: máy đọc đúng chưa?" in page and "Các nguồn cho kết quả khác nhau." in page
    assert "<b>ấ</b>ường" in page, "what the second reader read otherwise stands out"
    assert "Xem lại" not in re.findall("<title>(.*)</title>", page)[0] and review.record not in page


def test_every_picture_leaves_after_a_look_and_a_look_covers_its_pictures(client: Clients, town: House) -> None:
    review, clerk = field_review(town, "birth_date"), client("clerk")
    crop = clerk.get(f"/xem-lai/{review.id}/anh")
    assert (crop.headers["content-type"], len(looks(town, "clerk"))) == ("image/jpeg", 1)
    picture = Image.open(io.BytesIO(crop.content))
    assert 1.5 < picture.width / picture.height < 1.8, "it fills the stage"
    for path in (f"/xem-lai/{review.id}/trang/1", f"/xem-lai/{review.id}/trang/1?rong=140"):
        assert clerk.get(path).headers["content-type"] == "image/jpeg"
    assert clerk.get(f"/xem-lai/{review.id}/trang/9").status_code == 404
    assert looks(town, "clerk") == [{"unit": town.unit_code, "revision": 1, "review": review.id}]
    clerk.get(f"/xem-lai/{review.id}")
    assert len(looks(town, "clerk")) == 2, "showing the value is a look of its own"
    assert town.ledger.audit_entries(action="access.review")[0].record == review.record


@pytest.mark.parametrize("login", ["clerk-2", "officer", "archivist", "citizen", None])
def test_nobody_else_sees_a_review_of_the_unit(client: Clients, town: House, filled, login: str | None) -> None:
    stranger = client(filled.numbers[0] if login == "citizen" else login)
    review = field_review(town, "birth_date").id
    there = [f"/xem-lai/{review}", f"/xem-lai/{review}/anh", f"/xem-lai/{review}/trang/1", f"/api/v1/reviews/{review}"]
    answers = [stranger.get(path) for path in there]
    answers.append(stranger.submit(f"/xem-lai/{review}", {"outcome": "accepted"}))
    headers = {"x-csrf-token": stranger.csrf}
    answers.append(stranger.post(f"/api/v1/reviews/{review}/decision", json={"outcome": "accepted"}, headers=headers))
    answers.append(stranger.post(f"/api/v1/reviews/{review}/confirmation", json={"agrees": True}, headers=headers))
    wanted = {404} if login == "clerk-2" else {401, 303} if login is None else {403}
    assert {answer.status_code for answer in answers} <= wanted
    assert town.ledger.queued_review(review).state == "open" and not town.ledger.audit_entries(action="access.review")
    if login == "clerk-2":
        none = stranger.get("/api/v1/reviews/99999")
        assert (none.status_code, none.json()) == (404, answers[3].json())
        assert "Không còn chỗ nào cần xem" in stranger.get("/xem-lai").text


def test_a_decision_by_a_form_makes_a_new_revision_and_leads_on(client: Clients, town: House) -> None:
    review, clerk = field_review(town, "birth_date"), client("clerk")
    answer = clerk.submit(f"/xem-lai/{review.id}", {"outcome": "accepted", "value": "29/05/1981", "read": "29/05/1981"})
    assert answer.headers["location"] == f"/xem-lai?sau={review.id}&xong=accepted"
    assert "Đã ghi: đúng." in clerk.get(answer.headers["location"]).text
    drain(town)
    field = head(town, review).fields["birth_date"]
    assert field.accepted and (field.evidence[-1].source, field.evidence[-1].engine) == ("person", "clerk")


def test_a_changed_text_is_meant_whichever_button_sent_it(client: Clients, town: House) -> None:
    review, clerk = field_review(town, "applicant_name"), client("clerk")
    changed = {"outcome": "accepted", "value": unicodedata.normalize("NFD", "VÕ KHÁNH HƯỜNG"), "read": "Võ Khánh Hương"}
    assert clerk.submit(f"/xem-lai/{review.id}", changed).headers["location"].endswith("xong=corrected")
    drain(town)
    assert head(town, review).fields["applicant_name"].value == "Võ Khánh Hường"


def test_a_value_that_cannot_be_right_stays_in_the_form_with_the_reason(client: Clients, town: House) -> None:
    review, clerk = field_review(town, "birth_date"), client("clerk")
    for typed, reason in (
        ("31/02/1981", "Không có ngày này"),
        ("<script>alert(1)</script>", "Không có ngày này"),
        ("", "Chưa có chữ nào"),
        ("9" * 3000, "Dài quá"),
    ):
        sent = {"outcome": "corrected", "value": typed, "read": "29/05/1981"}
        answer = clerk.submit(f"/xem-lai/{review.id}", sent)
        assert (answer.status_code, reason in answer.text) == (422, True)
        assert "<script>alert" not in answer.text and html.escape(typed) in answer.text
    answer = clerk.post(
        f"/api/v1/reviews/{review.id}/decision",
        json={"outcome": "corrected", "value": "31/02/1981"},
        headers={"x-csrf-token": clerk.csrf},
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "FORM_INVALID")
    assert town.ledger.queued_review(review.id).state == "open"


def test_a_changed_number_waits_for_somebody_else(client: Clients, town: House) -> None:
    add_colleague(town)
    review = add_number_review(town)
    number, first, second = other_number(town, review), client("clerk"), client("mai")
    wrong = first.submit(f"/xem-lai/{review.id}", {"outcome": "corrected", "value": number[:-1], "read": "x"})
    assert "bạn gõ 11 chữ số" in wrong.text
    answer = first.submit(f"/xem-lai/{review.id}", {"outcome": "corrected", "value": number, "read": "x"})
    assert answer.headers["location"].endswith("xong=waiting")
    town.clock = lambda now=town.clock: now() + HELD  # the first clerk has gone on to another paper
    drain(town)
    assert head(town, review).revision == 1, "nothing changes before a second person agrees"
    assert f'data-id="{review.id}"' not in first.get(f"/xem-lai?sau={review.id - 1}").text
    own = first.post(
        f"/api/v1/reviews/{review.id}/confirmation", json={"agrees": True}, headers={"x-csrf-token": first.csrf}
    )
    assert (own.status_code, own.json()["code"]) == (409, "OWN_CORRECTION")
    asked = second.get(f"/xem-lai/{review.id}").text
    assert "Mẫu clerk đã sửa thành" in asked and "Khác ở ký tự thứ 12" in asked
    over = second.submit(f"/xem-lai/{review.id}", {"outcome": "accepted", "value": "", "read": ""})
    assert over.headers["location"].endswith("xong=decided"), "only a confirmation settles it"
    assert second.submit(f"/xem-lai/{review.id}/xac-nhan", {"agrees": "yes"}).headers["location"].endswith("confirmed")
    drain(town)
    field = head(town, review).fields["personal_id"]
    assert (field.value, [w.engine for w in field.evidence[-2:]]) == (number, ["clerk", "mai"])
    assert number in {subject.number for subject in head(town, review).subjects}
    assert number not in "".join(str(entry) for entry in town.ledger.audit_entries())


def test_a_refused_change_is_asked_again(client: Clients, town: House) -> None:
    add_colleague(town)
    review = add_number_review(town)
    assert decide(town, review.id, "clerk", "corrected", other_number(town, review)).waits
    answer = client("mai").submit(f"/xem-lai/{review.id}/xac-nhan", {"agrees": "no"})
    assert answer.headers["location"].endswith("xong=refused")
    assert town.ledger.queued_review(review.id).state == "open"
    with pytest.raises(ReviewDecided):
        confirm(town, review.id, "mai", True)
    days = client("clerk").get("/xem-lai/so-lieu").text
    assert '<span class="tag bad">1</span>' in days and "Mai MẪU" in days


def test_who_gives_the_value_that_was_read_changes_nothing(town: House) -> None:
    review = add_number_review(town)
    value = head(town, review).fields["personal_id"].value or ""
    assert not decide(town, review.id, "clerk", "corrected", f" {value[:3]} {value[3:]}").waits
    assert town.ledger.queued_review(review.id).state == "accepted"


def test_a_change_that_waits_is_not_swept_and_a_lost_one_is_asked_again(town: House) -> None:
    review = add_number_review(town)
    number = other_number(town, review)
    decide(town, review.id, "clerk", "corrected", number)
    with pytest.raises(OwnCorrection):
        confirm(town, review.id, "clerk", True)
    Sweeper(seconds=0).sweep(town)
    assert proposed(town, review.id) == number
    waiting = town.ledger.confirmation(review.id)
    assert waiting is not None
    town.work.remove(waiting.witness)
    assert proposed(town, review.id) is None
    assert town.ledger.queued_review(review.id).state == "open"


def test_the_command_line_asks_for_a_second_person_too(town: House) -> None:
    review = add_number_review(town)
    number = other_number(town, review)

    def run(*arguments: str) -> Any:
        done = CliRunner().invoke(app, ["--data", str(town.settings.data), "review", *arguments], catch_exceptions=True)
        return done.exception or json.loads(done.stdout)

    told = run("decide", str(review.id), "--value", number, "--actor", "lan", "--json")
    assert told == {"review": review.id, "outcome": "corrected", "waits": True}
    seen = {"review": review.id, "by": "lan", "value": number}
    assert run("confirm", str(review.id), "--json") == seen | {"agreed": None}
    assert isinstance(run("confirm", str(review.id), "--agree", "--actor", "lan", "--json"), OwnCorrection)
    assert run("confirm", str(review.id), "--agree", "--actor", "mai", "--json") == seen | {"agreed": True}
    drain(town)
    assert head(town, review).fields["personal_id"].value == number


def test_the_second_decision_on_a_spot_is_told_and_led_on(client: Clients, town: House) -> None:
    add_colleague(town)
    review = field_review(town, "birth_date")
    decide(town, review.id, "clerk", "accepted")
    late = client("mai")
    answer = late.submit(f"/xem-lai/{review.id}", {"outcome": "cannot_read"})
    assert answer.headers["location"].endswith("xong=decided")
    assert "Đã có người quyết định chỗ đó" in late.get(answer.headers["location"]).text
    told = late.post(
        f"/api/v1/reviews/{review.id}/decision", json={"outcome": "accepted"}, headers={"x-csrf-token": late.csrf}
    )
    assert (told.status_code, told.json()["code"]) == (409, "REVIEW_DECIDED")
    assert [r.outcome for r in town.ledger.reviews(open_only=False) if r.id == review.id] == ["accepted"]


def test_two_clerks_are_not_shown_the_same_paper(client: Clients, town: House) -> None:
    add_colleague(town)
    first, second = client("clerk"), client("mai")
    share_desk(first, second)
    seen, ahead = shown(first.get("/xem-lai").text), shown(first.get("/xem-lai/tiep?sau=1").text)
    other = shown(second.get("/xem-lai").text)
    papers = [town.ledger.queued_review(number).document_id for number in (seen, ahead, other)]
    assert papers[2] not in papers[:2]
    assert shown(first.get(f"/xem-lai/tiep?sau={ahead}").text) != other
    town.clock = lambda now=town.clock: now() + HELD
    town.__dict__.pop("ledger", None)
    assert shown(second.get("/xem-lai").text) == seen, "left alone for some minutes, it is anybody's"


def test_what_is_held_by_others_is_not_an_empty_queue(client: Clients, town: House) -> None:
    add_colleague(town)
    for review in town.ledger.queued_reviews(town.unit_code)[1:]:
        decide(town, review.id, "clerk", "accepted")
    first = client("clerk")
    second = client("mai")
    share_desk(first, second)
    first.get("/xem-lai")
    assert "Đồng nghiệp đang xem 1 chỗ còn lại" in second.get("/xem-lai").text
    assert second.get("/xem-lai/tiep").status_code == 204


def test_the_queue_for_programs_is_paged_and_says_no_values(client: Clients, town: House) -> None:
    clerk = client("clerk")
    first = clerk.get("/api/v1/reviews?limit=5").json()
    rest = clerk.get(f"/api/v1/reviews?limit=50&after={first['next']}").json()
    numbers = [one["id"] for one in first["items"] + rest["items"]]
    assert numbers == sorted(set(numbers)) and len(numbers) == first["counts"]["open"] and rest["next"] is None
    assert not looks(town, "clerk") and "value" not in first["items"][0]
    detail = clerk.get(f"/api/v1/reviews/{field_review(town, 'birth_date').id}").json()
    assert (detail["value"], detail["label"], detail["place"]["page"]) == ("1981-05-29", "Ngày sinh", 1)
    assert len(looks(town, "clerk")) == 1
    sent = {"outcome": "cannot_read"}
    told = clerk.post(f"/api/v1/reviews/{detail['id']}/decision", json=sent, headers={"x-csrf-token": clerk.csrf})
    assert told.json() == {"review": detail["id"], "waits": False, "counts": {"open": 8, "to_confirm": 0, "own": 0}}
    assert [one["id"] for one in clerk.get("/api/v1/reviews?state=cannot_read").json()["items"]] == [detail["id"]]


def test_figures_count_each_person_and_day(client: Clients, town: House) -> None:
    start = town.clock()
    for number, review in enumerate(town.ledger.queued_reviews(town.unit_code)[1:4]):
        town.clock = lambda number=number: start + timedelta(seconds=12 * number)
        town.__dict__.pop("ledger", None)
        decide(town, review.id, "clerk", "cannot_read" if number == 2 else "accepted")
    page = client("archivist").get("/xem-lai/so-lieu").text
    cells = re.findall(r'<td class="n">(.*?)</td>', page)
    assert cells == ["3", "2", "0", "1", "0", "0", "12,0 giây"]
    assert client("officer").get("/xem-lai/so-lieu").status_code == 403
    assert "Chưa có ai quyết định" in client("clerk-2").get("/xem-lai/so-lieu").text


def test_a_whole_paper_is_accepted_or_laid_out_anew(client: Clients, town: House) -> None:
    review = next(one for one in town.ledger.queued_reviews(town.unit_code) if one.field is None)
    clerk = client("clerk")
    page = clerk.get(f"/xem-lai/{review.id}").text
    assert "Loại giấy tờ chưa chắc chắn." in page
    assert f'/sap-xep/{town.ledger.document(review.document_id).file_id}"' in page
    assert clerk.submit(f"/xem-lai/{review.id}", {"outcome": "cannot_read"}).status_code == 422
    assert clerk.submit(f"/xem-lai/{review.id}", {"outcome": "accepted"}).status_code == 303
    drain(town)
    assert head(town, review).doubts == ()


def test_every_page_speaks_english_too(client: Clients, town: House) -> None:
    review, clerk = add_number_review(town), client("clerk")
    decide(town, review.id, "lan", "corrected", other_number(town, review))
    there = [f"/xem-lai/{one.id}" for one in town.ledger.queued_reviews(town.unit_code)]
    for path in (*there, "/xem-lai", f"/xem-lai/{review.id}", "/xem-lai/so-lieu"):
        page = clerk.get(path, headers={"cookie": f"motlan={clerk.cookies['motlan']}; lang=en"})
        assert (page.status_code, 'lang="en"' in page.text, "Vì sao cần xem" in page.text) == (200, True, False)


def test_readings_are_compared_character_by_character() -> None:
    assert compared("056316014837", "056316074837")[1] == (8,)
    assert compared("ab", "ab") == ((Piece("ab", False),), ())
    assert compared("abc", "ac")[0] == (Piece("a", False), Piece("·", True), Piece("c", False))


def test_numbers_are_compared_in_threes() -> None:
    pieces = in_threes(compared("056316014837", "056316074837")[0])
    assert [(piece.text, piece.differs) for piece in pieces] == [("056 316 0", False), ("7", True), ("4 837", False)]


@pytest.mark.parametrize("box", [(0.1, 0.1, 0.3, 0.12), (0.7, 0.95, 0.99, 0.99), (0.0, 0.0, 1.0, 0.02)])
def test_a_view_holds_the_spot_and_stays_on_the_page(box: tuple[float, float, float, float]) -> None:
    x0, y0, x1, y1 = box
    view = view_of(Box(x0=x0, y0=y0, x1=x1, y1=y1), 1.414)
    assert 0 <= view.x0 <= x0 < x1 <= view.x1 <= 1 and 0 <= view.y0 <= y0 < y1 <= view.y1 <= 1
    assert view.x1 - view.x0 >= 0.5, "what stands around it is seen too"


def test_the_clerk_reads_the_sentences_of_the_doubts() -> None:
    said = {code: catalogue("vi")[f"review.doubt.{code}"] for code in doubts()}
    assert said == dict(doubts())
    keys = [{key for key in catalogue(language) if key.startswith("review.")} for language in ("vi", "en")]
    assert keys[0] == keys[1]
