"""Alembic, apart from the daily way: importing it takes half a second that only an upgrade should pay."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from ledger.people_tables import metadata

MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(connection: Connection, to: str = "head") -> None:
    """Bring the schema to the newest version (or `to` another), in the connection's transaction."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, to)


def version(connection: Connection) -> str | None:
    """The schema's version; None where nothing is yet."""
    return MigrationContext.configure(connection).get_current_revision()


def known_versions() -> set[str]:
    """Every version that this program can bring up to date."""
    return {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}


def is_current(connection: Connection) -> bool:
    """Whether the schema is the one this program was written for."""
    return version(connection) == ScriptDirectory.from_config(_config()).get_current_head()


def differences(connection: Connection) -> list[Any]:
    """What the migrated schema and the tables in code disagree on."""
    return list(compare_metadata(MigrationContext.configure(connection), metadata))


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config
