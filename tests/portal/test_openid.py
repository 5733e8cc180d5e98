"""Login by an OpenID provider: whom it vouches for comes in; whatever is off in its word keeps everybody out."""

from __future__ import annotations

import hmac
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from motlan.wiring import House
from portal.login.oidc import ATTEMPT, BACK, provider_of
from tests.support.openid import FakeProvider, at_provider, fake_provider, real_provider
from tests.support.portal import BASE, Client

NUMBER = "001090000018"
CALLBACK = BASE + BACK


@pytest.fixture
def fake(empty_town: House) -> Iterator[FakeProvider]:
    with fake_provider() as fake:
        set_up(empty_town, fake.issuer)
        yield fake


@pytest.fixture
def browser_client(empty_town: House) -> Client:
    return Client(empty_town)


def set_up(house: House, issuer: str, **settings: Any) -> None:
    house.settings.oidc_issuer = issuer
    house.settings.oidc_client_id = "motlan"
    house.settings.oidc_client_secret = type(house.settings.oidc_client_secret)("for-tests-alone")
    house.settings.oidc_number_claim = "verified.national_id"
    house.settings.oidc_login_claim = "staff_login"
    for name, value in settings.items():
        setattr(house.settings, name, value)
    house.__dict__.pop("portal", None)
    provider_of.cache_clear()


def begin(client: Client, next: str = "") -> dict[str, str]:
    """Go to the provider's door; what was asked of it."""
    answer = client.get("/dang-nhap/dinh-danh", params={"next": next})
    assert answer.status_code == 303, answer.text
    asked = parse_qs(urlsplit(answer.headers["location"]).query)
    return {name: values[0] for name, values in asked.items()} | {"location": answer.headers["location"]}


def come_back(client: Client, fake: FakeProvider, asked: dict[str, str], **claims: Any) -> Any:
    """The provider sends the browser back and hands out an ID token with these claims."""
    fake.id_token = fake.id_token or token(fake, asked, **claims)
    return client.get(BACK, params={"code": "c", "state": asked["state"]})


def token(fake: FakeProvider, asked: dict[str, str], key: Any = None, head: Any = None, **claims: Any) -> str:
    now = int(time.time())
    told = {"iss": fake.issuer, "aud": "motlan", "sub": "an", "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
    told |= {"name": "Nguyễn Văn An MẪU", "verified": {"national_id": NUMBER}}
    said = {name: value for name, value in (told | claims).items() if value is not None}
    head = head or {"alg": "RS256", "kid": "one"}
    return jwt.encode(head, said, key or fake.key, algorithms=[head["alg"]])


def is_in(client: Client) -> bool:
    return bool(client.get("/toi").status_code == 200)


def test_a_citizen_comes_in_by_the_verified_number_and_has_an_account_then(
    empty_town: House, browser_client: Client, fake: FakeProvider
) -> None:
    for _ in range(2):
        fake.id_token = ""
        answer = come_back(browser_client, fake, begin(browser_client, "/toi"))
        assert (answer.status_code, answer.headers["location"]) == (303, "/toi")
    assert "Nguyễn Văn An MẪU" in browser_client.get("/toi").text
    made = [account for account in empty_town.ledger.accounts() if "citizen" in account.roles]
    assert [account.subject_token for account in made] == [empty_town.blind.token("cccd", NUMBER)]


def test_staff_come_in_by_the_claim_of_their_login_and_nobody_is_made_staff(
    empty_town: House, browser_client: Client, fake: FakeProvider
) -> None:
    come_back(browser_client, fake, begin(browser_client), staff_login="clerk")
    assert "Mẫu clerk" in browser_client.get("/toi").text
    other = Client(empty_town)
    fake.id_token = ""
    answer = come_back(other, fake, begin(other), staff_login="nobody", verified=None)
    assert (answer.status_code, is_in(other)) == (403, False)
    assert empty_town.ledger.account_by_login("nobody") is None


def test_a_form_that_outlived_its_session_comes_back_from_the_provider_too(
    empty_town: House, browser_client: Client, fake: FakeProvider
) -> None:
    browser_client.login("clerk")
    account = empty_town.ledger.account_by_login("clerk")
    assert account
    with empty_town.ledger.transaction() as tx:
        tx.end_sessions(account.id)
    typed = {"outcome": "corrected", "value": "30/05/1981", "read": "x"}
    page = browser_client.submit("/xem-lai/1", typed, headers={"origin": BASE})
    assert "/dang-nhap/dinh-danh?kept=1" in page.text
    answer = browser_client.get("/dang-nhap/dinh-danh", params={"kept": "1"})
    asked = {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}
    back = come_back(browser_client, fake, asked, staff_login="clerk")
    assert back.status_code == 200 and "30/05/1981" in back.text and 'action="/xem-lai/1"' in back.text
    fake.id_token = ""
    again = come_back(browser_client, fake, begin(browser_client), staff_login="clerk")
    assert again.status_code == 303, "it is shown once"


def test_a_closed_account_stays_out(empty_town: House, browser_client: Client, fake: FakeProvider) -> None:
    account = empty_town.ledger.account_by_login("clerk")
    assert account
    with empty_town.ledger.transaction() as tx:
        tx.set_account(account.id, state="CLOSED")
    answer = come_back(browser_client, fake, begin(browser_client), staff_login="clerk")
    assert (answer.status_code, is_in(browser_client)) == (403, False)


CLAIMS: dict[str, dict[str, Any]] = {
    "another issuer": {"iss": "https://khac.example"},
    "another audience": {"aud": "khac"},
    "another party": {"aud": ["motlan", "khac"], "azp": "khac"},
    "many and no party": {"aud": ["motlan", "khac"]},
    "bad nonce": {"nonce": "khac"},
    "no nonce": {"nonce": None},
    "expired": {"iat": 1, "exp": 2},
    "no expiry": {"exp": None},
    "not yet": {"nbf": 4_000_000_000},
    "no subject": {"sub": None},
    "no number": {"verified": None},
    "a number that is none": {"verified": {"national_id": "123"}},
    "a number that is no text": {"verified": {"national_id": 1090000018}},
}


@pytest.mark.parametrize("claims", CLAIMS.values(), ids=CLAIMS.keys())
def test_a_claim_that_is_off_keeps_out(browser_client: Client, fake: FakeProvider, claims: dict[str, Any]) -> None:
    answer = come_back(browser_client, fake, begin(browser_client), **claims)
    assert (answer.status_code, is_in(browser_client)) == (403, False)
    assert NUMBER not in answer.text


def unsigned(fake: FakeProvider, asked: dict[str, str]) -> str:
    return f"eyJhbGciOiJub25lIn0.{token(fake, asked).split('.')[1]}."


def keyed_by_the_public_key(fake: FakeProvider, asked: dict[str, str]) -> str:
    body = token(fake, asked).split(".")[1]  # by hand, as the library refuses to sign with such a key
    said = f"eyJhbGciOiJIUzI1NiJ9.{body}"
    mark = hmac.digest(fake.key.as_pem(private=False), said.encode(), "sha256")
    return f"{said}.{urlsafe_b64encode(mark).decode().rstrip('=')}"


def of_another_key(fake: FakeProvider, asked: dict[str, str]) -> str:
    return token(fake, asked, RSAKey.generate_key(2048))


def changed(fake: FakeProvider, asked: dict[str, str]) -> str:
    head, _, mark = token(fake, asked).split(".")
    return f"{head}.{token(fake, asked, sub='binh').split('.')[1]}.{mark}"


@pytest.mark.parametrize("made", [unsigned, keyed_by_the_public_key, of_another_key, changed, lambda *_: "x"])
def test_a_token_that_the_provider_did_not_sign_keeps_out(
    browser_client: Client, fake: FakeProvider, made: Callable[[FakeProvider, dict[str, str]], str]
) -> None:
    asked = begin(browser_client)
    fake.id_token = made(fake, asked)
    assert (come_back(browser_client, fake, asked).status_code, is_in(browser_client)) == (403, False)


def test_a_new_key_of_the_provider_is_fetched(browser_client: Client, fake: FakeProvider) -> None:
    come_back(browser_client, fake, begin(browser_client))
    browser_client.cookies.clear()
    fake.key, fake.id_token = RSAKey.generate_key(2048, {"kid": "two", "use": "sig"}), ""
    asked = begin(browser_client)
    fake.id_token = token(fake, asked, head={"alg": "RS256", "kid": "two"})
    assert come_back(browser_client, fake, asked).status_code == 303


def test_a_level_that_is_too_low_keeps_out(empty_town: House, browser_client: Client, fake: FakeProvider) -> None:
    set_up(empty_town, fake.issuer, oidc_levels=("high",))
    for level, status in (("low", 403), (None, 403), ("high", 303)):
        fake.id_token = ""
        assert come_back(browser_client, fake, begin(browser_client), acr=level).status_code == status


def test_an_attempt_belongs_to_the_browser_that_began_it_and_is_used_once(
    empty_town: House, browser_client: Client, fake: FakeProvider
) -> None:
    asked = begin(browser_client)
    stranger = Client(empty_town)
    assert (come_back(stranger, fake, asked).status_code, is_in(stranger)) == (403, False)
    wrong = browser_client.get(BACK, params={"code": "c", "state": "khac"})
    assert (wrong.status_code, is_in(browser_client)) == (403, False)
    assert come_back(browser_client, fake, asked).status_code == 403  # the wrong one has used it up


def test_an_attempt_ends(empty_town: House, browser_client: Client, fake: FakeProvider) -> None:
    asked = begin(browser_client)
    later = empty_town.clock() + ATTEMPT + timedelta(seconds=1)
    empty_town.clock = lambda: later
    assert come_back(browser_client, fake, asked).status_code == 403


def test_the_provider_may_say_no_and_may_answer_for_itself_alone(browser_client: Client, fake: FakeProvider) -> None:
    for more in ({"error": "access_denied"}, {"code": "c", "iss": "https://khac.example"}, {}):
        asked = begin(browser_client)
        fake.id_token = token(fake, asked)
        assert browser_client.get(BACK, params={"state": asked["state"]} | more).status_code == 403
        assert not is_in(browser_client)


def test_a_login_never_leads_elsewhere(browser_client: Client, fake: FakeProvider) -> None:
    answer = come_back(browser_client, fake, begin(browser_client, "https://khac.example/"))
    assert answer.headers["location"].startswith("/")


def test_a_provider_that_is_away_or_describes_another_is_told(
    empty_town: House, browser_client: Client, fake: FakeProvider
) -> None:
    asked = begin(browser_client)
    fake.status = 503
    away = come_back(browser_client, fake, asked)
    assert (away.status_code, "không trả lời" in away.text) == (503, True)
    fake.status = 200
    for wrong in ({"issuer": "https://khac.example"}, {"token_endpoint": "http://khac.example/token"}):
        fake.discovery = wrong
        set_up(empty_town, fake.issuer)
        assert browser_client.get("/dang-nhap/dinh-danh").status_code == 503
    set_up(empty_town, "http://127.0.0.1:9")
    assert browser_client.get("/dang-nhap/dinh-danh").status_code == 503


def test_without_a_provider_there_is_no_such_door(browser_client: Client) -> None:
    assert browser_client.get("/dang-nhap/dinh-danh").status_code == 404
    assert "/dang-nhap/dinh-danh" not in browser_client.get("/dang-nhap").text


@pytest.mark.services
def test_people_come_in_by_a_real_provider(empty_town: House) -> None:
    with real_provider(CALLBACK, NUMBER) as issuer:
        set_up(empty_town, issuer, oidc_levels=("high",))
        for who, status, name in (("an", 303, "Nguyễn Văn An MẪU"), ("chi", 303, "Mẫu clerk")):
            client = Client(empty_town)
            back = at_provider(begin(client)["location"], who, CALLBACK)
            assert client.get(back.removeprefix(BASE)).status_code == status
            assert name in client.get("/toi").text
            assert client.get(back.removeprefix(BASE)).status_code == 403  # the same code again
        for who in ("binh", "dung", "nobody"):
            client = Client(empty_town)
            back = at_provider(begin(client)["location"], who, CALLBACK)
            assert (client.get(back.removeprefix(BASE)).status_code, is_in(client)) == (403, False)
