"""All servers by name, in the order of the table."""

from __future__ import annotations

from deploy.services.debian import Postgres, RabbitMQ, Redis
from deploy.services.elastic import Elasticsearch
from deploy.services.golang import MinIO, Toxiproxy, VersityGW
from deploy.services.service import Service

_ALL = (Postgres(), Redis(), RabbitMQ(), Toxiproxy(), VersityGW(), MinIO(), Elasticsearch())

SERVICES: dict[str, Service] = {service.name: service for service in _ALL}
