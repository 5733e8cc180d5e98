"""What a PDF page consists of: its box, streams, pictures, fonts, visible annotations and signatures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pikepdf


def box_of(page: pikepdf.Page) -> tuple[float, float, float, float]:
    try:
        x0, y0, x1, y1 = (float(v) for v in page.cropbox)
    except (ValueError, TypeError, AttributeError):
        return (0.0, 0.0, 595.0, 842.0)
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def content_streams(page: pikepdf.Page) -> list[Any]:
    contents = page.obj.get("/Contents")
    streams = list(contents) if isinstance(contents, pikepdf.Array) else [contents]
    return [stream for stream in streams if isinstance(stream, pikepdf.Stream)]


def content_bytes(page: pikepdf.Page) -> int:
    return sum(len(stream.read_raw_bytes()) for stream in content_streams(page))


def xobjects(resources: Any) -> Iterator[tuple[str, Any]]:
    table = resources.get("/XObject") if isinstance(resources, pikepdf.Dictionary) else None
    for name, entry in table.items() if isinstance(table, pikepdf.Dictionary) else ():
        if isinstance(entry, pikepdf.Stream):
            yield name, entry


def direct_images(page: pikepdf.Page) -> dict[str, Any]:
    return {name: entry for name, entry in xobjects(page.resources) if entry.get("/Subtype") == "/Image"}


def images_of(page: pikepdf.Page) -> Iterator[Any]:
    """Every picture the page can draw, also those inside forms, each once."""
    seen: set[tuple[int, int]] = set()

    def visit(resources: Any, depth: int) -> Iterator[Any]:
        for _, entry in xobjects(resources):
            if entry.objgen in seen or depth > 16:
                continue
            seen.add(entry.objgen)
            if entry.get("/Subtype") == "/Image":
                yield entry
            elif entry.get("/Subtype") == "/Form":
                yield from visit(entry.get("/Resources"), depth + 1)

    yield from visit(page.resources, 0)


def fonts_of(page: pikepdf.Page) -> Iterator[Any]:
    """Fonts the page or anything drawn on it names."""

    def visit(resources: Any, depth: int) -> Iterator[Any]:
        if isinstance(resources, pikepdf.Dictionary):
            fonts = resources.get("/Font")
            yield from fonts.keys() if isinstance(fonts, pikepdf.Dictionary) else ()
            for _, entry in xobjects(resources) if depth < 8 else ():
                yield from visit(entry.get("/Resources"), depth + 1)

    yield from visit(page.resources, 0)


def filters_of(stream: Any) -> list[str]:
    kind = stream.get("/Filter")
    if kind is None:
        return []
    return [str(k) for k in kind] if isinstance(kind, pikepdf.Array) else [str(kind)]


def visible_annotations(page: pikepdf.Page) -> bool:
    """Whether an annotation is drawn on the page."""
    return any(True for _ in drawn_annotations(page))


def drawn_annotations(page: pikepdf.Page) -> Iterator[Any]:
    """The annotations that have an appearance and an area, and are not hidden."""
    for annotation in page.get("/Annots", []):
        if not isinstance(annotation, pikepdf.Dictionary) or "/AP" not in annotation:
            continue
        x0, y0, x1, y1 = (float(v) for v in annotation.get("/Rect", [0, 0, 0, 0]))
        hidden = int(annotation.get("/F", 0)) & 0b100010  # Hidden, NoView
        if not hidden and abs(x1 - x0) > 1 and abs(y1 - y0) > 1:
            yield annotation


def only_signature_stamps(page: pikepdf.Page) -> bool:
    """Whether all that is drawn on top of the page are the stamps of signature fields: their words are text, and are
    read as such. A picture stuck on by somebody is part of what the page says, and has to be seen."""
    return all(
        annotation.get("/FT", annotation.get("/Parent", {}).get("/FT")) == "/Sig"
        for annotation in drawn_annotations(page)
    )


def signature_values(pdf: pikepdf.Pdf) -> list[Any]:
    """The signature dictionaries of the file's filled signature fields."""
    form = pdf.Root.get("/AcroForm")
    found: list[Any] = []

    def visit(field: Any, kind: str, depth: int) -> None:
        if not isinstance(field, pikepdf.Dictionary) or depth > 32:
            return
        kind = str(field.get("/FT", kind))
        if kind == "/Sig" and isinstance(field.get("/V"), pikepdf.Dictionary):
            found.append(field["/V"])
        for kid in field.get("/Kids", []):
            visit(kid, kind, depth + 1)

    for field in form.get("/Fields", []) if isinstance(form, pikepdf.Dictionary) else []:
        visit(field, "", 0)
    return found
