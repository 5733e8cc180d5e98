"""Manifests that are damaged or gone: people are told so, in words and by a stable code, and nothing is concluded."""

from __future__ import annotations

from typing import Any

import pytest

from motlan.wiring import House
from portal.app import routes
from portal.mine.papers import code_of
from schemas.manifest import Manifest
from tests.portal.test_verifying import judged, paper_of, revised, sealed
from tests.support.portal import Client, Filled
from tests.support.walk import ROLES, Town, allowed, method_of

DAMAGE = pytest.mark.parametrize("how", ["broken", "gone"])


def damage(house: House, record: str, how: str, *revisions: int) -> None:
    """Spoil the manifests of these revisions; none: of all."""
    unit, name = record.split(":")[1:]
    [folder] = house.data.rglob(f"records/{unit}/{name}")
    for path in [folder / f"v{n}.json" for n in revisions] or list(folder.glob("v*.json")):
        path.chmod(0o644)
        if how == "broken":
            path.write_bytes(b'{"record": ')
        else:
            path.unlink()


@pytest.fixture
def wedding(town: House) -> Manifest:
    return paper_of(town, "marriage_certificate")


@DAMAGE
def test_no_page_falls_over_a_bad_manifest(town: House, filled: Filled, how: str) -> None:
    streets = Town(town, filled.numbers[0])
    streets.furnish()
    damage(town, streets.objects["record"], how)
    for route in routes():
        if method_of(route) != "GET" or "dien-bien" in route.path:
            continue
        for role in (role for role in ROLES[1:] if allowed(route, role)):
            answer = streets.ask(role, route, streets.objects)
            assert answer.status_code < 500 or "RECORD_DAMAGED" in answer.text, f"{route.path} as {role}"


@DAMAGE
def test_verifying_a_paper_whose_manifest_is_bad_concludes_nothing(town: House, wedding: Manifest, how: str) -> None:
    anyone, code, pdf = Client(town), code_of(wedding), sealed(town, wedding)
    damage(town, wedding.record, how)
    for found in (anyone.get(f"/api/v1/verify/{code}").json(), judged(anyone, pdf)):
        assert (found["outcome"], found["genuine"]) == ("lost", False)
    page = anyone.get(f"/kiem-tra/{code}")
    assert page.status_code == 200 and "bản lưu trong kho đang có vấn đề" in page.text


def test_a_bad_revision_behind_a_good_one_hides_nothing(town: House, wedding: Manifest) -> None:
    revised(town, wedding)
    anyone, code = Client(town), code_of(wedding)
    damage(town, wedding.record, "broken", 1)
    assert anyone.get(f"/api/v1/verify/{code}").json()["outcome"] == "current"
    page = Client(town).login("archivist").get(f"/luu-tru/ho-so/{wedding.record}")
    assert page.status_code == 200 and "Bản kê hỏng hoặc thiếu" in page.text
    revised(town, wedding.model_copy(update={"revision": 2}))
    damage(town, wedding.record, "broken", 3)
    assert anyone.get(f"/api/v1/verify/{code}").json()["outcome"] == "lost", "the newest may have replaced it"


@DAMAGE
def test_an_archivist_is_told_that_it_is_damaged_and_others_learn_nothing(
    town: House, wedding: Manifest, how: str
) -> None:
    damage(town, wedding.record, how)
    answers: dict[str, Any] = {}
    for login in ("archivist", "archivist-2"):
        page = Client(town).login(login).get(f"/luu-tru/ho-so/{wedding.record}")
        answers[login] = (page.status_code, "RECORD_DAMAGED" in page.text)
    assert answers == {"archivist": (503, True), "archivist-2": (404, False)}
