"""Probes for `motlan doctor`: each tries a real part and says what it saw. None changes what is kept."""

from __future__ import annotations

import asyncio
import shutil
import stat
from collections.abc import Callable, Iterator

from motlan.finding import Finding
from motlan.probing_index import probe_index
from motlan.probing_store import probe_store
from motlan.probing_work import probe_broker, probe_ledger, probe_papers, probe_waiting
from motlan.wiring import House
from schemas.errors import MotlanError
from worker.chainsealing import fault_of_pieces


def probe_all(house: House) -> Iterator[Finding]:
    """Every probe in turn; one that fails in an unforeseen way is a finding, not an end."""
    for probe in PROBES:
        try:
            yield probe(house)
        except MotlanError as error:
            yield Finding(_name(probe), "bad", error.code, error.vi_text)
        except Exception as error:
            yield Finding(_name(probe), "bad", f"{type(error).__name__}: {error}", "Xem nhật ký / see the logs")


def _name(probe: Callable[[House], Finding]) -> str:
    return probe.__name__.removeprefix("probe").lstrip("_").replace("_", " ")


def _space(house: House) -> Finding:
    free = shutil.disk_usage(house.data).free
    enough = free > house.settings.reserve_bytes
    return Finding(
        "ổ đĩa",
        "good" if enough else "bad",
        f"còn {free / 1e9:.1f} GB",
        "" if enough else "Giải phóng ổ đĩa: chưa nhận được tệp mới",
    )


def _ocr(house: House) -> Finding:
    """Who reads pages, and who reads again what matters."""
    readers = house.readers
    if readers.first is None:
        advice = "Thiếu hoặc hỏng dữ liệu của bộ đọc: cài lại gói / install the package anew"
        return Finding("đọc chữ (OCR)", "note", f"{readers.second.name} đọc một mình", advice)
    said = f"{readers.first.name} đọc mọi dòng, {readers.second_name} đọc lại chỗ cần"
    if readers.third is None:
        advice = "Thiếu bộ đọc thứ ba: cài gói tesseract-ocr-script-viet / install tesseract-ocr-script-viet"
        return Finding("đọc chữ (OCR)", "note", said, advice)
    if readers.digits is None:
        advice = "Thiếu hoặc hỏng dữ liệu đọc chữ số viết tay: cài lại gói / install the package anew"
        return Finding("đọc chữ (OCR)", "note", said, advice)
    return Finding("đọc chữ (OCR)", "good", f"{said}, {readers.digits.name} đọc số và ngày viết tay")


def _audit(house: House) -> Finding:
    report = house.ledger.verify_audit()
    fault = str(report.reason) if not report.ok else fault_of_pieces(house)
    return Finding("chuỗi kiểm toán", "bad" if fault else "good", f"{report.entries} mục", fault)


def _blind(house: House) -> Finding:
    _ = house.blind
    loose = stat.S_IMODE(house.settings.keys_folder.stat().st_mode) & 0o077
    return Finding(
        "khóa chỉ mục",
        "bad" if loose else "good",
        str(house.settings.keys_folder),
        "Đóng quyền thư mục khóa: chmod 700" if loose else "",
    )


def _key(house: House) -> Finding:
    from signing.gate import check
    from signing.keys import NOT_QUALIFIED

    key = house.key
    check(key, house.clock())
    days = (key.certificate.not_valid_after - house.clock()).days
    trial = NOT_QUALIFIED in str(key.certificate.subject.native)
    advice = "Khóa thử nghiệm, không đủ điều kiện pháp lý" if trial else ""
    return Finding("khóa ký", "note" if advice else "good", f"còn hạn {days} ngày", advice)


def _time(house: House) -> Finding:
    urls = house.settings.timestamp_urls
    if not urls:
        return Finding("dấu thời gian", "note", "chưa cấu hình", "Niêm ở mức B-B; đặt MOTLAN_TIMESTAMP_URLS để có B-T")
    from signing.timestamps import FailoverTimeStamper

    asyncio.run(FailoverTimeStamper(urls, timeout=5).async_dummy_response("sha256"))
    return Finding("dấu thời gian", "good", "máy chủ thời gian có trả lời")


def _running(house: House) -> Finding:
    from worker.supervisor import running

    up = running(house.settings.run_folder)
    return Finding("motlan up", "good" if up else "note", "đang chạy" if up else "không chạy")


PROBES: tuple[Callable[[House], Finding], ...] = (
    _space, _ocr, probe_ledger, _audit, probe_store, probe_papers, probe_index, _blind, _key, _time, probe_broker,
    probe_waiting, _running,
)  # fmt: skip
