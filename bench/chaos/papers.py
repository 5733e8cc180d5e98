"""Small papers: one grey page each, no two of the same bytes."""

from __future__ import annotations

from pathlib import Path

import img2pdf
import numpy as np
from PIL import Image

_SIZE, _DPI = (413, 584), 50


def write_papers(folder: Path, count: int, seed: int) -> list[Path]:
    """`count` one-page PDFs of some 30 kB each; the same bytes for the same seed."""
    folder.mkdir(parents=True, exist_ok=True)
    grain = np.random.default_rng(seed)
    layout = img2pdf.get_fixed_dpi_layout_fun((_DPI, _DPI))
    written = []
    for number in range(count):
        picture = folder / "page.jpg"
        rows = np.full((_SIZE[1], _SIZE[0]), 240, np.int16)
        rows[40::14, 40:-40] = 40
        rows += grain.integers(-6, 6, rows.shape, dtype=np.int16)
        Image.fromarray(rows.clip(0, 255).astype(np.uint8)).save(picture, quality=40, dpi=(_DPI, _DPI))
        written.append(folder / f"{number:04}.pdf")
        with written[-1].open("wb") as stream:
            img2pdf.convert([str(picture)], layout_fun=layout, outputstream=stream)
        picture.unlink()
    return written
