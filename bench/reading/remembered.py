"""What was read in an earlier run, by the bytes of the file and of everything that reads it: a long run can be broken
off and taken up, and rules can be measured again without reading again."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import json
from pathlib import Path
from typing import Any

_ROOMS = ("ingest", "schemas")
_DATA = {".toml", ".json", ".txt", ".onnx", ".csv"}


class Memory:
    """A folder of JSON files; without a folder nothing is remembered."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)

    def get(self, key: str) -> Any | None:
        """What was put under the key, or None."""
        path = self._path(key)
        return json.loads(path.read_text("utf-8")) if path is not None and path.exists() else None

    def put(self, key: str, value: Any) -> None:
        """Remember; a broken-off run leaves no half file."""
        path = self._path(key)
        if path is not None:
            part = path.with_suffix(".part")
            part.write_text(json.dumps(value, ensure_ascii=False), "utf-8")
            part.replace(path)

    def _path(self, key: str) -> Path | None:
        return self._folder / f"{key}.json" if self._folder is not None else None


def digest_of(*parts: bytes | str) -> str:
    """One name for all of it."""
    total = hashlib.sha256()
    for part in parts:
        total.update(hashlib.sha256(part.encode() if isinstance(part, str) else part).digest())
    return total.hexdigest()


def sources_of(module: str) -> str:
    """A digest of a module's source and of all it imports from the rooms that read, with the data beside them."""
    seen: dict[str, Path] = {}
    _follow(module, seen)
    return digest_of(*(path.read_bytes() for _, path in sorted(seen.items())))


def _follow(module: str, seen: dict[str, Path]) -> None:
    if module in seen or module.split(".")[0] not in _ROOMS:
        return
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        return
    seen[module] = Path(spec.origin)
    text = seen[module].read_text("utf-8")
    for path in sorted(seen[module].parent.rglob("*")):
        if path.suffix in _DATA and path.name in text:
            seen[f"{module}:{path.name}"] = path
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                _follow(alias.name, seen)
        elif isinstance(node, ast.ImportFrom) and node.module:
            _follow(node.module, seen)
            for alias in node.names:
                _follow_part(f"{node.module}.{alias.name}", seen)


def _follow_part(name: str, seen: dict[str, Path]) -> None:
    """What is imported from a package may be a module."""
    try:
        _follow(name, seen)
    except ModuleNotFoundError:
        return
