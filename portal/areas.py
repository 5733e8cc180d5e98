"""The areas of the portal: one package of routes for each kind of person."""

from __future__ import annotations

from fastapi import APIRouter

from portal import openapi
from portal.arranging import api as arranging_api
from portal.arranging import join_api, join_pages
from portal.arranging import pages as arranging
from portal.exchange import hooks as exchange_hooks
from portal.exchange import pages as exchange_pages
from portal.exchange import records as exchange_records
from portal.exchange import reusing as exchange_reusing
from portal.exchange import sending as exchange_sending
from portal.exchange import token as exchange_token
from portal.keeping import api as keeping_api
from portal.keeping import metrics
from portal.keeping import pages as keeping
from portal.keeping import people_pages as keeping_people
from portal.login import oidc_pages, own
from portal.login import pages as login
from portal.lookup import api as lookup_api
from portal.lookup import pages as lookup
from portal.lookup import search_pages as lookup_search
from portal.mine import api as mine_api
from portal.mine import consents, links, questions, shares
from portal.mine import pages as mine
from portal.review import api as review_api
from portal.review import pages as review
from portal.scanning import api as scanning_api
from portal.scanning import pages as scanning
from portal.verifying import api as verifying_api
from portal.verifying import pages as verifying

ROUTERS: tuple[APIRouter, ...] = (
    scanning.router,
    scanning_api.router,
    arranging_api.router,
    arranging.router,
    join_api.router,
    join_pages.router,
    exchange_token.router,
    exchange_sending.router,
    exchange_records.router,
    exchange_reusing.router,
    exchange_hooks.router,
    exchange_pages.router,
    openapi.router,
    keeping.router,
    keeping_api.router,
    metrics.router,
    keeping_people.router,
    login.router,
    lookup_api.router,
    lookup.router,
    lookup_search.router,
    oidc_pages.router,
    own.router,
    review_api.router,
    review.router,
    mine.router,
    consents.router,
    shares.router,
    questions.router,
    links.router,
    mine_api.router,
    verifying.router,
    verifying_api.router,
)
