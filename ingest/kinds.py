"""What a file is, decided by its own first bytes and never by its name."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import Literal

MediaKind = Literal["pdf", "tiff", "jpeg", "png", "heic", "zip"]

HEAD_BYTES = 1024
"""A PDF's header may stand anywhere within the first 1024 bytes (ISO 32000-1, Annex H, implementation note 13)."""

KIND_OF_EXTENSION: dict[str, MediaKind] = {
    ".pdf": "pdf",
    ".tif": "tiff",
    ".tiff": "tiff",
    ".jpg": "jpeg",
    ".jpeg": "jpeg",
    ".jpe": "jpeg",
    ".jfif": "jpeg",
    ".png": "png",
    ".heic": "heic",
    ".heif": "heic",
    ".zip": "zip",
}

_TIFF = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")  # the last two are BigTIFF
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"heif"}
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OFFICE_FIRST_MEMBER = re.compile(rb"^(\[Content_Types\]\.xml|mimetype|_rels/|docProps/|META-INF/)")
_PDF = re.compile(rb"%PDF-\d")


def sniff(head: bytes) -> MediaKind | None:
    """The kind of a file from its first `HEAD_BYTES` bytes; None for anything this house does not take.

    An office document or a Java archive is a ZIP by its bytes, but not a folder of papers: it is None too."""
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head.startswith(_TIFF):
        return "tiff"
    if head[4:8] == b"ftyp" and _brands(head) & _HEIC_BRANDS:
        return "heic"
    if head.startswith(_ZIP):
        return None if _OFFICE_FIRST_MEMBER.match(head[30:80]) else "zip"
    # Last, because a ZIP that stores a PDF has this mark near its beginning too.
    return "pdf" if _PDF.search(head[:HEAD_BYTES]) else None


def named_kind(name: str) -> MediaKind | None:
    """The kind a file's name claims; None when the extension is none of ours."""
    return KIND_OF_EXTENSION.get(PurePath(name).suffix.lower())


def _brands(head: bytes) -> set[bytes]:
    size = min(int.from_bytes(head[:4], "big"), len(head), 256)
    return {head[8:12], *(head[i : i + 4] for i in range(16, size - 3, 4))}
