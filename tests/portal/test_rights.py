"""The whole table: every route by every role, every object from the other unit, every request that a stranger forged.
`tests/portal/rights.txt` is the table for people; after a change run `python -m tests.support.walk` and read what
differs."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.routing import APIRoute

from motlan.wiring import House
from portal.app import routes
from portal.rights import Rule, rule_of
from tests.support.portal import Filled
from tests.support.walk import REFUSED, ROLES, TABLE, Nothing, Town, allowed, method_of, table, unsafe

LEAVES = "logout"  # whoever is let in there is out


@pytest.fixture
def streets(town: House, filled: Filled) -> Town:
    made = Town(town, filled.numbers[0])
    made.furnish()
    return made


def refused(answer: Any) -> bool:
    """Whether the rule of the route kept the visitor out."""
    told = answer.headers.get("content-type", "").startswith("application/json")
    return bool(told and answer.status_code in (401, 403) and answer.json().get("code") in REFUSED)


def name(route: APIRoute) -> str:
    return f"{method_of(route)} {route.path}"


def test_the_table_is_the_one_that_people_have_read() -> None:
    assert table() == TABLE.read_text("utf-8"), "run python -m tests.support.walk and read what changed"


def test_every_name_of_a_route_is_its_own() -> None:
    names = [route.name for route in routes()]
    assert len(set(names)) == len(names), {each for each in names if names.count(each) > 1}


@pytest.mark.slow
def test_every_route_lets_in_exactly_the_roles_of_the_table(streets: Town) -> None:
    wrong = []
    for route in routes():
        for role in ROLES:
            if route.name == LEAVES and allowed(route, role):
                continue
            answer = streets.ask(role, route, Nothing())
            if refused(answer) == allowed(route, role) or answer.status_code >= 500:
                wrong.append(f"{name(route)} as {role}: {answer.status_code} {answer.text[:80]}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.slow
def test_objects_of_another_unit_answer_as_if_they_did_not_exist(streets: Town) -> None:
    """Each role by its fellow of the other unit, at real objects of the first; the same answer as for nothing."""
    wrong = []
    for route in routes():
        rule: Rule = rule_of(route)
        if rule.public or "{" not in route.path:
            continue
        for role in rule.roles:
            there = streets.ask(f"{role}-2", route, streets.objects)
            nowhere = streets.ask(f"{role}-2", route, Nothing())
            if there.status_code != 404 or nowhere.status_code != 404:
                wrong.append(f"{name(route)} as {role}-2: {there.status_code}, but {nowhere.status_code} for nothing")
    assert not wrong, "\n".join(wrong)


def test_the_objects_are_real_for_their_own_people(streets: Town) -> None:
    """Else the test above would prove nothing."""
    seen = set()
    for route in routes():
        rule = rule_of(route)
        if rule.public or "{" not in route.path or method_of(route) != "GET" or "dien-bien" in route.path:
            continue
        answers = {role: streets.ask(role, route, streets.objects).status_code for role in rule.roles}
        if any(status < 400 for status in answers.values()):
            seen |= {part for part in route.path.split("/") if part.startswith("{")}
    assert seen >= {"{record}", "{file}", "{account}", "{number}", "{review_id}", "{grant}", "{event}"}


def test_what_comes_from_elsewhere_changes_nothing(streets: Town) -> None:
    """No CSRF token, a wrong one, another site's page: 403 on every route that changes something."""
    wrong = []
    for route in unsafe():
        role = next((role for role in ROLES[1:-1] if allowed(route, role)), None)
        if role is None:
            continue  # systems come with a token that no browser sends by itself
        for headers in ({"x-csrf-token": ""}, {"x-csrf-token": "x"}, {"origin": "https://khac.example"}):
            answer = streets.ask(role, route, streets.objects, headers=headers)
            if answer.status_code != 403 or answer.json()["code"] != "REQUEST_FORGED":
                wrong.append(f"{name(route)} with {headers}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)
