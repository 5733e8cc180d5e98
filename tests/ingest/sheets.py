"""Small pages drawn for the tests of reading: made-up words, a header with two halves, a seal."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

DPI = 150
SIZE = (1240, 1754)
FONTS = Path("/usr/share/texmf/fonts/opentype/public/tex-gyre")
BODY = (
    "Căn cứ Luật Tổ chức chính quyền địa phương ngày 19 tháng 6 năm 2015;",
    "Căn cứ Nghị định số 30/2020/NĐ-CP của Chính phủ về công tác văn thư;",
    "Xét đề nghị của Chánh Văn phòng Ủy ban nhân dân tỉnh Bình Mẫu,",
    "Điều 1. Phê duyệt kế hoạch số hóa hồ sơ, giấy tờ tại bộ phận một cửa.",
    "Điều 2. Giao Sở Nội vụ chủ trì, phối hợp với các cơ quan liên quan.",
    "Điều 3. Quyết định này có hiệu lực thi hành kể từ ngày ký ban hành.",
    "Chánh Văn phòng, Giám đốc các sở chịu trách nhiệm thi hành Quyết định.",
)


def font(points: float, face: str = "regular") -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONTS / f"texgyretermes-{face}.otf"), round(points * DPI / 72))


def sheet(paper: str = "white") -> tuple[Image.Image, ImageDraw.ImageDraw]:
    picture = Image.new("RGB", SIZE, paper)
    return picture, ImageDraw.Draw(picture)


def decision(seal: bool = False, paper: str = "white") -> Image.Image:
    """One administrative page: agency and motto side by side, a title, a body, a signer (under a red seal)."""
    picture, draw = sheet(paper)
    bold, plain = font(12, "bold"), font(13)
    draw.text((330, 120), "ỦY BAN NHÂN DÂN", font=bold, fill="black", anchor="mm")
    draw.text((330, 152), "TỈNH BÌNH MẪU", font=bold, fill="black", anchor="mm")
    draw.text((330, 210), "Số: 15/QĐ-UBND", font=plain, fill="black", anchor="mm")
    draw.text((850, 120), "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", font=bold, fill="black", anchor="mm")
    draw.text((850, 152), "Độc lập - Tự do - Hạnh phúc", font=bold, fill="black", anchor="mm")
    draw.text((850, 210), "Bình Mẫu, ngày 05 tháng 02 năm 2025", font=plain, fill="black", anchor="mm")
    draw.text((620, 320), "QUYẾT ĐỊNH", font=font(14, "bold"), fill="black", anchor="mm")
    for i, line in enumerate(BODY):
        draw.text((180, 400 + 48 * i), line, font=plain, fill="black")
    if seal:
        stamp(draw, (800, 1010))
    draw.text((880, 880), "KT. CHỦ TỊCH", font=bold, fill="black", anchor="mm")
    draw.text((880, 1050), "Trần Văn Mẫu", font=bold, fill="black", anchor="mm")
    return picture


def stamp(draw: ImageDraw.ImageDraw, centre: tuple[int, int], radius: int = 106, ink: str = "#d22630") -> None:
    """A round seal of 36 mm: two rims, a star, and letters round it."""
    x, y = centre
    for r in (radius, radius - 24):
        draw.ellipse((x - r, y - r, x + r, y + r), outline=ink, width=5)
    star = [
        (x + (40 if i % 2 else 16) * math.sin(i * math.pi / 5), y + (40 if i % 2 else 16) * math.cos(i * math.pi / 5))
        for i in range(10)
    ]
    draw.polygon(star, fill=ink)
    for i in range(18):
        angle = i * math.pi / 9
        place = (x + (radius - 12) * math.sin(angle), y - (radius - 12) * math.cos(angle))
        draw.text(place, "TỈNHBÌNHMẪU"[i % 11], font=font(8, "bold"), fill=ink, anchor="mm")


def worn(picture: Image.Image, seed: int = 1) -> Image.Image:
    """As a scanner sees it: uneven light and grain."""
    pixels = np.asarray(picture).astype(np.float32)
    height, width = pixels.shape[:2]
    shade = np.linspace(0.78, 1.0, width)[None, :, None] * np.linspace(1.0, 0.9, height)[:, None, None]
    grain = np.random.default_rng(seed).normal(0, 6, pixels.shape)
    return Image.fromarray(np.clip(pixels * shade + grain, 0, 255).astype(np.uint8))
