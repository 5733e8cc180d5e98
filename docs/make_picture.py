"""Draws docs/result.png from a finished demo: `python docs/make_picture.py DEMO-FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path

import pypdfium2
from PIL import Image, ImageDraw, ImageFont

from motlan.settings import load
from motlan.wiring import House
from schemas.manifest import Manifest
from specimens.fonts import font

HEIGHT, MARGIN, PANEL = 920, 28, 620
INK, SOFT, GREEN, OCHRE, PAPER = (30, 34, 42), (110, 114, 122), (28, 116, 66), (168, 108, 0), (250, 248, 243)


def rendered(path: Path, page: int = 0) -> Image.Image:
    """One page of a PDF, as high as the picture."""
    document = pypdfium2.PdfDocument(path)
    document.init_forms()  # else the stamp, which is a signature field, is not drawn
    sheet = document[page]
    return sheet.render(scale=HEIGHT / sheet.get_height()).to_pil().convert("RGB")


def chosen(house: House) -> Manifest:
    """The marriage certificate with the most accepted fields: two columns, a red seal, a turned page."""
    heads = [house.records.head(record) for record in house.records.records()]
    fit = [m for m in heads if m and m.type == "marriage_certificate" and m.source.file_name.endswith(".pdf")]
    return max(fit, key=lambda m: sum(field.accepted for field in m.fields.values()))


def panel(manifest: Manifest) -> Image.Image:
    """What was read, as a column of text."""
    image = Image.new("RGB", (PANEL, HEIGHT), PAPER)
    draw = ImageDraw.Draw(image)

    def put(text: str, y: int, colour: tuple[int, int, int], size: int, face: str = "", x: int = 0) -> None:
        letters: ImageFont.FreeTypeFont = font("sans", face, size)
        while letters.getlength(text) > PANEL - x and len(text) > 4:
            text = text[:-2] + "…"
        draw.text((x, y), text, fill=colour, font=letters)

    put(manifest.type_name, 6, INK, 26, "b")
    put(manifest.record, 46, SOFT, 15)
    y = 92
    for name, field in manifest.fields.items():
        if field.accepted:
            draw.line([(2, y + 16), (8, y + 23), (18, y + 8)], fill=GREEN, width=4, joint="curve")
        else:
            put("?", y + 2, OCHRE, 22, "b")
        put(name, y, SOFT, 14, x=30)
        put(field.value or "–", y + 18, INK, 19, x=30)
        y += 58
    seal = manifest.seal
    if seal:
        level = seal.signatures[-1].level if seal.signatures else ""
        put(f"Dấu niêm: {seal.verdict} · PAdES {level} · PDF/A-2b", y + 14, INK, 18, "b")
    return image


def main() -> None:
    """Scan, archival copy and fields, side by side."""
    house = House(load(Path(sys.argv[1]) / "data"))
    manifest = chosen(house)
    paths = {}
    for role in ("original", "archival"):
        kept = manifest.representation(role)
        assert kept is not None
        with house.archive.path(kept.sha256) as path:
            first = manifest.source.pages[0] - 1 if role == "original" else 0
            paths[role] = rendered(path, first)
    parts = [paths["original"], paths["archival"], panel(manifest)]
    width = sum(part.width for part in parts) + MARGIN * (len(parts) + 1)
    canvas = Image.new("RGB", (width, HEIGHT + 2 * MARGIN), PAPER)
    x = MARGIN
    for part in parts:
        canvas.paste(part, (x, MARGIN))
        if part is not parts[-1]:
            ImageDraw.Draw(canvas).rectangle((x, MARGIN, x + part.width, MARGIN + HEIGHT), outline=(205, 200, 190))
        x += part.width + MARGIN
    canvas.quantize(256).save(Path(__file__).with_name("result.png"), optimize=True)


if __name__ == "__main__":
    main()
