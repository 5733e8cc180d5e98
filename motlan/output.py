"""How commands speak: JSON lines on stdout for scripts, short Vietnamese for people, errors with code and hint."""

from __future__ import annotations

import json
import sys
import traceback
from typing import Any, ClassVar

from rich.console import Console

from schemas.errors import ErrorKind, InputError, MotlanError

# Documented in docs/cli.md.
EXIT_OK, EXIT_FINDINGS, EXIT_USAGE, EXIT_SETTINGS, EXIT_REFUSED, EXIT_LATER, EXIT_INPUT = 0, 1, 2, 3, 4, 5, 6

_EXIT = {ErrorKind.INPUT: EXIT_INPUT, ErrorKind.TRANSIENT: EXIT_LATER, ErrorKind.REFUSED: EXIT_REFUSED}


class Output:
    """stdout carries the answer, stderr everything said on the way."""

    console: ClassVar[Console] = Console(highlight=False)
    side: ClassVar[Console] = Console(stderr=True, highlight=False)

    @classmethod
    def json(cls, value: Any) -> None:
        """One JSON object on one line."""
        sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
        sys.stdout.flush()

    @classmethod
    def note(cls, text: str) -> None:
        """A remark for the person, beside the answer."""
        cls.side.print(text, markup=False)


def exit_code(error: MotlanError) -> int:
    """The documented exit code of an error."""
    if error.code == "BAD_IDENTIFIER":
        return EXIT_USAGE
    return EXIT_INPUT if isinstance(error, InputError) else _EXIT.get(error.kind, EXIT_SETTINGS)


def report_error(error: MotlanError, json: bool) -> int:
    """Say an error on stderr; returns the exit code."""
    if json:
        import json as encoder

        sys.stderr.write(encoder.dumps({"error": error.as_reason()}, ensure_ascii=False) + "\n")
    else:
        Output.side.print(f"[red]✗[/red] {error.vi_text}", highlight=False)
        Output.side.print(f"  [dim]{error.code}: {error.hint_text}[/dim]", highlight=False)
    return exit_code(error)


def log_unexpected(error: Exception) -> int:
    """An error nobody foresaw: the stack goes to a file beside the user's temporary files, a sentence to the person."""
    import tempfile

    with tempfile.NamedTemporaryFile("w", prefix="motlan-", suffix=".trace", delete=False, encoding="utf-8") as file:
        traceback.print_exception(error, file=file)
    Output.note(f"✗ {MotlanError.vi}\n  INTERNAL ({type(error).__name__}): chi tiết / details: {file.name}")
    return EXIT_FINDINGS
