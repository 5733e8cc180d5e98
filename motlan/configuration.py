"""The configuration file as something that can be kept, moved and merged: flat names with plain values."""

from __future__ import annotations

import json
import os
import tomllib
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from motlan.settings import CONFIG_NAME, Settings
from schemas.errors import BadSetting

SECRETS = tuple(name for name, field in Settings.model_fields.items() if field.annotation is SecretStr)


def read_config(path: Path) -> dict[str, Any]:
    """The settings that a file names. Raises BadSetting for one that cannot be read."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise BadSetting(name=path.name, detail=str(error)) from error


def without_secrets(path: Path) -> tuple[bytes, bool]:
    """The file's bytes, and whether something had to be left out of them: passwords are kept with the keys."""
    values = read_config(path)
    if not any(values.get(name) for name in SECRETS):
        return path.read_bytes(), False
    return config_text({name: value for name, value in values.items() if name not in SECRETS}).encode(), True


def config_text(values: dict[str, Any]) -> str:
    """Settings as TOML; texts, numbers and lists look the same there as in JSON."""
    return "".join(f"{name} = {json.dumps(value, ensure_ascii=False)}\n" for name, value in values.items())


def write_config(data: Path, values: dict[str, Any]) -> None:
    """Replace a data folder's configuration, durably; it may hold passwords and is for its owner alone."""
    fresh = data / f"{CONFIG_NAME}.fresh"
    fresh.unlink(missing_ok=True)
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:  # noqa: PTH123
        out.write(config_text(values))
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(data / CONFIG_NAME)
