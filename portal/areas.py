"""The areas of the portal: one package of routes for each kind of person."""

from __future__ import annotations

from fastapi import APIRouter

from portal import openapi
from portal.arranging import api as arranging_api
from portal.arranging import pages as arranging
from portal.exchange import hooks as exchange_hooks
from portal.exchange import pages as exchange_pages
from portal.exchange import records as exchange_records
from portal.exchange import reusing as exchange_reusing
from portal.exchange import token as exchange_token
from portal.login import oidc_pages, own
from portal.login import pages as login

ROUTERS: tuple[APIRouter, ...] = (
    arranging_api.router,
    arranging.router,
    exchange_token.router,
    exchange_records.router,
    exchange_reusing.router,
    exchange_hooks.router,
    exchange_pages.router,
    openapi.router,
    login.router,
    oidc_pages.router,
    own.router,
)
