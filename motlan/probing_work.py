"""Whether ledger and broker do what they are there for: tried by `motlan doctor`, and before a start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from motlan.finding import Finding
from motlan.output import Output
from motlan.wiring import House, broker_of
from schemas.errors import ErrorKind, MotlanError

if TYPE_CHECKING:
    from worker.brokers import Examined

_LEDGER, _BROKER = "sổ cái", "hàng đợi"


def probe_ledger(house: House) -> Finding:
    """It can be read and written, and has this program's tables."""
    return Finding(_LEDGER, "good", f"{house.ledger.examine()}; đọc ghi được, đúng phiên bản")


def probe_waiting(house: House) -> Finding:
    """What waits because something is away or not set up."""
    waiting = house.ledger.status().waiting
    if not waiting:
        return Finding("việc phải chờ", "good", "không có")
    seen = "; ".join(f"{one['steps']} việc: {one['code']}" for one in waiting)
    return Finding("việc phải chờ", "note", seen, " ".join(one["message"] for one in waiting))


def probe_papers(house: House) -> Finding:
    """Papers that the last fixity check found not to be whole."""
    harmed = house.ledger.status().counts["document"].get("DAMAGED", 0)
    if not harmed:
        return Finding("giấy tờ hỏng", "good", "lần kiểm tra gần nhất không thấy")
    return Finding("giấy tờ hỏng", "bad", f"{harmed} giấy tờ", "Sửa từ một bản sao: motlan repair --from BẢN_SAO")


def probe_broker(house: House) -> Finding:
    """A message goes in and comes out again; what waits, and what a person must look at."""
    seen = _examined(house)
    told = f"{seen.name} {seen.version}: {sum(seen.waiting.values())} việc đang chờ, {seen.set_aside} bị giữ lại"
    if seen.set_aside:
        return Finding(_BROKER, "bad", told, "Có việc gửi nhiều lần không xong: xem nhật ký của worker")
    return Finding(_BROKER, "note" if seen.notes else "good", told, "; ".join(seen.notes))


def check_work(house: House) -> None:
    """Before a start. Raises what keeps the ledger from working, and what is set up wrongly about the broker; a broker
    that is only away is said and waited for, as papers can be taken in without it."""
    house.ledger.examine()
    try:
        _examined(house)
    except MotlanError as error:
        if error.kind is not ErrorKind.TRANSIENT:
            raise
        Output.note(f"! {error.vi_text} ({error.hint_text})")


def _examined(house: House) -> Examined:
    from worker.brokers import examine

    conf = house.celery.conf
    return examine(broker_of(house.settings), conf.broker_transport_options, conf.broker_use_ssl)
