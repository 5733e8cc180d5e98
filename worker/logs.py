"""Logs of the processes that run unseen: JSON lines in a file, without personal data."""

from __future__ import annotations

import logging
from collections.abc import MutableMapping
from logging.handlers import WatchedFileHandler
from pathlib import Path
from typing import Any

import structlog

from schemas.identifiers import mask_numbers

STDERR = Path("-")


def log_to(path: Path) -> None:
    """Send structlog and the standard library's logging of this process to one file, or to stderr for the path `-`.
    Several processes append to the file, so nobody here may rotate it: it is opened again when something outside
    (logrotate) moved it away."""
    stamps: list[Any] = [structlog.stdlib.add_log_level, structlog.processors.TimeStamper(fmt="iso", utc=True)]
    handler: logging.Handler = logging.StreamHandler()
    if path != STDERR:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = WatchedFileHandler(path, encoding="utf-8")
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                masked,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
            foreign_pre_chain=stamps,
        )
    )
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    structlog.configure(
        processors=[*stamps, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )


def masked(_: Any, __: str, event: MutableMapping[str, Any]) -> dict[str, Any]:
    """Whoever wrote it: no run of digits that could be an ID number reaches the log."""
    return {key: mask_numbers(value) if isinstance(value, str) else value for key, value in event.items()}
