"""Processes forked from one that has imported everything once: importing costs more than what most tests then let a
process do. The program's own ways to start are shown by tests of `motlan up`, of the keeper and of kills."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from motlan import cli

PATIENCE = 240.0  # seconds; a bound against hanging on a busy machine, not a measurement
PRELOADED = ["tests.support.drain", "motlan.checking", "motlan.probes", "motlan.rebuilding", "motlan.restoring"]
PRELOADED += ["motlan.moving", "motlan.sheets", "portal.accounts", "search.fts5", "signing.verify", "storage.segments"]
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(PRELOADED)


def start(work: Callable[..., object], *arguments: Any, env: Mapping[str, str], streams: Path) -> ForkServerProcess:
    """Begin `work` in a process of its own, which has only these variables; what it says is appended to the files `out`
    and `err` in the folder `streams`, and `in` there is what it reads."""
    process = _FORKS.Process(target=_begin, args=(work, arguments, dict(env), streams), daemon=True)
    process.start()
    return process


def motlan(data: Path, *words: object, stdin: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    """`motlan --data DATA WORDS…` as a process of its own."""
    arguments = ["--data", str(data), *map(str, words)]
    with tempfile.TemporaryDirectory() as folder:
        streams = Path(folder)
        (streams / "in").write_text(stdin, "utf-8")
        process = start(_command, arguments, env=os.environ | env, streams=streams)
        process.join(PATIENCE)
        if process.exitcode is None:
            process.kill()
        out, err = ((streams / name).read_text("utf-8") for name in ("out", "err"))
        assert process.exitcode is not None, out + err
    return subprocess.CompletedProcess(arguments, process.exitcode, out, err)


def _begin(work: Callable[..., object], arguments: tuple[Any, ...], env: dict[str, str], streams: Path) -> None:
    os.environ.clear()
    os.environ.update(env)
    (streams / "in").touch()
    for number, (name, mode) in enumerate((("in", "rb"), ("out", "ab"), ("err", "ab"))):
        with (streams / name).open(mode) as stream:
            os.dup2(stream.fileno(), number)
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)  # multiprocessing has put another in its place
    work(*arguments)


def _command(arguments: list[str]) -> None:
    sys.argv = ["motlan", *arguments]
    cli.main()
