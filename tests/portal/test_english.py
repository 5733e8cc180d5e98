"""Whoever reads English reads it in messages too: errors, the reasons inside them, names of entries, doubts."""

from __future__ import annotations

import ast
import html
import re
import string
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute

from motlan.wiring import House
from portal.app import make_app
from portal.texts import Texts, catalogue
from schemas.doubts import doubts
from schemas.errors import FilesNotJoinable, FormInvalid, LoginLocked, MotlanError, StorageDenied
from schemas.publish import error_classes
from tests.support.portal import PASSWORD, Client, Filled

Make = Callable[[str | None], Client]

VIETNAMESE = re.compile("[àáâãèéêìíòóôõùúýăđĩũơưạ-ỹ]", re.IGNORECASE)
EN, VI = Texts("en"), Texts("vi")

# --- the words are there

# Where reasons in the details of errors are written. What other systems and operators alone are told stays out.
ROOMS = ("portal", "reuse", "worker/arranging.py", "worker/joining.py", "worker/reviewing.py", "ingest/fields/typed.py")
ROOMS += ("ingest/joining.py", "schemas/identifiers.py", "search/keys.py")
API = ("api.py", "join_api.py", "shapes.py", "openapi.py")  # summaries and examples of the API
COMMANDS = "portal/exchange/clients.py"  # `motlan client` alone tells these
NAMES = {"Một Lần", "Quản trị viên đầu tiên", "Người dân", "{} (gộp {} tệp).pdf"}  # names of things are data


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("kind", error_classes(), ids=lambda kind: kind.code)
def test_each_error_has_english_words_with_the_same_details(kind: type[MotlanError]) -> None:
    words = catalogue("en")[f"errors.{kind.code}"]
    assert placeholders(words) == placeholders(kind.vi) and not VIETNAMESE.search(re.sub("“[^”]*”", "", words))


def test_no_words_are_left_over() -> None:
    errors = {key.partition(".")[2] for key in catalogue("en") if key.startswith("errors.")}
    assert errors == {kind.code for kind in error_classes()}


def test_doubts_and_errors_are_told_by_their_codes() -> None:
    told = {code: EN.code(code) for code in (*doubts(), *(kind.code for kind in error_classes()))}
    assert not [code for code, words in told.items() if words == code]
    assert VI.code("WITNESSES_DISAGREE") == doubts()["WITNESSES_DISAGREE"]
    assert EN.code("FROM_THE_FUTURE") == "FROM_THE_FUTURE"


def test_details_are_told_in_the_language() -> None:
    form = FormInvalid(field="password", reason="Cần ít nhất 10 ký tự.")
    assert EN.error(form) == "One entry is not right: the password. At least 10 characters are needed."
    assert VI.error(form) == "Có ô chưa đúng: mật khẩu. Cần ít nhất 10 ký tự."
    name = "“trang 1 chưa nhận được.jpg”"  # whatever a file is called, its name stays as it is
    joined = FilesNotJoinable(reason=f"{name} đã gộp vào một giấy tờ khác")
    assert f"joined: {name} was joined into another paper. The files" in EN.error(joined)
    counted = FormInvalid(field="giá trị", reason="Số định danh có 12 chữ số; bạn gõ 11 chữ số và có chữ cái.")
    assert EN.error(counted).endswith("the value. An ID number has 12 digits; you typed 11 digits, and letters too.")
    assert "does not let this account delete. →" in EN.error(StorageDenied(action="xóa", detail="403"))
    assert "locked for 15 minutes" in EN.error(LoginLocked(minutes=15))
    assert EN.error(FormInvalid(field="{0}", reason="{x.y}")) == "One entry is not right: {0}. {x.y}"


def test_one_thing_is_no_plural() -> None:
    assert EN("lookup.pages_n", n=1) == "1 page" and EN("lookup.pages_n", n=2) == "2 pages"
    assert VI("lookup.pages_n", n=1) == "1 trang"
    ones = {key.partition(".")[2]: text for key, text in catalogue("en").items() if key.startswith("one.")}
    assert {key: placeholders(catalogue("en")[key]) for key in ones} == {key: placeholders(ones[key]) for key in ones}


def written(tree: ast.Module) -> Iterator[str]:
    """Texts of a file that are no docstrings; what is filled into one stands as `{}`."""
    nodes = list(ast.walk(tree))
    inside = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    inside |= {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in ast.walk(node) if part != node}
    for node in nodes:
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside:
            yield node.value


def files() -> Iterator[Path]:
    for room in map(Path, ROOMS):
        yield from [room] if room.is_file() else sorted(room.rglob("*.py"))


def test_every_reason_has_english_words() -> None:
    known = {re.sub(r"\{\w+\}", "{}", key.partition(".")[2]) for key in catalogue("en") if key.startswith("reasons.")}
    said = {
        text: str(path)
        for path in files()
        if path.name not in API and str(path) != COMMANDS
        for text in written(ast.parse(path.read_text("utf-8")))
        if VIETNAMESE.search(text) and text not in NAMES
    }
    assert len(said) > 70
    assert {text: path for text, path in said.items() if text.replace("“{}”", "{}") not in known} == {}


def test_no_page_asks_for_the_vietnamese_sentence() -> None:
    templates = Path("portal/templates").rglob("*.html")
    asked = [str(path) for path in (*Path("portal").rglob("*.py"), *templates) if "vi_text" in path.read_text("utf-8")]
    assert asked == []


def test_every_entry_of_a_form_has_a_name_in_both_languages(house: House) -> None:
    # nobody types these, or they take any text
    unseen = {"csrf", "next", "kept", "sealed", "at", "read", "after", "again", "old", "agreed", "q"}
    entries = {
        param.alias
        for route in make_app(house).state.routes
        if isinstance(route, APIRoute) and not route.include_in_schema and route.dependant.body_params
        for param in route.dependant.body_params
    }
    assert len(entries) > 20
    for language in ("vi", "en"):
        assert {name for name in entries - unseen if f"fields.{name}" not in catalogue(language)} == set(), language
    keys = [{key for key in catalogue(language) if key.startswith("fields.")} for language in ("vi", "en")]
    assert keys[0] == keys[1]


def test_numbers_have_the_languages_decimal_sign(client: Make, filled: Filled) -> None:
    officer, found = client("officer"), {"number": filled.numbers[0], "case": "C-1", "procedure": KNOWN}
    vi, en = (officer.submit(f"/tra-cuu?lang={language}", found).text for language in ("vi", "en"))
    assert "<dd>1,0</dd>" in vi and "<dd>1.0</dd>" in en and "<dd>1,0</dd>" not in en
    board = client("archivist").get("/bang-dieu-khien?lang=en").text
    assert re.search(r"\d\.\d MB", board) and not re.search(r"\d,\d", board)


# --- a walk over forms that say no

ALERT = re.compile(r'<p class="(?:notice bad|fault)"[^>]*role="alert">(.*?)(?:</p>|<br>)', re.DOTALL)
LONG = "x" * 2001
KNOWN = "1.012789"  # a procedure


def refusals(house: House, mine: str) -> dict[str, list[tuple[str, dict[str, Any]]]]:
    """Forms that cannot be taken, by who sends them."""
    review = next(review for review in house.ledger.queued_reviews(house.unit_code) if review.field)
    number = "1" * 12
    look = {"name": "", "words": "", "type": "", "level": "", "code": "", "dated_from": "", "dated_to": "", "unit": ""}
    return {
        "clerk": [
            ("/lo-quet", {}),
            ("/lo-quet/1", {}),
            ("/lo-quet/1/gop", {"place_1": "x"}),
            ("/lo-quet/1/gop", {"place_1": "1"}),
            ("/lo-quet/1/gop", {"place_1": "1", "place_2": "2", "type": "no_such"}),
            ("/sap-xep/1", {"paper_1": "x"}),
            ("/sap-xep/1", {"paper_1": "1", "type_1": "no_such"}),
            (f"/xem-lai/{review.id}", {"outcome": "corrected", "value": " ", "read": "x"}),
            (f"/xem-lai/{review.id}", {"outcome": "corrected", "value": LONG, "read": "x"}),
            (f"/xem-lai/{review.id}", {"outcome": "perhaps"}),
            ("/toi/mat-khau", {"old": "wrong", "password": "another-one-1", "again": "another-one-1"}),
            ("/toi/mat-khau", {"old": PASSWORD, "password": "short", "again": "short"}),
        ],
        "officer": [
            ("/tra-cuu", {"number": "", "case": "C-1", "procedure": "x"}),
            ("/tra-cuu", {"number": "a", "case": "C-1", "procedure": KNOWN}),
            ("/tra-cuu", {"number": "12345", "case": "C-1", "procedure": KNOWN}),
            ("/tra-cuu", {"number": number, "case": "", "procedure": KNOWN}),
            ("/tra-cuu", {"number": number, "case": "c" * 65, "procedure": "x"}),
            ("/tra-cuu", {"number": number, "case": "C-1", "procedure": "x"}),
            ("/tra-cuu/yeu-cau", {"case": "C-1", "procedure": "x"}),
            ("/tim-kiem", look | {"dated_from": "yesterday"}),
            ("/tim-kiem", look | {"level": "secret"}),
            ("/tim-kiem", look | {"words": "x" * 301}),
            ("/tim-kiem", look | {"unit": "Z1"}),
            ("/tim-kiem/luu", look | {"name": "mine"}),
            (f"/ho-so/{mine}", {"case": "", "purpose": "p"}),
        ],
        "archivist": [
            (f"/luu-tru/ho-so/{mine}/giu", {"reason": ""}),
            ("/luu-tru/giu", {"record": mine, "reason": ""}),
            ("/luu-tru/giu", {"record": "none", "reason": "why"}),
        ],
        "admin": [
            ("/quan-tri/don-vi", {"code": "a b", "name": "x"}),
            ("/quan-tri/don-vi", {"code": house.unit_code, "name": "x", "parent": house.unit_code}),
            ("/quan-tri/tai-khoan", {"login": "x y", "name": "X", "unit": house.unit_code, "roles": "clerk"}),
            ("/quan-tri/tai-khoan", {"login": "clerk", "name": "X", "unit": house.unit_code, "roles": "clerk"}),
            ("/quan-tri/tai-khoan", {"login": "new", "name": "X", "unit": house.unit_code, "roles": ""}),
            ("/quan-tri/nguoi-dan", {"number": "12", "name": "X", "act": "open"}),
        ],
        "citizen": [
            (f"/giay-to/{mine}/chia-se", {"purpose": "p", "days": "x", "uses": "1"}),
            (f"/giay-to/{mine}/chia-se", {"purpose": "p", "days": "1000", "uses": "1"}),
            (f"/giay-to/{mine}/chia-se", {"purpose": "", "days": "7", "uses": "1"}),
            (f"/giay-to/{mine}/chia-se", {"purpose": "p" * 201, "days": "7", "uses": "1"}),
            (f"/giay-to/{mine}/sua", {"field": "", "message": ""}),
            (f"/giay-to/{mine}/sua", {"field": "no_such", "message": "m"}),
            ("/dong-y/999/dong-y", {"days": "7", "uses": "1"}),
        ],
    }


def alerts(answer: Any) -> list[str]:
    return [html.unescape(told).strip() for told in ALERT.findall(answer.text)]


@pytest.mark.parametrize("who", ["clerk", "officer", "archivist", "admin", "citizen"])
def test_forms_refuse_in_english(client: Make, town: House, filled: Filled, who: str) -> None:
    token = town.blind.token("cccd", filled.numbers[0])
    mine = town.index.find_number(token, None)[0].record
    visitor = client(filled.numbers[0] if who == "citizen" else who)
    visitor.get("/toi?lang=en")
    for path, form in refusals(town, mine)[who]:
        answer = visitor.submit(path, form)
        told = alerts(answer)
        assert answer.status_code >= 400 and told, (path, form, answer.status_code)
        assert not [one for one in told if VIETNAMESE.search(one)], (path, form, told)


def test_whoever_may_not_come_in_is_told_in_english(client: Make) -> None:
    visitor = client(None)
    visitor.get("/dang-nhap?lang=en")
    refused = visitor.post("/dang-nhap", data={"login": "clerk", "password": "wrong"})
    assert alerts(refused) == ["The login or the password is wrong. → Look at them and try again."]
    assert alerts(visitor.get("/khong-co"))[0].startswith("There is no such page. →")


def test_scripts_are_told_in_the_language_of_their_page(client: Make) -> None:
    clerk = client("clerk")
    said = {}
    for language in ("vi", "en"):
        clerk.get(f"/toi?lang={language}")
        headers = {"X-CSRF-Token": clerk.csrf}
        refused = clerk.post("/api/v1/batches/1/joined-files", json={"files": [1, 1]}, headers=headers).json()
        sent = clerk.put("/api/v1/batches/1/files?name=empty.pdf", content=b"", headers=headers).json()
        said[language] = (refused["message"], sent["files"][0]["reason"]["message"])
    assert said["en"][0].startswith("They could not be joined: a file stands there twice.")
    assert said["en"][1].startswith("The file is empty") and said["vi"][1].startswith("Tệp rỗng")
