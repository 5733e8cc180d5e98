"""What strangers try: scripts in what people write and drop, headers, paths, guessing, and bytes before their event."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from fastapi.routing import APIRoute

from motlan.wiring import House
from portal import accounts
from portal.app import routes
from portal.headers import HEADERS
from portal.rights import rule_of
from schemas.errors import LedgerAway
from tests.support.portal import PASSWORD, Client, Filled, Site
from tests.support.walk import Town, method_of

SCRIPT = "<script>alert(1)</script>"
EVIL = f'"><img src=x onerror=alert(1)>{SCRIPT}'
TYPED = re.compile(r"<textarea|<input(?![^>]*type=\"(?:hidden|date|radio|checkbox))", re.I)
PAPER = ("image/jpeg", "image/png", "application/pdf")


class Active(HTMLParser):
    """Collects what a browser would run or obey: scripts inside the page, handlers, styles, addresses that are code."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        if tag == "script" and not (names.get("src") or "").startswith("/static/"):
            self.found.append(str(attrs))
        code = [name for name, value in attrs if re.match(r"\s*(javascript|data:text)", value or "", re.I)]
        self.found += [name for name in names if name.startswith("on") or name == "style"] + code


@pytest.fixture
def streets(town: House, filled: Filled) -> Town:
    made = Town(town, filled.numbers[0])
    made.furnish()
    return made


def pages() -> list[tuple[APIRoute, str]]:
    """Every route that only shows, with a role that may come; streams that do not end are left out."""
    found = []
    for route in routes():
        rule = rule_of(route)
        if method_of(route) == "GET" and not route.path.endswith("dien-bien"):
            found += [(route, role) for role in (("nobody",) if rule.public else rule.roles or ("clerk",))]
    return found


@pytest.mark.slow
def test_what_people_write_is_shown_as_text_on_every_page(streets: Town) -> None:
    """Script in every text that a person can leave behind; no page has it as markup, nor any script or style inside."""
    with streets.house.ledger.transaction() as tx:
        record = streets.objects["record"]
        tx.ensure_unit("H99", EVIL)
        for account in tx.accounts():
            tx.set_account(account.id, name=EVIL)
        tx.put_hold(record, "H99", EVIL, "archivist")
        token = streets.house.blind.token("cccd", streets.citizen)
        tx.put_correction(record, 1, "H99", "full_name", token, EVIL)
        tx.put_request("H99", EVIL, EVIL, EVIL, record)
        batch = tx.open_batch("H99", EVIL, "clerk")
        tx.receive_file(batch, EVIL, "b" * 64, 10, "pdf", [], "clerk")
        tx.audit("clerk", "review.decided", EVIL, {"case": EVIL, "purpose": EVIL}, record=record)
    streets.objects["batch"] = batch
    wrong = []
    for route, role in pages():
        answer = streets.ask(role, route, streets.objects, headers={"accept": "text/html"})
        is_page = answer.headers.get("content-type", "").startswith("text/html")
        if found := Active(answer.text if is_page else "").found:
            wrong.append(f"{route.path} as {role}: {found}")
        missing = [name for name in HEADERS if name not in answer.headers]
        if missing:
            wrong.append(f"{route.path}: without {missing}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.slow
def test_no_byte_of_a_paper_leaves_before_its_event_is_written(streets: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every route that gives a picture or a file; then the chain takes no entry any more."""
    giving = []
    for route, role in pages():
        if "{" in route.path and not rule_of(route).public:
            answer = streets.ask(role, route, streets.objects)
            if answer.headers.get("content-type", "").partition(";")[0] in PAPER:
                giving.append((route, role))
    assert len({route.path for route, _ in giving}) >= 6, giving
    visitors = {role: streets.fresh(role) for role in {role for _, role in giving}}  # who has seen nothing yet
    streets._visitors.update(visitors)

    def refuse(*_: object, **__: object) -> int:
        raise LedgerAway(detail="the chain takes nothing")

    monkeypatch.setattr("ledger.audit.append", refuse)
    leaked = []
    for route, role in giving:
        answer = streets.ask(role, route, streets.objects)
        if answer.status_code < 400 or answer.headers.get("content-type", "").partition(";")[0] in PAPER:
            leaked.append(f"{route.path} as {role}: {answer.status_code}")
    assert not leaked, "\n".join(leaked)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("trang.html", b"<!doctype html><script>alert(1)</script>"),
        ("hinh.svg", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
        ("giay.pdf", b"<html><script>alert(1)</script></html>"),
        (EVIL + ".pdf", b"%PDF-1.7 <script>alert(1)</script>"),
        ("../../etc/passwd.pdf", b"%PDF-1.7"),
    ],
    ids=["html", "svg", "html as pdf", "a script as a name", "a way out"],
)
def test_a_dropped_file_with_a_script_is_never_given_back(empty_town: House, name: str, data: bytes) -> None:
    clerk = Client(empty_town).login("clerk")
    token = {"x-csrf-token": clerk.csrf}
    made = clerk.post("/api/v1/batches", json={"name": "lô"}, headers=token)
    assert made.status_code in (200, 201), made.text
    number = empty_town.ledger.batches()[-1].id
    answer = clerk.put(f"/api/v1/batches/{number}/files", params={"name": name}, content=data, headers=token)
    assert answer.status_code < 500 and answer.headers["content-type"] == "application/json"
    page = clerk.get(f"/lo-quet/{number}")
    assert page.status_code == 200 and not Active(page.text).found
    checked = Client(empty_town).post("/kiem-tra", files={"file": (name, data)})
    assert not Active(checked.text).found and "alert(1)" not in checked.text
    assert not [path for path in empty_town.data.rglob("*") if path.name == "passwd.pdf"]


@pytest.mark.parametrize("there", ["/toi%0d%0aSet-Cookie:%20x=1", "/toi\r\nSet-Cookie: x=1", "/toi\nX: y"])
def test_nothing_typed_becomes_a_header(empty_town: House, there: str) -> None:
    door = Client(empty_town)
    answer = door.post("/dang-nhap", data={"login": "clerk", "password": PASSWORD, "next": there})
    assert "\n" not in answer.headers["location"] and "x" not in answer.cookies
    admin = Client(empty_town).login("admin")
    found = admin.submit("/quan-tri/tai-khoan/tim", {"q": "a\r\nSet-Cookie: x=1"})
    assert "\n" not in found.headers["location"] and "x" not in found.cookies
    assert "x" not in admin.get("/toi", params={"lang": "en\r\nSet-Cookie: x=1"}).cookies


@pytest.mark.parametrize(
    "path",
    [
        "/static/../parts.py",
        "/static/%2e%2e/parts.py",
        "/static/..%2fparts.py",
        "/static/js/..%5c..%5cparts.py",
        "/static//etc/passwd",
        "/luu-tru/ho-so/motlan:..:" + "a" * 26,
        "/luu-tru/ho-so/..%2f..%2fledger.sqlite",
        "/giay-to/%2e%2e%2fledger.sqlite/tep",
        "/kiem-tra/..%2f..%2fetc%2fpasswd",
    ],
)
def test_no_path_leads_out(empty_town: House, path: str) -> None:
    client = Client(empty_town).login("archivist")
    answer = client.get(path)
    assert 400 <= answer.status_code < 500 and "import annotations" not in answer.text and "root:" not in answer.text


def test_guessing_from_one_address_is_slowed(empty_town: House) -> None:
    door = Client(empty_town)
    door.post("/dang-nhap", data={"login": "nobody", "password": "sai"})
    limiter = door.app.state.limiter_login  # type: ignore[attr-defined]
    now = limiter._clock()
    limiter._clock = lambda: now  # no token comes back meanwhile, however slow the machine
    answers = [door.post("/dang-nhap", data={"login": f"nobody{n}", "password": "sai"}) for n in range(62)]
    assert answers[0].status_code == 401 and answers[-1].status_code == 429 and answers[-1].headers["retry-after"]


def test_the_cookie_is_for_the_portal_alone(empty_town: House) -> None:
    empty_town.settings.portal_url = "https://giayto.example"
    door = Client(empty_town)
    answer = door.post("/dang-nhap", data={"login": "clerk", "password": PASSWORD})
    told = answer.headers["set-cookie"].lower()
    assert all(word in told for word in ("httponly", "secure", "samesite=lax", "path=/"))


def test_a_link_points_to_the_portal_whatever_the_request_says(empty_town: House) -> None:
    admin = Client(empty_town).login("admin")
    account = empty_town.ledger.account_by_login("clerk")
    assert account
    told = admin.submit(f"/quan-tri/tai-khoan/{account.id}/moi", headers={"x-forwarded-host": "khac.example"}).text
    assert "khac.example" not in told and empty_town.settings.public_url + "/bat-dau/" in told


def test_no_address_of_a_form_carries_what_is_typed(streets: Town) -> None:
    """A form that is sent by GET would put what people type into addresses and so into logs of proxies."""
    wrong = []
    for route, role in pages():
        answer = streets.ask(role, route, streets.objects, headers={"accept": "text/html"})
        for form in re.findall(r"<form\b.*?</form>", answer.text, re.S | re.I):
            if 'method="post"' not in form.lower() and re.search(
                r"<(?:textarea|input(?![^>]*type=\"(?:hidden|date|radio|checkbox))[^>]*)", form
            ):
                wrong.append(f"{route.path}: {form[:120]}")
    assert not wrong, "\n".join(wrong)


def test_a_hostile_name_is_text_in_a_real_browser(site: Site) -> None:
    accounts.add_account(site.house, "ke-xau", "<img src=x onerror=document.title='x'>", "H99", ["clerk"], by="test")
    page = site.page("admin")
    page.goto("/quan-tri/tai-khoan")
    page.get_by_text("<img src=x").wait_for()
    assert page.title() != "x"


def test_a_failure_of_ours_says_nothing_and_has_its_headers(empty_town: House, monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client(empty_town)
    client._transport.raise_server_exceptions = False  # type: ignore[attr-defined]

    def fail(*_: object) -> None:
        raise RuntimeError("số 001090000018")

    monkeypatch.setattr(accounts, "invited", fail)
    answer = client.get("/bat-dau/x")
    assert answer.status_code == 500 and "001090000018" not in answer.text and "Traceback" not in answer.text
    assert all(answer.headers[name] == value for name, value in HEADERS.items())
