"""/api: what other systems can do here, as a page for people."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from portal.exchange.clients import SCOPES
from portal.openapi import PATH, document, operations
from portal.pages import render
from portal.rights import anyone

router = APIRouter(include_in_schema=False)


@router.get("/api", name="api", dependencies=[anyone()])
def api(request: Request) -> Response:
    """The operations of the API, by area."""
    told = operations(request.app)
    tags = [tag["name"] for tag in document(request.app)["tags"]]
    tags.sort(key=lambda tag: tag != "exchange")  # what a reader came for stands first
    areas = [(tag, [one for one in told if tag in one[2]["tags"]]) for tag in tags]
    return render(request, "exchange/api.html", areas=areas, document=PATH, scopes=SCOPES)
