"""Who may come to which route. A route without a rule does not exist: `portal.app` refuses to start with one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from fastapi import Depends, Request
from fastapi.routing import APIRoute

from portal.visitor import check_origin, visitor_of
from schemas.errors import LoginNeeded, RoleMissing


class Role(StrEnum):
    """What an account may be. A system that uses the API is a `client`."""

    CLERK = "clerk"
    OFFICER = "officer"
    CITIZEN = "citizen"
    ARCHIVIST = "archivist"
    ADMIN = "admin"
    CLIENT = "client"


STAFF = (Role.CLERK, Role.OFFICER, Role.ARCHIVIST, Role.ADMIN)


@dataclass(frozen=True)
class Rule:
    """A route's rule: the roles that may come (none: whoever is logged in), or everybody. As a dependency it lets the
    visitor in or raises LoginNeeded, RoleMissing, RequestForged."""

    roles: tuple[Role, ...] = ()
    public: bool = False

    async def __call__(self, request: Request) -> None:
        visitor = await visitor_of(request)
        await check_origin(request, visitor)
        if self.public:
            return
        if visitor.account is None:
            raise LoginNeeded()
        if self.roles and not set(self.roles) & set(visitor.account.roles):
            raise RoleMissing()


def may(*roles: Role) -> Any:
    """The dependency of a route that these roles may come to: `dependencies=[may(Role.CLERK)]`."""
    assert roles
    return Depends(Rule(tuple(sorted(roles))))


def anyone() -> Any:
    """The dependency of a route that is open to everybody."""
    return Depends(Rule(public=True))


def logged_in() -> Any:
    """The dependency of a route for whoever has logged in, in any role."""
    return Depends(Rule())


def rule_of(route: APIRoute) -> Rule:
    """The one rule of a route. Raises LookupError for none or several."""
    found = [d.call for d in route.dependant.dependencies if isinstance(d.call, Rule)]
    if len(found) != 1:
        raise LookupError(f"{route.path} has {len(found)} rules")
    rule = found[0]
    assert isinstance(rule, Rule)
    return rule
