"""The areas of the portal: one package of routes for each kind of person."""

from __future__ import annotations

from fastapi import APIRouter

from portal.login import pages as login

ROUTERS: tuple[APIRouter, ...] = (login.router,)
