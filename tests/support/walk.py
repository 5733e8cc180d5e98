"""Walking the portal's whole table of routes: its rights as text, objects of one unit to stand in paths, and a visitor
for every role and unit."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from fastapi.routing import APIRoute

from motlan.wiring import House
from portal import accounts
from portal.app import routes
from portal.exchange.clients import SCOPES, add_client
from portal.rights import Role, rule_of
from reuse import BlindSubject
from tests.support.portal import OTHER_UNIT, Client, password_hash

TABLE = Path(__file__).parents[1] / "portal" / "rights.txt"
ROLES = ("nobody", *(role.value for role in Role))
OTHER_CITIZEN = "001090000018"
NOWHERE = {"record": "motlan:H99:" + "a" * 26, "code": "H55", "act": "dong", "field": "full_name"}
REFUSED = ("LOGIN_NEEDED", "ROLE_MISSING", "REQUEST_FORGED")
# Whose number stands in a path, by the path's beginning.
NUMBERS = {
    "/lo-quet/": "batch",
    "/api/v1/batches/": "batch",
    "/api/v1/exchange/batches/": "batch",
    "/yeu-cau/": "request",
    "/api/v1/requests/": "request",
    "/dong-y/": "request",
    "/api/v1/me/requests/": "request",
    "/api/v1/exchange/requests/": "request",
    "/tim-kiem/": "search",
    "/api/v1/searches/": "search",
    "/api/v1/exchange/hooks/": "hook",
    "/api/v1/me/consents/": "consent",
    "/api/v1/me/shares/": "share",
}


# What a route wants before it looks for its object: without it, "a field is missing" would hide whose the object is.
FILE: dict[str, Any] = {"params": {"name": "a.pdf"}, "content": b"%PDF-1.7"}
NEEDS: dict[str, dict[str, Any]] = {
    "post_announcement": {"json": {"files": [{"name": "a.pdf", "size": 5}]}},
    "put_file": FILE,
    "post_joined_file": {"json": {"files": [1, 2]}},
    "arrange": {"json": {"papers": [{"pages": [1], "type": "diploma"}]}},
    "exchange_batch_file": FILE,
    "exchange_release": {"json": {"case": "HS-1"}},
    "exchange_prefill": {"json": {"case": "HS-1", "fields": ["full_name"]}},
    "exchange_pull": {"json": {"case": "HS-1", "consent": 1}},
    "api_counter": {"json": {"id_number": OTHER_CITIZEN, "agreed": True}},
    "api_review_decision": {"json": {"outcome": "accepted"}},
    "api_review_confirmation": {"json": {"agrees": True}},
    "review_decide": {"data": {"outcome": "accepted", "value": "", "read": ""}},
    "review_confirm": {"data": {"agrees": "yes"}},
    "my_request_agree": {"data": {"revision": "1", "days": "1", "uses": "1"}},
    "api_unit_rename": {"json": {"name": "Tên"}},
    "api_account_change": {"json": {"name": "Tên", "unit": OTHER_UNIT, "roles": ["clerk"]}},
    "api_account_state": {"json": {"state": "CLOSED"}},
    "api_correction_answer": {"json": {"answer": "Vâng"}},
    "me_consent": {"json": {"revision": 1}},
}


def method_of(route: APIRoute) -> str:
    return min(route.methods - {"HEAD"})


def table() -> str:
    """Every route with who may come, one line each, in order of path."""
    lines = []
    for route in routes():
        rule = rule_of(route)
        who = "everybody" if rule.public else " ".join(rule.roles) or "whoever has logged in"
        lines.append((route.path, f"{method_of(route):<7}{route.path:<54}{who}"))
    return "".join(line + "\n" for _, line in sorted(lines))


def allowed(route: APIRoute, role: str) -> bool:
    rule = rule_of(route)
    return rule.public or (role != "nobody" and (not rule.roles or role in rule.roles))


def path_of(route: APIRoute, objects: dict[str, Any]) -> str:
    """The route's path with these objects in it. Raises KeyError for a parameter that nobody has thought of."""

    def value(match: re.Match[str]) -> str:
        name = match[1].partition(":")[0]
        if name == "number":
            name = next(known for start, known in NUMBERS.items() if route.path.startswith(start))
        return str(objects[name])

    return re.sub(r"\{([^}]+)\}", value, route.path)


@dataclass
class Nothing:
    """Stands for every object that does not exist."""

    def __getitem__(self, name: str) -> str:
        return NOWHERE.get(name, "99999")


@dataclass
class Town:
    """A filled archive with one object of every kind, all of the first unit and its citizen; visitors by login."""

    house: House
    citizen: str
    objects: dict[str, Any] = field(default_factory=dict)
    _visitors: dict[str, Client] = field(default_factory=dict)
    _tokens: dict[str, str] = field(default_factory=dict)

    def furnish(self) -> None:
        """Make the objects; the officer asks, the citizen agrees and shares."""
        house, ledger = self.house, self.house.ledger
        other = accounts.add_account(house, OTHER_CITIZEN, "Người KHÁC", None, ["citizen"], by="test")
        with ledger.transaction() as tx:
            tx.set_account(other, password=password_hash())
        subject = BlindSubject(house.blind.token("cccd", self.citizen))
        papers = [house.records.head(hit.record) for hit in house.index.find_number(subject.token, None)]
        record = next(paper.record for paper in papers if paper and paper.seal)
        document = ledger.document_by_record(record)
        assert document
        now = house.clock()
        clerk, officer = (ledger.account_by_login(name) for name in ("clerk", "officer"))
        assert clerk and officer
        first = house.reuse.request("officer", "H99", "HS-1", "cấp giấy", record)
        consent = house.reuse.consent(first, subject, now + timedelta(days=1), uses=9)
        with ledger.transaction() as tx:
            share = tx.put_share("f" * 64, record, 1, subject.token, "mượn xe", 9, now + timedelta(days=1))
            hold = tx.put_hold(record, "H99", "chờ", "archivist")
            correction = tx.put_correction(record, 1, "H99", "full_name", subject.token, "sai")
            search = tx.save_search(officer.id, "tìm", {"words": "xác nhận"}, 50)
            event = tx.audit("officer", "access.page", record, {"unit": "H99"}, record=record)
        for name, unit in (("client", "H99"), ("client-2", OTHER_UNIT)):
            self._tokens[name] = self._token(
                name, add_client(house, name, name, unit, "đối chiếu", list(SCOPES), by="t")
            )
        self.objects = {
            "record": record,
            "file": document.file_id,
            "batch": ledger.file(document.file_id).batch_id,
            "page": 1,
            "review": ledger.reviews()[0].id,
            "review_id": ledger.reviews()[0].id,
            "request": first,
            "consent": consent,
            "share": share,
            "hold": hold,
            "correction": correction,
            "search": search,
            "event": event,
            "hook": self._hook(),
            "account": clerk.id,
            "code": "H99",
            "act": "mo-khoa",
            "field": "full_name",
            "token": "x" * 43,
            "grant": self._grant(record),
        }

    def visitor(self, login: str) -> Client:
        """Logged in once; `nobody` is not, a client carries its token."""
        if login not in self._visitors:
            self._visitors[login] = self.fresh(login)
        return self._visitors[login]

    def fresh(self, login: str) -> Client:
        made = Client(self.house)
        if login in self._tokens:
            made.headers["authorization"] = f"Bearer {self._tokens[login]}"
        elif login == "citizen":
            made.login(self.citizen)
        elif login == "citizen-2":
            made.login(OTHER_CITIZEN)
        elif login != "nobody":
            made.login(login)
        return made

    def ask(self, login: str, route: APIRoute, objects: Any, **more: Any) -> httpx.Response:
        """One request as that visitor, with the CSRF token and an empty body, answered in JSON where it is refused."""
        client = self.visitor(login)
        headers = {"accept": "application/json", "x-csrf-token": client.csrf} | more.pop("headers", {})
        body = {} if method_of(route) in ("GET", "DELETE") else {"json": {}} if is_api(route) else {"data": {"x": "1"}}
        body = NEEDS.get(route.name, body)
        return client.request(method_of(route), path_of(route, objects), headers=headers, **(body | more))

    def _token(self, name: str, secret: str) -> str:
        form = {"grant_type": "client_credentials", "client_id": name, "client_secret": secret}
        answer = Client(self.house).post("/api/v1/token", data=form)
        return str(answer.json()["access_token"])

    def _hook(self) -> int:
        made = self.visitor("client").post("/api/v1/exchange/hooks", json={"url": "http://127.0.0.1:9/hook"})
        assert made.status_code in (200, 201), made.text
        return int(made.json().get("id") or made.json().get("number") or made.json()["hook"])

    def _grant(self, record: str) -> str:
        form = {"case": "HS-2", "purpose": "tra cứu trong đơn vị"}
        found = re.search(r"/ho-so/xem/([^/\"]+)/", self.visitor("officer").submit(f"/ho-so/{record}", form).text)
        assert found
        return found[1]


def is_api(route: APIRoute) -> bool:
    return route.path.startswith("/api/v1/") and not route.path.endswith("/token")


def unsafe() -> Iterator[APIRoute]:
    """Routes that change something."""
    return (route for route in routes() if method_of(route) not in ("GET", "HEAD"))


if __name__ == "__main__":  # `python -m tests.support.walk` writes the table that tests/portal/test_rights.py compares
    TABLE.write_text(table(), "utf-8")
    sys.stdout.write(f"{TABLE}\n")
