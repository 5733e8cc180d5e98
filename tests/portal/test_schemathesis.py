"""The whole API against its own document: whatever is sent, every answer is one that the document promises, and none
is a failure of ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from requests import Request
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.failures import FailureGroup

from motlan.wiring import House
from portal.exchange import clients
from portal.openapi import METHODS, PATH
from tests.support.exchange import System
from tests.support.portal import BASE, Client, Filled

ROLES = ("client", "clerk", "officer", "citizen", "archivist", "admin", "nobody")
EXAMPLES = 6  # of each operation and kind, for each role that may call it; somebody unknown knocks once everywhere
# Left out: what a route makes of data that fit its schema is its own affair (an id that does not exist, a quota), and
# the checks that log in by themselves, as tests of rights go through every route and role.
LEFT_OUT = {
    "positive_data_acceptance",
    "ignored_auth",
    "use_after_free",
    "ensure_resource_availability",
    "missing_required_header",
}
QUIET = settings(
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def visitor(town: House, filled: Filled) -> Callable[[str], Client]:
    """Makes a client of a role, logged in, whose every request carries what it needs."""

    def make(role: str) -> Client:
        if role == "client":
            return System(town, "mot-cua", scopes=tuple(clients.SCOPES)).http
        made = Client(town)
        if role != "nobody":
            made.login(filled.numbers[0] if role == "citizen" else role)
            made.headers["x-csrf-token"] = made.csrf
        return made

    return make


def operations(client: Client) -> Iterator[Any]:
    """Every operation of the document; how one logs in is left out, as our visitors have done so."""
    told = client.get(PATH).json()
    told["components"].pop("securitySchemes")
    for item in told["paths"].values():
        for operation in item.values():
            operation["x-public"] = not operation.pop("security")
    schema = schemathesis.openapi.from_dict(told)
    for found in schema.get_all_operations():
        yield found.ok()


def send(client: Client, case: Any) -> Any:
    """Send a made-up request through the visitor's own door."""
    ready = Request(**case.as_transport_kwargs(base_url=BASE)).prepare()
    headers = {name: value for name, value in ready.headers.items() if name.lower() not in ("host", "content-length")}
    request = client.build_request(ready.method or "", ready.url or "", headers=headers, content=ready.body)
    return client.send(request)


@pytest.mark.slow
@pytest.mark.parametrize("role", ROLES)
def test_every_answer_is_one_that_the_document_promises(visitor: Callable[[str], Client], role: str) -> None:
    load_all_checks()
    checks = [check for check in CHECKS.get_all() if check.__name__ not in LEFT_OUT]
    client, wrong = visitor(role), []
    for operation in operations(client):
        roles = operation.definition.raw["x-roles"]
        may = role in roles or (not roles and (role != "nobody" or operation.definition.raw["x-public"]))
        if not may and role != "nobody":
            continue
        for mode in GenerationMode if may else [GenerationMode.POSITIVE]:

            @settings(QUIET, max_examples=EXAMPLES if may else 1)
            @given(case=operation.as_strategy(generation_mode=mode))
            def knock(case: Any) -> None:
                case.validate_response(send(client, case), checks=checks)

            try:
                knock()
            except Unsatisfiable:
                pass  # nothing about it can be wrong
            except (Exception, FailureGroup) as error:
                wrong.append(f"{operation.label} ({mode.value}): {error}")
    assert not wrong, "\n\n".join(wrong)


def test_every_operation_is_complete(visitor: Callable[[str], Client]) -> None:
    told = visitor("nobody").get(PATH).json()
    for path, item in told["paths"].items():
        for method, operation in item.items():
            assert method in METHODS
            named = operation["summary"] and operation["tags"] and operation["operationId"]
            assert named and set(operation["tags"]) <= {tag["name"] for tag in told["tags"]}, path
            assert "503" in operation["responses"], path
    ids = [operation["operationId"] for item in told["paths"].values() for operation in item.values()]
    assert len(ids) == len(set(ids))
