"""Login by an OpenID provider: authorization code with PKCE, an ID token that is checked to the last claim, and the
account that stands behind it."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import cache
from typing import Any

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from ledger import Account
from portal import accounts
from portal.parts import OpenId, Parts
from portal.paths import is_safe
from portal.secrets import fresh_token
from schemas.errors import BadIdentifier, FormInvalid, PortalKeyMissing, ProviderAway, ProviderRefused
from schemas.identifiers import Cccd, mask_numbers

BACK = "/dang-nhap/dinh-danh/ve"
ALGORITHMS = [
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
]  # never none, HS
SECONDS = 10.0  # the provider has to answer
LEEWAY = 60  # seconds that its clock may be off
ATTEMPT = timedelta(minutes=10)  # from our door to the provider and back


@dataclass(frozen=True)
class Attempt:
    """A login that has begun; the browser keeps it, sealed, so that nobody else can end it."""

    state: str
    nonce: str
    verifier: str
    next: str
    until: float
    kept: bool = False  # a cookie of the browser carries a form that is to be sent again

    def seal(self, parts: Parts) -> str:
        return parts.box.seal(json.dumps(asdict(self)))

    @classmethod
    def read(cls, parts: Parts, sealed: str) -> Attempt:
        """Raises ProviderRefused for none, a forged one, and one that took too long."""
        try:
            found = cls(**json.loads(parts.box.read(sealed)))
        except (PortalKeyMissing, ValueError, TypeError):
            raise ProviderRefused(detail="no attempt of this browser") from None
        if found.until < parts.clock().timestamp():
            raise ProviderRefused(detail="the attempt took too long")
        return found


class Provider:
    """The provider as it describes itself; asked once, its keys again when it signs with a new one."""

    def __init__(self, settings: OpenId) -> None:
        self.settings = settings
        self._lock = threading.Lock()
        self._known: dict[str, Any] | None = None
        self._keys: KeySet | None = None

    @property
    def known(self) -> dict[str, Any]:
        """Its discovery document. Raises ProviderAway, also for one that is not this issuer's."""
        with self._lock:
            if self._known is None:
                found = self._fetch(self.settings.issuer.rstrip("/") + "/.well-known/openid-configuration")
                ends = [found.get(f"{name}_endpoint") for name in ("authorization", "token")] + [found.get("jwks_uri")]
                if found.get("issuer") != self.settings.issuer:
                    raise ProviderAway(detail="the discovery document is another issuer's")
                if not all(isinstance(end, str) and is_safe(end) for end in ends):
                    raise ProviderAway(detail="an endpoint is missing or not https")
                self._known = found
            return self._known

    def begin(self, attempt: Attempt, back: str) -> str:
        """Where the browser goes. Raises ProviderAway."""
        more: dict[str, str] = {}
        if self.settings.levels:
            more["acr_values"] = " ".join(self.settings.levels)
            if self.known.get("claims_parameter_supported"):
                more["claims"] = json.dumps({"id_token": {"acr": {"values": list(self.settings.levels)}}})
        return str(
            prepare_grant_uri(
                self.known["authorization_endpoint"],
                self.settings.client_id,
                "code",
                redirect_uri=back,
                scope=self.settings.scopes,
                state=attempt.state,
                nonce=attempt.nonce,
                code_challenge=create_s256_code_challenge(attempt.verifier),
                code_challenge_method="S256",
                **more,
            )
        )

    def claims(self, parts: Parts, attempt: Attempt, code: str, back: str) -> dict[str, Any]:
        """The claims that the provider vouches for, for this attempt. Raises ProviderRefused, ProviderAway."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back}
        form["code_verifier"] = attempt.verifier
        login = (self.settings.client_id, self.settings.client_secret)
        told = self._ask("POST", self.known["token_endpoint"], data=form, auth=login)
        claims = self._checked(parts, str(told.get("id_token", "")), attempt.nonce)
        wanted = [name for name in (self.settings.number_claim, self.settings.login_claim) if name]
        end = self.known.get("userinfo_endpoint")
        if end and is_safe(end) and not any(claim_at(claims, name) for name in wanted):
            bearer = {"Authorization": f"Bearer {told.get('access_token', '')}"}
            more = self._ask("GET", end, headers=bearer)
            if more.get("sub") != claims["sub"]:
                raise ProviderRefused(detail="userinfo is about somebody else")
            claims = more | claims
        return claims

    def _checked(self, parts: Parts, token: str, nonce: str) -> dict[str, Any]:
        try:
            try:
                read = jwt.decode(token, self._key_set(), ALGORITHMS)
            except (JoseError, ValueError):  # it may have new keys
                read = jwt.decode(token, self._key_set(fresh=True), ALGORITHMS)
            rules = jwt.JWTClaimsRegistry(
                now=int(parts.clock().timestamp()),
                leeway=LEEWAY,
                iss={"essential": True, "value": self.settings.issuer},
                aud={"essential": True, "value": self.settings.client_id},
                nonce={"essential": True, "value": nonce},
                exp={"essential": True},
                iat={"essential": True},
                sub={"essential": True},
            )
            rules.validate(read.claims)
        except (JoseError, ValueError, TypeError) as error:
            raise ProviderRefused(detail=f"ID token: {type(error).__name__}") from None
        claims: dict[str, Any] = read.claims
        party = claims.get("azp")
        many = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if (party is not None or many) and party != self.settings.client_id:
            raise ProviderRefused(detail="ID token: for another party")
        if self.settings.levels and claims.get("acr") not in self.settings.levels:
            raise ProviderRefused(detail="ID token: level too low")
        return claims

    def _key_set(self, *, fresh: bool = False) -> KeySet:
        with self._lock:
            keys = self._keys
        if keys is None or fresh:
            keys = KeySet.import_key_set(self._fetch(self.known["jwks_uri"]))  # type: ignore[arg-type]
            with self._lock:
                self._keys = keys
        return keys

    def _fetch(self, url: str) -> dict[str, Any]:
        return self._ask("GET", url)

    def _ask(self, method: str, url: str, **more: Any) -> dict[str, Any]:
        try:
            answer = httpx.request(method, url, timeout=SECONDS, follow_redirects=False, **more)
            told = answer.json()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise ProviderAway(detail=type(error).__name__) from None
        if 400 <= answer.status_code < 500:
            raise ProviderRefused(detail=f"the provider said no: HTTP {answer.status_code}")
        if answer.status_code != 200 or not isinstance(told, dict):
            raise ProviderAway(detail=f"HTTP {answer.status_code}")
        return told


@cache
def provider_of(settings: OpenId) -> Provider:
    """The provider of these settings, described once."""
    return Provider(settings)


def attempt_of(parts: Parts, next: str, kept: bool = False) -> Attempt:
    """A fresh attempt to log in."""
    until = (parts.clock() + ATTEMPT).timestamp()
    return Attempt(fresh_token(), fresh_token(), secrets.token_urlsafe(48), next, until, kept)


def account_of(parts: Parts, settings: OpenId, claims: Mapping[str, Any]) -> Account:
    """Staff by the claim of their login, else the citizen with the verified number, who is made at the first login.
    Raises ProviderRefused."""
    found = _staff(parts, settings, claims) or _citizen(parts, settings, claims)
    with parts.ledger.transaction() as tx:
        tx.audit(f"account:{found.id}", "login", f"account:{found.id}", {"by": "openid"})
    return found


def claim_at(claims: Mapping[str, Any], path: str) -> str | None:
    """The text at a path with dots between; None where there is none."""
    found: Any = claims
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, str) and found else None


def _staff(parts: Parts, settings: OpenId, claims: Mapping[str, Any]) -> Account | None:
    login = claim_at(claims, settings.login_claim) if settings.login_claim else None
    account = parts.ledger.account_by_login(login.strip().casefold()) if login else None
    if account is None or account.subject_token or "client" in account.roles:
        return None
    if account.state != "ACTIVE":
        raise ProviderRefused(detail="the account is closed")
    return account


def _citizen(parts: Parts, settings: OpenId, claims: Mapping[str, Any]) -> Account:
    said = claim_at(claims, settings.number_claim) if settings.number_claim else None
    if said is None:
        raise ProviderRefused(detail="no verified number and no account with that login")
    try:
        number = Cccd.parse(said).number
    except BadIdentifier:
        raise ProviderRefused(detail="the verified number is none") from None
    login = accounts.login_of(parts, number)
    account = parts.ledger.account_by_login(login)
    if account is None:
        name = mask_numbers(claim_at(claims, "name") or "Người dân")[:200]
        try:
            made = accounts.add_account(parts, number, name, None, ["citizen"], by="openid")
        except FormInvalid:  # the same person came twice at once
            account = parts.ledger.account_by_login(login)
        else:
            return parts.ledger.account(made)
    if account is None or account.state != "ACTIVE":
        raise ProviderRefused(detail="the account is closed")
    return account
