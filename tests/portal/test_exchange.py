"""Other systems: let in by their secret, each for its purpose, and only to what it is registered for."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from motlan.cli import app as cli
from motlan.wiring import House
from portal import publish
from portal.app import make_app
from portal.exchange import clients
from portal.openapi import operations
from portal.texts import LANGUAGES, catalogue
from reuse import BlindSubject
from schemas.errors import FormInvalid, NoSuchRow
from schemas.manifest import canonical_json, digest
from tests.support.exchange import ALL, API, PURPOSE, System
from tests.support.portal import OTHER_UNIT, Client, Filled, Site, accessibility

CASE = "H41.16-261003-0001"


@pytest.fixture
def system(town: House) -> System:
    return System(town, "mot-cua")


@pytest.fixture
def stranger(town: House) -> System:
    return System(town, "xa-khac", unit=OTHER_UNIT)


@pytest.fixture
def subject(town: House, filled: Filled) -> BlindSubject:
    return BlindSubject(town.blind.token("cccd", filled.numbers[0]))


@pytest.fixture
def agreed(town: House, system: System, subject: BlindSubject, filled: Filled) -> Callable[..., dict[str, Any]]:
    """Makes a request that its citizen has agreed to."""

    def make(uses: int = 1) -> dict[str, Any]:
        found = system.post("/checks", {"case": CASE, "wanted": "residence", "id_number": filled.numbers[0]})
        asked = system.post("/requests", {"record": found.json()["held"][0]["record"], "case": CASE}).json()
        until = town.clock() + timedelta(days=1)
        asked["consent"] = town.reuse.consent(asked["request"], subject, until, uses)
        return dict(asked)

    return make


# --- coming in


def test_a_secret_is_changed_for_a_token_of_an_hour(town: House, system: System) -> None:
    assert system.get("/records").status_code == 200
    later = town.clock() + timedelta(hours=1, minutes=1)
    town.clock = lambda: later
    town.__dict__.pop("ledger", None)
    assert system.get("/records").status_code == 401


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"client_secret": "sai"}, 401, "invalid_client"),
        ({"client_id": "khong-co"}, 401, "invalid_client"),
        ({"client_id": "clerk", "client_secret": "mat-khau-mau-1"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"scope": "admin"}, 400, "invalid_scope"),
    ],
    ids=str,
)
def test_nobody_else_gets_a_token(system: System, form: dict[str, str], status: int, error: str) -> None:
    answer = system.ask_token(**form)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_a_secret_comes_by_http_basic_too(system: System) -> None:
    http = Client(system.house)
    form = {"grant_type": "client_credentials"}
    assert http.post("/api/v1/token", data=form, auth=(system.name, system.secret)).status_code == 200
    assert http.post("/api/v1/token", data=form, auth=(system.name, "sai")).status_code == 401


def test_a_new_secret_and_a_closed_client_end_what_was_open(town: House, system: System) -> None:
    system.secret = clients.renew_secret(town, system.name, by="test")
    assert system.get("/records").status_code == 401
    system.http.headers["authorization"] = f"Bearer {system.token()}"
    clients.close_client(town, system.name, by="test")
    assert system.get("/records").status_code == 401
    assert system.ask_token().status_code == 401


def test_a_systems_token_is_no_cookie_and_its_secret_no_password(town: House, system: System) -> None:
    http = Client(town)
    http.cookies.set("motlan", system.token(), domain="127.0.0.1")
    assert http.get(f"{API}/records").status_code == 401
    assert http.post("/dang-nhap", data={"login": system.name, "password": system.secret}).status_code == 401


def test_a_system_does_only_what_it_is_registered_for(town: House) -> None:
    narrow = System(town, "chi-doc", scopes=("records",))
    assert narrow.get("/records").status_code == 200
    answers = [narrow.get("/hooks"), narrow.get("/requests"), narrow.post("/batches", {})]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(403, "SCOPE_MISSING")}


def test_people_do_not_come_in_here(client: Callable[[str | None], Client]) -> None:
    assert client("admin").get(f"{API}/records").status_code == 403
    assert client(None).get(f"{API}/records").status_code == 401


@pytest.mark.parametrize(
    "change", [{"name": "X"}, {"purpose": ""}, {"scopes": ()}, {"scopes": ("all",)}, {"name": "clerk"}], ids=str
)
def test_a_system_is_registered_with_name_purpose_and_scopes(town: House, change: dict[str, Any]) -> None:
    told = {"name": "moi", "title": "Mới", "unit": town.unit_code, "purpose": PURPOSE, "scopes": ALL} | change
    with pytest.raises(FormInvalid):
        clients.add_client(town, **told, by="test")


def test_a_system_belongs_to_a_unit_that_exists(town: House) -> None:
    with pytest.raises(NoSuchRow):
        clients.add_client(town, "moi", "Mới", "H00.99", PURPOSE, ALL, by="test")


# --- records out


def test_records_are_paged_and_each_look_is_an_event(town: House, system: System) -> None:
    pages, after = [], 0
    while after is not None:
        page = system.get("/records", params={"after": after, "limit": 4}).json()
        pages += [row["record"] for row in page["records"]]
        after = page["next"]
    assert pages == [row["record"] for row in system.records()] and len(set(pages)) == len(pages) > 4
    told = system.get(f"/records/{pages[0]}").json()
    manifest = town.records.head(pages[0])
    assert manifest
    assert {name: field["value"] for name, field in told["fields"].items()} == {
        name: field.value for name, field in manifest.fields.items()
    }
    assert told["document"]["TypeName"] == manifest.type_name
    pdf = system.get(f"/records/{pages[0]}/file")
    assert pdf.content[:5] == b"%PDF-" and len(pdf.content) == told["size"]
    looks = town.ledger.audit_entries(record=pages[0], actor=system.name)
    assert [(look.action, look.detail["purpose"]) for look in looks] == [
        ("access.record", PURPOSE),
        ("access.file", PURPOSE),
    ]


def test_another_units_records_and_none_look_the_same(system: System, stranger: System) -> None:
    record = system.records()[0]["record"]
    assert stranger.records() == []
    for path in ("", "/file"):
        theirs, none = (stranger.get(f"/records/{r}{path}") for r in (record, "motlan:H99:" + "a" * 26))
        assert (theirs.status_code, theirs.json()) == (404, none.json())


def test_sensitive_papers_need_their_scope(town: House, system: System) -> None:
    trusted = System(town, "tu-phap", scopes=("records", "sensitive"))
    hidden = {row["record"] for row in trusted.records()} - {row["record"] for row in system.records()}
    assert {row["access_level"] for row in trusted.records() if row["record"] in hidden} == {"sensitive"}
    for record in hidden:
        assert trusted.get(f"/records/{record}").status_code == 200
        assert system.get(f"/records/{record}").status_code == 404


# --- once-only


def test_a_check_says_the_same_of_nobody_and_of_nothing(system: System, filled: Filled) -> None:
    def check(number: str, wanted: str = "residence") -> Any:
        return system.post("/checks", {"case": CASE, "wanted": wanted, "id_number": number})

    assert check(filled.numbers[0]).json()["held"][0]["type"] == "residence_confirmation"
    assert check("001090000018").json() == check(filled.numbers[0], "no_such_thing").json() == {"held": []}
    wrong = check("12345")
    assert (wrong.status_code, wrong.json()["code"]) == (422, "BAD_IDENTIFIER")


def test_a_paper_goes_out_once_its_citizen_agreed(town: House, system: System, agreed: Callable[..., Any]) -> None:
    asked = agreed()
    state = system.get(f"/requests/{asked['request']}").json()
    assert (state["state"], state["consent"]["uses"], state["purpose"]) == ("CONSENTED", 1, PURPOSE)
    given = system.post(f"/requests/{asked['request']}/release", {"case": CASE}).json()
    manifest = town.records.head(asked["record"])
    assert manifest and given["fields"].keys() == manifest.fields.keys()
    assert all(field["sources"] for field in given["fields"].values() if field["value"])
    pdf = Client(town).get(given["file"], headers={"authorization": system.http.headers["authorization"]})
    assert len(pdf.content) == given["size"]
    again = system.post(f"/requests/{asked['request']}/release", {"case": CASE})
    assert (again.status_code, again.json()["code"]) == (409, "CONSENT_NOT_VALID")


def test_nothing_goes_out_before_the_citizen_agreed(system: System, filled: Filled) -> None:
    found = system.post("/checks", {"case": CASE, "wanted": "residence", "id_number": filled.numbers[0]}).json()
    asked = system.post("/requests", {"record": found["held"][0]["record"], "case": CASE})
    assert (asked.status_code, asked.json()["state"]) == (201, "REQUESTED")
    body = {"case": CASE, "fields": ["full_name"]}
    assert system.post(f"/requests/{asked.json()['request']}/prefill", body).status_code == 409


def test_a_request_that_nobody_answered_in_time_is_told_as_expired(town: House, system: System) -> None:
    asked = system.post("/requests", {"record": system.records()[0]["record"], "case": CASE}).json()
    later = town.clock() + town.reuse.procedures.request_life
    town.clock = lambda: later
    for name in ("ledger", "reuse"):
        town.__dict__.pop(name, None)
    system.http.headers["authorization"] = f"Bearer {system.token()}"
    assert system.get(f"/requests/{asked['request']}").json()["state"] == "EXPIRED"


def test_a_form_is_prefilled_with_the_wanted_fields_alone(system: System, agreed: Callable[..., Any]) -> None:
    asked = agreed()
    body = {"case": CASE, "fields": ["full_name", "no_such_field"]}
    given = system.post(f"/requests/{asked['request']}/prefill", body).json()
    assert list(given["fields"]) == ["full_name"]
    assert {"source", "confidence"} <= given["fields"]["full_name"]["sources"][0].keys()


def test_a_paper_is_pulled_by_its_uri_and_a_consent(system: System, agreed: Callable[..., Any]) -> None:
    asked = agreed(uses=2)
    body = {"case": CASE, "consent": asked["consent"]}
    assert system.post(f"/records/{asked['record']}/pull", body).json()["record"] == asked["record"]
    other = next(row["record"] for row in system.records() if row["record"] != asked["record"])
    assert system.post(f"/records/{other}/pull", body).status_code == 404
    assert system.post(f"/records/{asked['record']}/pull", body | {"case": "H41.16-261003-0002"}).status_code == 409


def test_a_released_file_is_gone_later_and_when_the_consent_is_taken_back(
    town: House, system: System, subject: BlindSubject, agreed: Callable[..., Any]
) -> None:
    asked = agreed()
    given = system.post(f"/requests/{asked['request']}/release", {"case": CASE}).json()
    path = given["file"].removeprefix(API)
    now = town.clock()
    town.clock = lambda: now + timedelta(minutes=16)
    assert system.get(path).status_code == 404
    town.clock = lambda: now
    town.reuse.revoke(asked["consent"], subject)
    assert system.get(path).status_code == 409


def test_requests_of_another_system_and_none_look_the_same(
    town: House, system: System, agreed: Callable[..., Any]
) -> None:
    twin = System(town, "mot-cua-2")
    asked = agreed()
    given = system.post(f"/requests/{asked['request']}/release", {"case": CASE}).json()
    body = {"case": CASE}
    for number in (asked["request"], 9999):
        assert twin.get(f"/requests/{number}").status_code == 404
        assert twin.post(f"/requests/{number}/release", body).status_code == 404
    pull = body | {"consent": asked["consent"]}
    assert twin.post(f"/records/{asked['record']}/pull", pull).status_code == 404
    assert twin.get(given["file"].removeprefix(API)).status_code == 404
    assert twin.get("/requests").json()["requests"] == []


# --- the same again


def test_the_same_key_does_it_once(system: System, agreed: Callable[..., Any]) -> None:
    record = system.records()[0]["record"]
    body = {"record": record, "case": CASE}
    first, again = (system.post("/requests", body, key="k1") for _ in range(2))
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert len(system.get("/requests").json()["requests"]) == 1
    other = system.post("/requests", body | {"case": "H41.16-261003-0002"}, key="k1")
    assert (other.status_code, other.json()["code"]) == (409, "IDEMPOTENCY_CONFLICT")
    asked = agreed()
    releases = [system.post(f"/requests/{asked['request']}/release", {"case": CASE}, key="k2") for _ in range(2)]
    assert [answer.status_code for answer in releases] == [200, 200]
    assert releases[0].json()["event"] == releases[1].json()["event"]


def test_a_check_with_its_key_is_one_event_and_its_answer_is_sealed(
    town: House, system: System, filled: Filled
) -> None:
    body = {"case": CASE, "wanted": "residence", "id_number": filled.numbers[0]}
    first, again = (system.post("/checks", body, key="k") for _ in range(2))
    assert first.json() == again.json() and first.json()["held"]
    assert len(town.ledger.audit_entries(0, 100, action="reuse.check")) == 1
    other = system.post("/checks", body | {"id_number": "001090000018"}, key="k")
    assert (other.status_code, other.json()["code"]) == (409, "IDEMPOTENCY_CONFLICT")
    with town.ledger.database.reading() as connection:
        rows = "".join(map(str, connection.exec_driver_sql("select * from idempotency").all()))
    assert "residence" not in rows and filled.numbers[0] not in rows
    plain = digest(canonical_json(["POST", f"{API}/checks", body]))
    assert plain not in rows, "a plain digest of an ID number could be guessed"


def test_every_post_of_the_exchange_takes_a_key(town: House) -> None:
    posts = [(p, told) for method, p, told in operations(make_app(town)) if method == "post" and p.startswith(API)]
    assert len(posts) > 6
    for path, told in posts:
        assert "Idempotency-Key" in [one["name"] for one in told["parameters"]], path


def test_a_key_in_flight_waits_and_one_that_was_refused_is_free(town: House, system: System) -> None:
    bad, good = ({"record": r, "case": CASE} for r in ("motlan:H99:" + "a" * 26, system.records()[0]["record"]))
    assert system.post("/requests", bad, key="k").status_code == 404
    assert system.post("/requests", good, key="k").status_code == 201
    with town.ledger.transaction() as tx:  # as if the first were still being done
        tx.answer_once(clients.find_client(town, system.name).id, "k", None, None)
    answer = system.post("/requests", good, key="k")
    assert (answer.status_code, answer.json()["code"]) == (409, "IDEMPOTENCY_IN_FLIGHT")


def test_secrets_are_not_tried_one_after_the_other(system: System) -> None:
    tries = [system.ask_token(client_secret="sai") for _ in range(2)]
    http = Client(system.house)
    form = {"grant_type": "client_credentials", "client_id": system.name, "client_secret": "sai"}
    statuses = {http.post("/api/v1/token", data=form).status_code for _ in range(62)}
    assert ({answer.status_code for answer in tries}, statuses) == ({401}, {401, 429})


# --- batches in


def test_a_batch_comes_in_by_the_api(system: System, stranger: System) -> None:
    batch = system.post("/batches", {"name": "một cửa", "expected_files": 1}, key="b").json()["batch"]
    assert system.post("/batches", {"name": "một cửa", "expected_files": 1}, key="b").json()["batch"] == batch
    png = picture()
    path = f"{API}/batches/{batch}/files"
    assert stranger.http.put(path, params={"name": "a.png"}, content=png).status_code == 404
    sent = system.http.put(path, params={"name": "a.png"}, content=png)
    assert sent.status_code == 200 and sent.json()["files"][0]["file"]
    refused = system.http.put(path, params={"name": "b.html"}, content=b"<script>alert(1)</script>").json()["files"][0]
    assert refused["reason"]["code"] == "UNSUPPORTED_KIND"
    state = system.get(f"/batches/{batch}").json()
    assert (state["files"], state["set_apart"]) == (2, 1)
    assert stranger.get(f"/batches/{batch}").status_code == 404


def picture() -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.new("L", (400, 300), 255).save(out, "PNG")
    return out.getvalue()


# --- the document


def test_the_documents_copy_is_up_to_date() -> None:
    kept = Path("docs/openapi.json").read_text("utf-8")
    assert kept == publish.text(), "run: python -m portal.publish docs/openapi.json"


@pytest.mark.parametrize("phone", [False, True])
def test_the_page_of_the_api_tells_every_operation(site: Site, phone: bool) -> None:
    page = site.page(phone=phone)
    page.goto("/api")
    paths = {path.removeprefix("/api/v1") for path in json.loads(publish.text())["paths"]}
    assert paths <= set(page.locator("td .mono").all_inner_texts())
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert accessibility(page) == []


def test_every_operation_has_words_in_both_languages(town: House) -> None:
    ids = {told["operationId"] for _, _, told in operations(make_app(town))}
    for language in LANGUAGES:
        texts = catalogue(language)
        assert not [one for one in ids if f"operations.{one}" not in texts]


# --- the command line


def test_systems_are_kept_from_the_terminal(town: House) -> None:
    def motlan(*words: str) -> list[dict[str, Any]]:
        done = CliRunner().invoke(cli, ["--data", str(town.data), "client", *words])
        assert done.exit_code == 0, done.output
        return [json.loads(line) for line in done.stdout.splitlines()]

    [made] = motlan("add", "thue", "--purpose", PURPOSE, "--scope", "records", "--json")
    form = {"grant_type": "client_credentials"} | made
    assert Client(town).post("/api/v1/token", data=form).status_code == 200
    [row] = motlan("list", "--json")
    assert (row["client_id"], row["purpose"], row["scopes"], row["state"]) == ("thue", PURPOSE, ["records"], "ACTIVE")
    [fresh] = motlan("secret", "thue", "--json")
    assert Client(town).post("/api/v1/token", data=form).status_code == 401
    assert Client(town).post("/api/v1/token", data=form | fresh).status_code == 200
    motlan("close", "thue")
    assert Client(town).post("/api/v1/token", data=form | fresh).status_code == 401
