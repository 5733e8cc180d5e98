"""Whether the index answers and takes in what is put: asked by `motlan doctor`, and before a start."""

from __future__ import annotations

import sqlite3

import structlog

from motlan.finding import Finding
from motlan.wiring import House
from schemas.errors import IndexAway, IndexUnusable, ServerFull, ServerReadOnly

_PART = "chỉ mục"
_TESTED = 8  # the server's major version that this program is tested with
_SLOW = 2.0  # seconds for counting; a search would be felt as slow


def probe_index(house: House) -> Finding:
    """Reached, usable, writable; raises what the index raises."""
    return _probe_server(house) if house.index_server else _probe_file(house)


def check_index(house: House) -> None:
    """Before a start: raises what only an operator can mend (login, certificate, version). An index that is away, full
    or to be rebuilt is told and no reason to stay closed: papers are taken in and stored without it."""
    try:
        house.index.count()
    except (IndexAway, IndexUnusable, ServerFull, ServerReadOnly) as error:
        structlog.get_logger().warning(error.code, hint=error.hint_text)


def _probe_file(house: House) -> Finding:
    return Finding(_PART, "good", f"{house.index.count()} hồ sơ · FTS5, SQLite {sqlite3.sqlite_version}")


def _probe_server(house: House) -> Finding:
    from search.elastic import ElasticIndex

    index = house.index
    assert isinstance(index, ElasticIndex)
    health = index.health()
    where = f"{health.records} hồ sơ · Elasticsearch {health.version}, {house.settings.index_name}"
    if health.blocks:
        advice = "Máy chủ hết chỗ hoặc bị khóa ghi: giải phóng ổ đĩa; nếu do dựng lại dở dang, chạy: motlan rebuild"
        return Finding(_PART, "bad", f"{where}; chỉ cho đọc ({health.blocks})", advice)
    if health.status == "red":
        return Finding(
            _PART, "bad", f"{where}; cụm máy chủ thiếu dữ liệu (red)", "Xem máy chủ Elasticsearch, rồi: motlan rebuild"
        )
    if int(health.version.split(".")[0]) > _TESTED:
        return Finding(_PART, "note", where, f"Bản mới hơn bản đã kiểm thử ({_TESTED}.x)")
    if health.seconds > _SLOW:
        return Finding(
            _PART, "note", f"{where}; trả lời sau {health.seconds:.1f} giây", "Máy chủ chậm: xem tải và bộ nhớ"
        )
    return Finding(_PART, "good", where)
