"""An ID number typed into every field of every form and every body of the API: it comes into no address, header, log or
metric, and into no row, index or message."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import pytest
import structlog
from fastapi.routing import APIRoute
from pydantic import BaseModel
from structlog.testing import capture_logs

from motlan.wiring import House
from portal.app import routes
from portal.rights import rule_of
from tests.support.portal import Client, Filled
from tests.support.walk import Nothing, Town, is_api, method_of, path_of, unsafe

CANARY = "001090007762"
SHAPES = (CANARY, "001 090 007 762", "001.090.007.762")
INSIDE = {"archive", "received", "work", "quarantine"}  # the archive itself, and what was dropped


def typed(route: APIRoute) -> dict[str, Any]:
    """A body with the number in every field that takes text, as a form or as JSON."""
    fields = {field.name: field.field_info.annotation for field in route.dependant.body_params}
    if is_api(route):
        models = [kind for kind in fields.values() if isinstance(kind, type) and issubclass(kind, BaseModel)]
        return {"json": value_for(models[0]) if models else {}}
    return {"data": {name: value_for(kind) for name, kind in fields.items()}}


def value_for(kind: Any) -> Any:
    """The number, or the nearest that the kind takes."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return {name: value_for(field.annotation) for name, field in kind.model_fields.items()}
    inner = [each for each in get_args(kind) if each is not type(None)]
    if inner and all(isinstance(each, str | bool) for each in inner):
        return inner[0]
    if kind in (int, float) or int in inner:
        return 1
    if kind is bool:
        return True
    if str(kind).startswith("list"):
        return [value_for(inner[0])]
    return value_for(inner[0]) if inner and kind is not str else f"hồ sơ {CANARY}" if kind is str else CANARY


@pytest.mark.slow
def test_a_number_typed_anywhere_stays_nowhere(town: House, filled: Filled) -> None:
    streets = Town(town, filled.numbers[0])
    streets.furnish()
    structlog.reset_defaults()
    places: list[str] = []
    with capture_logs() as lines:
        for route in unsafe():
            rule = rule_of(route)
            if route.name == "logout":
                continue
            for role in ("nobody",) if rule.public else rule.roles or ("clerk",):
                for objects in (streets.objects, Nothing()):
                    answer = streets.ask(role, route, objects, **typed(route))
                    places += [f"{name}: {value}" for name, value in answer.headers.items() if name != "set-cookie"]
                    places.append(str(answer.url))
        for route in routes():  # what the addresses of pages lead to afterwards
            if method_of(route) == "GET" and not route.path.endswith("dien-bien") and "{" not in route.path:
                role = next(iter(rule_of(route).roles), "nobody")
                told = streets.visitor(role).get(path_of(route, Nothing())).text
                places += [line for line in told.splitlines() if "href=" in line or "action=" in line]
    places += [json.dumps(line, default=str, ensure_ascii=False) for line in lines]
    places.append(Client(town).get("/metrics", headers={"authorization": "Bearer x"}).text)
    leaked = [place[:200] for place in places for shape in SHAPES if shape in place]
    assert lines and not leaked, "\n".join(leaked)
    kept = [
        path for path in town.data.rglob("*") if path.is_file() and not INSIDE & set(path.relative_to(town.data).parts)
    ]
    assert any(path.name == "ledger.sqlite" for path in kept)
    assert not [
        f"{path.name}: {shape}" for path in kept for shape in SHAPES if shape.encode() in Path(path).read_bytes()
    ]
