"""The text a visible signature shows: read from the widget's appearance, which page text extraction leaves out."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pikepdf
import pypdfium2
from pikepdf import Array, Dictionary, Name


@dataclass(frozen=True)
class StampText:
    """NFC text, lines separated by newlines, and the page (from 1) it stands on."""

    text: str | None
    page: int | None


def read_stamps(path: Path) -> dict[str, StampText]:
    """By field name. A field that is invisible or shows only a picture has no text; a damaged one is left out."""
    found: dict[str, StampText] = {}
    with pikepdf.open(path) as pdf:
        pages = {page.obj.objgen: number for number, page in enumerate(pdf.pages, start=1)}
        for number, page in enumerate(pdf.pages, start=1):
            for widget in page.obj.get(Name.Annots, Array()):
                try:
                    name = _field_name(widget)
                    if name is None:
                        continue
                    shown = pages.get(widget.get(Name.P, page.obj).objgen, number)
                    found[name] = StampText(_appearance_text(widget), shown)
                except (pikepdf.PdfError, pypdfium2.PdfiumError, AttributeError, TypeError, ValueError, KeyError):
                    continue
    return found


def _field_name(widget: pikepdf.Object) -> str | None:
    """The full name of the signature field a widget belongs to; None for any other annotation."""
    parts: list[str] = []
    kind, node = None, widget
    for _ in range(16):  # deeper than any real field tree; a crafted one may be a circle
        kind = kind or node.get(Name.FT)
        if Name.T in node:
            parts.append(str(node.T))
        parent = node.get(Name.Parent)
        if parent is None:
            break
        node = parent
    return ".".join(reversed(parts)) if kind == Name.Sig and parts else None


def _appearance_text(widget: pikepdf.Object) -> str | None:
    appearance = widget.get(Name.AP, Dictionary()).get(Name.N)
    if not isinstance(appearance, pikepdf.Stream):
        return None
    left, low, right, high = (float(side) for side in appearance.BBox)  # in any order of corners
    (x0, x1), (y0, y1) = sorted((left, right)), sorted((low, high))
    if x1 == x0 or y1 == y0:
        return None
    with pikepdf.new() as sheet:
        form = sheet.copy_foreign(appearance)
        form.Type, form.Subtype = Name.XObject, Name.Form
        if Name.Matrix in form:
            del form["/Matrix"]  # the text is wanted upright, whatever way the page is turned
        page = sheet.add_blank_page(page_size=(max(3, x1 - x0), max(3, y1 - y0)))
        page.obj.MediaBox = Array([x0, y0, max(x1, x0 + 3), max(y1, y0 + 3)])
        page.obj.Resources = Dictionary(XObject=Dictionary(Stamp=form))
        page.obj.Contents = sheet.make_stream(b"/Stamp Do")
        out = BytesIO()  # one small appearance, not a document
        sheet.save(out)
    document = pypdfium2.PdfDocument(out.getvalue())
    try:
        text = document[0].get_textpage().get_text_range()
    finally:
        document.close()
    lines = (" ".join(line.split()) for line in unicodedata.normalize("NFC", text).splitlines())
    return "\n".join(line for line in lines if line) or None
