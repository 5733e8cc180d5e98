"""`/metrics` for Prometheus: requests of this process, and the work of the whole ledger at the moment it is asked."""

from __future__ import annotations

import ipaddress
import secrets
import shutil
from collections.abc import Iterator, Mapping

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.responses import Response

from portal.parts import Parts
from portal.rights import anyone
from portal.visitor import parts_of
from schemas.errors import MotlanError, PageMissing

router = APIRouter(include_in_schema=False)
FORWARDED = ("x-forwarded-for", "forwarded", "x-real-ip")


@router.get("/metrics", name="metrics", dependencies=[anyone()])
def metrics(request: Request) -> Response:
    """Open to this machine alone, or to whoever holds the token of the setting `metrics_token`."""
    if not _may_read(request):
        raise PageMissing()
    registry = CollectorRegistry()
    registry.register(_Work(parts_of(request)))
    text = generate_latest(request.app.state.meters.registry) + generate_latest(registry)
    return Response(text, media_type=CONTENT_TYPE_LATEST)


def _may_read(request: Request) -> bool:
    token = parts_of(request).portal.metrics_token
    if token:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        return secrets.compare_digest(given.encode(), token.encode())
    if request.client is None or any(name in request.headers for name in FORWARDED):
        return False  # a proxy on this machine speaks for somebody else
    try:
        return ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False


class _Work(Collector):
    """The ledger's counts as gauges; a ledger that is away is told as such."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("motlan_ledger_up", "Whether the ledger answers.")
        try:
            found = list(self._counted())
        except MotlanError:
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        yield up
        yield from found

    def _counted(self) -> Iterator[Metric]:
        now = self._parts.clock()
        with self._parts.ledger.look() as at:
            steps = GaugeMetricFamily("motlan_steps", "Open steps.", labels=("kind", "state"))
            age = GaugeMetricFamily(
                "motlan_oldest_step_seconds", "Age of the oldest of them.", labels=("kind", "state")
            )
            for line in at.queue():
                steps.add_metric([line.kind, line.state], line.steps)
                age.add_metric([line.kind, line.state], (now - line.oldest).total_seconds())
            yield from (steps, age)
            yield _by("motlan_files", "Files by state.", "state", at.intake().files)
            yield _by("motlan_papers", "Papers by state.", "state", at.papers())
            yield _by("motlan_faults", "Open errors by code.", "code", at.fault_codes())
            yield _by("motlan_reviews_decided", "Reviews that people decided.", "outcome", at.outcomes())
            yield _by("motlan_deliveries", "Deliveries to hooks.", "state", at.deliveries())
            backlog = at.backlog()
            yield _one("motlan_reviews_open", "Spots that wait for a person.", backlog.open)
            if backlog.oldest:
                yield _one("motlan_review_oldest_seconds", "Age of the oldest.", (now - backlog.oldest).total_seconds())
            fixity = at.last_fixity()
        if fixity:
            yield _one("motlan_fixity_seconds", "Since the last fixity check.", (now - fixity.at).total_seconds())
            yield _one("motlan_fixity_wrong", "Faults it found.", float(fixity.detail.get("wrong", 0)))
        disk = shutil.disk_usage(self._parts.data)
        yield _one("motlan_disk_free_bytes", "Free space of the data folder.", disk.free)
        yield _one("motlan_disk_bytes", "Size of the data folder's disk.", disk.total)


def _one(name: str, about: str, value: float) -> Metric:
    made = GaugeMetricFamily(name, about)
    made.add_metric([], value)
    return made


def _by(name: str, about: str, label: str, values: Mapping[str, int]) -> Metric:
    made = GaugeMetricFamily(name, about, labels=(label,))
    for key, value in values.items():
        made.add_metric([key], value)
    return made
