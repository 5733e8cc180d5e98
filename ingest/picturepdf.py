"""Picture files as PDF pages without a second compression: a JPEG's stream and a PNG's data go in as they are,
1-bit TIFF as CCITT group 4, everything else (HEIC, colour TIFF, transparency, CMYK) losslessly deflated."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import img2pdf
import pikepdf
import pillow_heif
from PIL import Image, ImageCms, ImageOps

_DEFAULT_DPI = 300.0
_ORIENTATION = 0x0112  # EXIF tag
_PURE_TURNS = (0, 1, 3, 6, 8)  # its values that turn without mirroring

pillow_heif.register_heif_opener()


def write_pages(original: Path, kind: str, pages: Sequence[int], dpi: Sequence[float], work: Path) -> Path:
    """A PDF in `work` with the given pages (from 1) of a picture file, each as large as its dots an inch say."""
    with Image.open(original) as picture:  # once: finding a page of a long TIFF means walking over all before it
        singles = []
        for number, (page, scale) in enumerate(zip(pages, dpi, strict=True)):
            picture.seek(page - 1)
            singles.append(_single(original, kind, picture, scale, work / f"page-{number:05d}.pdf"))
    return singles[0] if len(singles) == 1 else join(singles, work / "pictures.pdf")


def join(parts: Sequence[Path], out: Path) -> Path:
    """One PDF of all parts, which are removed. qpdf reads each picture only when it writes it."""
    names = [str(part) for part in parts]
    pikepdf.Job(["motlan", "--empty", "--deterministic-id", "--pages", *names, "--", str(out)]).run()
    for part in parts:
        part.unlink()
    return out


def _single(original: Path, kind: str, picture: Image.Image, dpi: float, out: Path) -> Path:
    """One page. The picture stands as it is stored; an EXIF turn becomes the page's /Rotate."""
    scale = dpi if dpi > 0 else _DEFAULT_DPI
    layout = img2pdf.get_fixed_dpi_layout_fun((scale, scale))
    with out.open("wb") as stream:
        img2pdf.convert(
            _encoded(original, kind, picture),
            outputstream=stream,
            layout_fun=layout,
            rotation=img2pdf.Rotation.ifvalid,
            nodate=True,
            engine=img2pdf.Engine.pikepdf,
        )
    return out


def _encoded(original: Path, kind: str, picture: Image.Image) -> bytes:
    """Bytes that img2pdf copies without decoding: the file itself where it may, else the page encoded losslessly."""
    if kind in ("jpeg", "png") and _is_plain(picture, kind):
        return original.read_bytes()
    upright = ImageOps.exif_transpose(picture)
    out = BytesIO()
    if upright.mode == "1":
        upright.info = {}
        upright.save(out, "TIFF", compression="group4")
    else:
        _flat(upright).save(out, "PNG")
    return out.getvalue()


def _is_plain(picture: Image.Image, kind: str) -> bool:
    """Whether the file's own data can stand in a PDF/A page: no alpha, no CMYK, no mirrored EXIF orientation."""
    turn = picture.getexif().get(_ORIENTATION, 1)
    turnable = turn in _PURE_TURNS if kind == "jpeg" else turn <= 1
    plain = picture.mode in ("1", "L", "P", "RGB") and "transparency" not in picture.info
    return plain and turnable and _profile_fits(picture)


def _profile_fits(picture: Image.Image) -> bool:
    """A colour profile that is broken or of another colour space would make the PDF/A invalid."""
    profile = picture.info.get("icc_profile")
    if not profile:
        return True
    try:
        space = ImageCms.ImageCmsProfile(BytesIO(profile)).profile.xcolor_space.strip()
    except (OSError, ImageCms.PyCMSError):
        return False
    return bool(space == {"RGB": "RGB", "P": "RGB", "L": "GRAY", "1": "GRAY"}.get(picture.mode))


def _flat(picture: Image.Image) -> Image.Image:
    """Grey or RGB on white paper, without profile: a PDF/A page needs neither alpha nor CMYK."""
    if picture.mode in ("LA", "PA", "RGBA", "RGBa") or "transparency" in picture.info:
        seen = picture.convert("RGBA")
        paper = Image.new("RGBA", seen.size, "white")
        flat = Image.alpha_composite(paper, seen).convert("RGB")
    elif picture.mode in ("L", "RGB"):
        flat = picture.copy()
    elif picture.mode.startswith("I") or picture.mode == "F":
        flat = picture.point(lambda value: value / 256).convert("L")
    else:
        flat = picture.convert("RGB")
    flat.info = {}
    return flat
