"""Options that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

from motlan.session import Session

Json = Annotated[bool, typer.Option("--json", help="In ra JSON cho chương trình khác (one object a line).")]
Actor = Annotated[str | None, typer.Option("--actor", help="Ai đang làm việc này (ghi vào chuỗi kiểm toán).")]


def session_of(context: typer.Context) -> Session:
    """The session of this invocation."""
    found = context.find_object(Session)
    assert found is not None
    return found
