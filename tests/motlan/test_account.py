"""`motlan init` and `motlan account`: the first administrator's link, and accounts from the machine itself."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from motlan.cli import app
from motlan.settings import load
from motlan.wiring import House
from portal import accounts
from schemas.errors import FormInvalid, LinkExpired
from tests.support.portal import PASSWORD


def run(house: House, *arguments: str) -> str:
    done = CliRunner().invoke(app, ["--data", str(house.data), *arguments])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.stdout


def link_in(told: str) -> str:
    return next(line for line in told.splitlines() if "/bat-dau/" in line).rpartition("/")[2].strip()


def test_init_gives_the_first_administrator_a_link_until_it_is_used(house: House) -> None:
    first = link_in(run(house, "init", "--yes"))
    second = link_in(run(house, "init", "--yes"))
    with pytest.raises(LinkExpired):
        accounts.accept_invitation(house, first, PASSWORD)
    account = accounts.accept_invitation(house, second, PASSWORD)
    assert (account.login, account.roles, account.unit) == ("admin", ("admin",), house.unit_code)
    assert "/bat-dau/" not in run(house, "init", "--yes")


def test_no_link_is_given_where_somebody_has_an_account(house: House) -> None:
    accounts.add_account(house, "lan", "Lan", house.unit_code, ["admin"], by="test")
    assert "/bat-dau/" not in run(house, "init", "--yes")
    assert accounts.first_admin(house) is None


def test_accounts_are_added_listed_closed_and_opened(house: House) -> None:
    link = link_in(run(house, "account", "add", "lan", "--name", "Lan", "--role", "clerk", "--role", "officer"))
    accounts.accept_invitation(house, link, PASSWORD)
    assert '"roles": ["clerk", "officer"]' in run(house, "account", "list", "--json")
    run(house, "account", "close", "lan")
    account = house.ledger.account_by_login("lan")
    assert account and account.state == "CLOSED"
    run(house, "account", "unlock", "lan")
    assert accounts.check_password(house, "lan", PASSWORD)
    accounts.accept_invitation(house, link_in(run(house, "account", "invite", "lan")), "mat-khau-khac")
    for wrong in (["add", "mai", "--name", "Mai", "--role", "king"], ["close", "nobody"]):
        with pytest.raises(FormInvalid):
            run(house, "account", *wrong)


def test_the_portals_key_is_there_before_the_first_visitor(house: House) -> None:
    assert (load(house.data).keys_folder / "portal.key").stat().st_mode & 0o077 == 0
