"""A ZIP of papers: its dangers are judged from its directory before anything is written, then each member is taken."""

from __future__ import annotations

import re
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from ingest.names import is_ignored
from ingest.register import MAX_BYTES, is_register
from ingest.staging import Limits, Taken, require_room, stage
from schemas.errors import (
    DiskFull,
    Encrypted,
    MotlanError,
    NoPages,
    Truncated,
    UnsupportedKind,
    ZipBomb,
    ZipPathTraversal,
)

_RATIO_FROM = 16 << 20
"""Below this many bytes an extreme ratio is harmless (a white page compresses a thousandfold)."""

_FLAG_ENCRYPTED, _FLAG_UTF8 = 0x1, 0x800
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_UNICODE_PATH = 0x7075
_DRIVE = re.compile(r"^[A-Za-z]:")


Member = Taken | bytes | MotlanError


def expand_zip(taken: Taken, staging: Path, limits: Limits) -> Iterator[tuple[str, Member]]:
    """Each member of a ZIP as (its path inside, what was taken or why not): first the registers, as their bytes (at
    most one more than a register may have), then the papers in the ZIP's order.

    Raises at once, before anything is written: Truncated (no readable directory), NoPages (nothing in it),
    ZipPathTraversal, ZipBomb, DiskFull. Sizes in the directory are claims, but binding ones: zipfile hands out no more
    bytes of a member than it claims, and a member that lies fails its checksum and harms only itself."""
    try:
        archive = zipfile.ZipFile(taken.path)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as failure:
        raise Truncated(detail="the ZIP has no readable directory") from failure
    try:
        members = [(_member_name(info), info) for info in archive.infolist()]
        _refuse_traversal(members)
        _refuse_bomb(members, taken.size, limits)
        papers = [(name, info) for name, info in members if not info.is_dir() and not _is_litter(name)]
        if not papers:
            raise NoPages()
        require_room(staging, sum(info.file_size for _, info in papers), limits)
    except BaseException:
        archive.close()
        raise
    papers.sort(key=lambda member: not is_register(member[0]))
    return _members(archive, papers, staging, limits)


def _members(
    archive: zipfile.ZipFile, papers: Sequence[tuple[str, zipfile.ZipInfo]], staging: Path, limits: Limits
) -> Iterator[tuple[str, Member]]:
    with archive:
        for name, info in papers:
            yield unicodedata.normalize("NFC", name), _member(archive, name, info, staging, limits)


def _member(archive: zipfile.ZipFile, name: str, info: zipfile.ZipInfo, staging: Path, limits: Limits) -> Member:
    if info.flag_bits & _FLAG_ENCRYPTED:
        return Encrypted()
    if info.compress_type not in _METHODS:
        return UnsupportedKind(found=f"ZIP method {info.compress_type}")
    try:
        with archive.open(info) as source:
            if is_register(name):
                return source.read(MAX_BYTES + 1)
            taken = stage(source, name.rsplit("/", 1)[-1], staging, limits)
    except DiskFull:
        raise  # not the member's fault: the whole drop stops and may be tried again
    except MotlanError as failure:
        return failure
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError):
        return Truncated(detail="the member's data does not match its checksum")
    if taken.kind == "zip":
        taken.path.unlink()
        return UnsupportedKind(found="a ZIP inside a ZIP")
    return taken


def _member_name(info: zipfile.ZipInfo) -> str:
    """The member's path with forward slashes. Without the UTF-8 flag the bytes are of no declared encoding: a Unicode
    path field wins, then UTF-8 (macOS and Linux write it without the flag), then Windows' Vietnamese code page."""
    name = info.orig_filename
    if not info.flag_bits & _FLAG_UTF8:
        raw = name.encode("cp437", "replace")
        name = _unicode_path(info.extra, raw) or _decoded(raw)
    return name.replace("\\", "/")


def _decoded(raw: bytes) -> str:
    for encoding in ("utf-8", "cp1258", "cp437"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("ascii", "replace")


def _unicode_path(extra: bytes, raw: bytes) -> str | None:
    """Info-ZIP's Unicode Path extra field (APPNOTE 4.6.9), if it belongs to this very name."""
    while len(extra) >= 4:
        tag, size = int.from_bytes(extra[:2], "little"), int.from_bytes(extra[2:4], "little")
        data, extra = extra[4 : 4 + size], extra[4 + size :]
        if tag == _UNICODE_PATH and len(data) > 5 and int.from_bytes(data[1:5], "little") == zlib.crc32(raw):
            return data[5:].decode("utf-8", "replace")
    return None


def _refuse_traversal(members: Sequence[tuple[str, zipfile.ZipInfo]]) -> None:
    for name, info in members:
        mode = info.external_attr >> 16
        special = stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR)
        if special or name.startswith("/") or _DRIVE.match(name) or ".." in name.split("/") or "\x00" in name:
            raise ZipPathTraversal()


def _refuse_bomb(members: Sequence[tuple[str, zipfile.ZipInfo]], size: int, limits: Limits) -> None:
    total = sum(info.file_size for _, info in members)
    packed = sum(info.compress_size for _, info in members)
    if len(members) > limits.zip_max_members:
        raise ZipBomb(detail=f"{len(members)} members")
    if total > limits.zip_max_total_bytes:
        raise ZipBomb(detail=f"{total} bytes in all")
    if packed > size:
        raise ZipBomb(detail="members overlap")
    if total > _RATIO_FROM and total > size * limits.zip_max_ratio:
        raise ZipBomb(detail=f"ratio {total // size}")


def _is_litter(name: str) -> bool:
    return any(is_ignored(part) for part in name.split("/"))
