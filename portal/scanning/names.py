"""Names of uploaded files: paths that browsers send along are shown, never followed."""

from __future__ import annotations

from pathlib import PurePath

from ingest.names import shown_name
from schemas.errors import FormInvalid

MOST_BYTES = 200  # of one name in a path: file systems take 255
MOST_PARTS = 12  # folders in folders


def shown_path(name: str) -> str:
    """The path as it is shown: `folder/file.pdf`, NFC, without control characters. Raises FormInvalid for one that is
    empty, leads upwards or is nested too deeply."""
    parts = [part.strip() for part in name.replace("\\", "/").split("/")]
    parts = [_short(shown_name(part)[0]) for part in parts if part not in ("", ".")]
    if not parts:
        raise FormInvalid(field="name", reason="Tệp phải có tên.")
    if ".." in parts:
        raise FormInvalid(field="name", reason="Tên tệp không được dẫn ra ngoài thư mục (“..”).")
    if len(parts) > MOST_PARTS:
        raise FormInvalid(field="name", reason=f"Thư mục lồng nhau quá {MOST_PARTS} lớp.")
    return "/".join(parts)


def _short(part: str) -> str:
    if len(part.encode()) <= MOST_BYTES:
        return part
    suffix = PurePath(part).suffix[-16:]
    stem = part.encode()[: MOST_BYTES - len(suffix.encode()) - 3].decode(errors="ignore")
    return f"{stem}…{suffix}"
