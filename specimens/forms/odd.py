"""Pages that are no ordinary papers: a blank back, a secret page, a page in another script, an unreadable one."""

from __future__ import annotations

from PIL import ImageFilter, ImageOps

from specimens.fonts import font
from specimens.forms import administrative
from specimens.forms.furniture import MARK, Case
from specimens.ink import multiply, seal_stamp
from specimens.press import Press, Run

BLANK_LAYOUTS = ("ghost", "plain")
SECRET_LAYOUTS = ("mat", "toi_mat")
SCRIPT_LAYOUTS = ("cyrillic", "thai", "greek")
UNREADABLE_LAYOUTS = ("blurred", "faded")
_RED = (208, 40, 48)
_STAMPS = {"mat": "MẬT", "toi_mat": "TỐI MẬT"}
_TEXTS = {
    "cyrillic": (
        "times",
        "Настоящим удостоверяется, что вымышленный документ составлен для проверки программы. Город вымышлен, люди "
        "вымышлены, номера никому не принадлежат. Печать и подпись отсутствуют.",
    ),
    "thai": (
        "thai",
        "เอกสาร นี้ เป็น ตัวอย่าง ที่ แต่ง ขึ้น เพื่อ ทดสอบ โปรแกรม ชื่อ บุคคล และ สถานที่ ทั้งหมด เป็น เรื่อง สมมติ ไม่มี ผล ทาง กฎหมาย",
    ),
    "greek": (
        "times",
        "Το παρόν έγγραφο είναι φανταστικό και συντάχθηκε για τη δοκιμή ενός προγράμματος. Τα πρόσωπα και οι τόποι "
        "δεν υπάρχουν και οι αριθμοί δεν ανήκουν σε κανέναν.",
    ),
}  # fmt: skip


def blank_back(press: Press, case: Case) -> None:
    """Nothing printed: only what shines through from the front, mirrored — the seal and the front's own mark."""
    leaf = press.leaf
    if case.layout == "ghost":
        place = case.home.home
        rim = f"ỦY BAN NHÂN DÂN {place.units(case.home.married)[0].upper()} * "
        ghost = ImageOps.mirror(seal_stamp(rim, "", press.dpi)).filter(ImageFilter.GaussianBlur(press.px(0.25)))
        pale = ghost.point(lambda value: 255 - (255 - value) // 7)
        multiply(leaf.image, pale, round(press.px(press.x0 + 20)), round(press.px(press.rng.uniform(170, 215))))
    face = font("sans", "b", round(press.px(7)))
    leaf.draw.text(
        (press.px(press.width / 2), press.px(press.height - 9)), MARK, font=face, fill=(226, 226, 226), anchor="mm"
    )
    box = (0, round(press.px(press.height - 18)), leaf.image.width, leaf.image.height)
    leaf.image.paste(ImageOps.mirror(leaf.image.crop(box)), box[:2])


def secret(press: Press, case: Case) -> None:
    """A short notice under a secrecy stamp."""
    stamp = _STAMPS[case.layout]
    press.y += 8
    administrative.write(press, case, "notice", pages=1)
    leaf, x = press.leaves[0], press.x0 + 14
    case.put("secrecy", stamp)
    y = press.look.top - 7
    face = Run(stamp, "b", 15, _RED)
    wide = press.width_of(face)
    leaf.draw.text((press.px(x), press.px(y + 6)), stamp, font=press.font_of(face), fill=_RED, anchor="ls")
    edges = tuple(press.px(v) for v in (x - 3, y - 0.5, x + wide + 3, y + 8))
    leaf.draw.rectangle(edges, outline=_RED, width=max(2, round(press.px(0.5))))
    leaf.lines.insert(0, stamp)


def other_script(press: Press, case: Case) -> None:
    """A page that no reader of Vietnamese should claim to have read."""
    family, text = _TEXTS[case.layout]
    for _ in range(6):
        press.flow([Run(text, "", None, None, family)], indent=10, after=0.8)


def unreadable(press: Press, case: Case) -> None:
    """A page out of focus, or one that a bad copier left too pale."""
    administrative.write(press, case, "letter", pages=1)
    leaf = press.leaves[0]
    if case.layout == "blurred":
        blurred = leaf.image.filter(ImageFilter.GaussianBlur(press.px(1.3)))
    else:
        softer = leaf.image.filter(ImageFilter.GaussianBlur(press.px(0.5)))
        blurred = softer.point(lambda value: 255 - (255 - value) // 12)
    leaf.image.paste(blurred)
    leaf.lines.clear()
    del press.leaves[1:]
    press.spots.clear()
    case.facts.fields.clear()
    case.facts.printed.clear()
    case.facts.by_hand.clear()
