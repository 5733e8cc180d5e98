"""The audit log speaks in words: every action that the program can write has its own, in both languages."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from motlan.wiring import House
from portal.keeping.sentences import key_of
from portal.texts import LANGUAGES, catalogue
from tests.support.portal import Client

Make = Callable[[str | None], Client]

ROOMS = ("motlan", "portal", "worker", "reuse", "ledger")
KINDS = "access|account|archive|audit|batch|client|correction|file|files|hook|login|record|register|reuse|review|unit"
ACTION = re.compile(rf"({KINDS})\.[a-z_]+")
LOOKS = ("own", "record_look", "look_at_share")  # they take the last word of an action `access.…`
OTHERS = {"files.id", "login.differ", "review.nav", "review.nav_figures"}  # a column, keys of the catalogue
# Calls that pass an action on which is written somewhere else as a constant.
PASSED_ON = {
    "portal/access.py",
    "portal/keeping/people.py",
    "worker/reviewing.py",
    "worker/handlers.py",
    "reuse/access.py",
}


def trees() -> list[tuple[str, ast.Module]]:
    paths = sorted(path for room in ROOMS for path in Path(room).rglob("*.py"))
    return [(str(path), ast.parse(path.read_text("utf-8"))) for path in paths]


def words_of(node: ast.AST) -> list[str]:
    return [one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)]


def actions() -> set[str]:
    """Every action that stands in the code, whole or by its last word."""
    found = {"login"}
    for _, tree in trees():
        found |= {word for word in words_of(tree) if ACTION.fullmatch(word)} - OTHERS
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            if getattr(call.func, "attr", getattr(call.func, "id", "")) in LOOKS:
                given = [one.value for one in call.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
                found |= {f"access.{word}" for word in given}
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_action_has_its_words(language: str) -> None:
    known = catalogue(language)
    assert len(actions()) > 60
    assert not [action for action in sorted(actions()) if key_of(action) not in known]


def test_every_action_is_a_constant_somewhere() -> None:
    """Else the test above would not know of it."""
    hidden = set()
    for path, tree in trees():
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            if getattr(call.func, "attr", "") == "audit" and len(call.args) > 1:
                action = call.args[1]
                if not (
                    isinstance(action, ast.Constant) and (ACTION.fullmatch(action.value) or action.value == "login")
                ):
                    hidden.add(path)
    assert hidden == PASSED_ON


def test_the_log_tells_in_words(client: Make) -> None:
    keeper = client("archivist")
    page = keeper.get("/luu-tru/nhat-ky").text
    assert "Đăng nhập</td>" in page and "Lưu giấy tờ vào kho" in page and "Hệ thống</td>" in page
    assert not re.search(rf">({KINDS})\.[a-z_]+<", page)
    assert "Stored a record" in keeper.get("/luu-tru/nhat-ky?lang=en").text


def test_problems_speak_the_language_of_the_page(client: Make) -> None:
    clerk = client("clerk")
    wrong = clerk.submit("/xem-lai/1", {"outcome": "nothing"})
    assert wrong.status_code == 422 and "Không có lựa chọn này." in wrong.text
    assert "There is no such choice." in clerk.submit("/xem-lai/1?lang=en", {"outcome": "nothing"}).text


def test_a_citizens_question_names_the_field_as_people_know_it(client: Make, town: House) -> None:
    document = next(one for one in town.ledger.documents(state="DONE") if one.type == "marriage_certificate")
    kind = town.types.get(document.type)
    assert kind
    with town.ledger.transaction() as tx:
        tx.put_correction(document.record, 1, "H99", kind.fields[0].name, "v1.x", "sai")
    page = client("archivist").get("/luu-tru/dinh-chinh").text
    assert kind.fields[0].label in page and kind.fields[0].name not in page
