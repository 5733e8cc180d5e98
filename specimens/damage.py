"""What scanner, copier, phone and time do to a page: `Damage` for made-up papers, `apply` for any page picture."""

from __future__ import annotations

import io
import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from specimens.ink import boxed_stamp, multiply, seal_stamp

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Damage:
    """All off by default but seal and signature. Angles in degrees clockwise; noise in grey levels; light 0..1 is the
    darkening at the dark edge; blur is a sigma in pixels at 200 dpi; jpeg 0 means no JPEG round trip."""

    seal: bool = True
    signature: bool = True
    skew: float = 0.0
    turn: int = 0
    noise: float = 0.0
    light: float = 0.0
    blur: float = 0.0
    grey: bool = False
    fax: bool = False
    jpeg: int = 88

    @classmethod
    def level(cls, level: int, seed: int | str = 0) -> Damage:
        """0 clean print, 1 good scanner, 2 ordinary office scan, 3 bad copy."""
        rng = random.Random(f"damage:{level}:{seed}")
        if level <= 0:
            return cls()
        sign = rng.choice((-1, 1))
        if level == 1:
            return cls(skew=sign * rng.uniform(0, 0.6), noise=rng.uniform(1, 3), light=0.04, blur=0.4, jpeg=88)
        if level == 2:
            skew, noise = sign * rng.uniform(0.3, 1.6), rng.uniform(3, 7)
            return cls(skew=skew, noise=noise, light=0.12, blur=0.6, jpeg=78, grey=rng.random() < 0.3)
        skew, noise = sign * rng.uniform(1.2, 3), rng.uniform(8, 14)
        return cls(skew=skew, noise=noise, light=0.28, blur=0.9, jpeg=60, grey=rng.random() < 0.5)


def scan(page: Image.Image, damage: Damage, dpi: int, rng: random.Random) -> Image.Image:
    """The page as a scanner hands it over. Keeps the size, but for turning by 90 or 270."""
    pixels = np.array(page.convert("L") if damage.grey or damage.fax else page)
    if damage.skew:
        pixels = _skewed(pixels, damage.skew)
    if damage.blur:
        pixels = np.asarray(cv2.GaussianBlur(pixels, (0, 0), damage.blur * dpi / 200), dtype=np.uint8)
    if damage.light or damage.noise:
        pixels = _exposed(pixels, damage, rng)
    if damage.turn:
        pixels = np.ascontiguousarray(np.rot90(pixels, -damage.turn // 90))
    if damage.fax:
        return (
            Image.fromarray(pixels)
            .point(lambda value: 255 if value > 150 else 0)
            .convert("1", dither=Image.Dither.NONE)
        )
    picture = Image.fromarray(pixels)
    return _through_jpeg(picture, damage.jpeg) if damage.jpeg else picture


def _skewed(pixels: Pixels, degrees: float) -> Pixels:
    high, wide = pixels.shape[:2]
    matrix = cv2.getRotationMatrix2D((wide / 2, high / 2), -degrees, 1.0)
    edge = (250, 250, 250)
    return np.asarray(
        cv2.warpAffine(pixels, matrix, (wide, high), flags=cv2.INTER_LINEAR, borderValue=edge), dtype=np.uint8
    )


def _exposed(pixels: Pixels, damage: Damage, rng: random.Random) -> Pixels:
    """Uneven light and sensor noise as one signed layer; the noise is a tile repeated, so that it costs little."""
    high, wide = pixels.shape[:2]
    layer = np.zeros((high, wide), dtype=np.float32)
    if damage.light:
        angle = rng.uniform(0, 2 * math.pi)
        ramp = np.linspace(-0.5, 0.5, wide, dtype=np.float32)[None, :] * math.cos(angle)
        ramp = ramp + np.linspace(-0.5, 0.5, high, dtype=np.float32)[:, None] * math.sin(angle)
        layer -= (ramp + 0.5) * (255 * damage.light)
    if damage.noise:
        tile = np.random.default_rng(rng.getrandbits(32)).standard_normal((512, 768), dtype=np.float32) * damage.noise
        layer += np.tile(tile, (high // 512 + 1, wide // 768 + 1))[:high, :wide]
    signed: NDArray[np.int16] = layer.astype(np.int16)
    if pixels.ndim == 3:
        signed = np.asarray(cv2.merge([signed, signed, signed]), dtype=np.int16)
    return np.asarray(cv2.add(pixels, signed, dtype=cv2.CV_8U), dtype=np.uint8)


def _through_jpeg(picture: Image.Image, quality: int) -> Image.Image:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    buffer.seek(0)
    again = Image.open(buffer)
    again.load()
    return again


def without_seal(damage: Damage) -> Damage:
    """The same damage on a paper nobody sealed yet."""
    return replace(damage, seal=False)


# -- named damages of any page picture ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Page:
    """A page picture on its way through a damage: grey or RGB pixels, its resolution, chance, and how much (0..1)."""

    pixels: Pixels
    dpi: float
    rng: random.Random
    much: float

    def mm(self, length: float) -> float:
        """Millimetres on the paper as pixels."""
        return length / 25.4 * self.dpi

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        high, wide = self.pixels.shape[:2]
        return high, wide

    def times(self, layer: NDArray[np.float32]) -> Pixels:
        """The page under a layer of light: (height, width), 1 leaves a pixel as it is."""
        factor = layer if self.pixels.ndim == 2 else layer[..., None]
        return np.asarray(np.clip(self.pixels * factor, 0, 255), dtype=np.uint8)


Harm = Callable[[_Page], Pixels]


def _lean(degrees: float) -> Harm:
    return lambda page: _skewed(page.pixels, degrees * page.much)


def _uneven_light(page: _Page) -> Pixels:
    """A lamp at one side, and the shadow of a book's fold or of a lid that did not close along one edge."""
    high, wide = page.size
    angle = page.rng.uniform(0, 2 * math.pi)
    across = np.linspace(-0.5, 0.5, wide, dtype=np.float32)[None, :]
    down = np.linspace(-0.5, 0.5, high, dtype=np.float32)[:, None]
    ramp = (across * math.cos(angle) + down * math.sin(angle)) / (abs(math.cos(angle)) + abs(math.sin(angle)))
    edge = 0.5 + across if page.rng.random() < 0.5 else 0.5 - across
    shadow = np.exp(-edge * wide / page.mm(14))
    return page.times((1 - page.much * (0.4 * (ramp + 0.5) + 0.35 * shadow)).astype(np.float32))


def _noisy(page: _Page) -> Pixels:
    """Sensor noise, and specks of dust and toner."""
    damage = Damage(noise=14 * page.much)
    pixels = _exposed(page.pixels, damage, page.rng)
    high, wide = page.size
    for _ in range(round(180 * page.much * (high * wide) / (page.mm(210) * page.mm(297)))):
        spot = (page.rng.randrange(wide), page.rng.randrange(high))
        shade = page.rng.choice((30, 60, 90, 250))
        cv2.circle(pixels, spot, max(1, round(page.mm(page.rng.uniform(0.08, 0.22)))), (shade, shade, shade), -1)
    return pixels


def _bled_through(page: _Page) -> Pixels:
    """The back shines through: this page's own print mirrored, shifted, softened and pale."""
    back = cv2.GaussianBlur(page.pixels[:, ::-1], (0, 0), max(0.6, page.mm(0.22)))
    shift = (page.mm(page.rng.uniform(-6, 6)), page.mm(page.rng.uniform(3, 12)))
    high, wide = page.size
    white = (255, 255, 255)
    back = cv2.warpAffine(back, np.array([[1, 0, shift[0]], [0, 1, shift[1]]]), (wide, high), borderValue=white)
    veil = 255 - (255 - back.astype(np.float32)) * (0.3 * page.much)
    return np.asarray(page.pixels * veil / 255, dtype=np.uint8)


def _stamped(page: _Page) -> Pixels:
    """A round seal, the stamp of incoming mail and a boxed word, printed over rows that carry text."""
    dpi = round(page.dpi)
    day = f"Ngày: {page.rng.randint(1, 28):02d}/{page.rng.randint(1, 12):02d}/2025"
    stamps = [
        seal_stamp("ỦY BAN NHÂN DÂN XÃ MẪU * ", "", dpi, page.rng.uniform(32, 38)),
        boxed_stamp(("ĐẾN", f"Số: {page.rng.randint(10, 4000)}", day), dpi, colour=(40, 50, 150)),
        boxed_stamp((page.rng.choice(("SAO Y BẢN CHÍNH", "ĐÃ SỐ HÓA", "ĐÃ THU PHÍ")),), dpi, colour=(150, 40, 120)),
    ]
    picture = Image.fromarray(page.pixels)
    dark = (page.pixels if page.pixels.ndim == 2 else page.pixels[..., 1]) < 128
    inked = np.flatnonzero(dark.mean(axis=1) > 0.005)
    rows = inked if inked.size else np.arange(picture.height)
    for number, stamp in enumerate(stamps):
        pale = stamp.point(lambda value: 255 - round((255 - value) * page.much))
        pale = pale.rotate(page.rng.uniform(-12, 12), expand=True, fillcolor="white", resample=Image.Resampling.BICUBIC)
        left = page.rng.uniform(0.08, 0.62) * picture.width
        top = float(np.quantile(rows, (0.1 + 0.35 * number + page.rng.uniform(0, 0.12)))) - pale.height / 2
        multiply(picture, pale.convert(picture.mode), round(left), round(top))
    return np.asarray(picture)


def _folded(page: _Page) -> Pixels:
    """Folded twice across and once along: shades that change at a fold, a dark and a worn line, rows that shift."""
    high, wide = page.size
    light = np.ones((high, wide), dtype=np.float32)
    worn = np.zeros((high, wide), dtype=np.float32)
    across = [high * (share + page.rng.uniform(-0.02, 0.02)) for share in (1 / 3, 2 / 3)]
    for places, length, axis in ((across, high, 0), ([wide * page.rng.uniform(0.48, 0.52)], wide, 1)):
        for place in places:
            away = np.arange(length, dtype=np.float32) - place
            reach = page.mm(22)
            shade = -0.16 * np.exp(-np.abs(away) / reach) * np.sign(away) * page.rng.choice((-1, 1))
            line = 0.35 * np.exp(-((away / max(1.0, page.mm(0.25))) ** 2))
            crack = np.exp(-(((away - page.mm(0.35)) / max(1.0, page.mm(0.2))) ** 2))
            light += _along((shade - line) * page.much, axis)
            worn += _along(0.7 * crack * page.much, axis)
    patches = np.random.default_rng(page.rng.getrandbits(32)).random((high // 24 + 1, wide // 24 + 1), dtype=np.float32)
    worn *= cv2.resize(patches, (wide, high), interpolation=cv2.INTER_LINEAR) > 0.45
    pixels = page.times(light).astype(np.float32)
    layer = worn if pixels.ndim == 2 else worn[..., None]
    pixels += (245 - pixels) * np.clip(layer, 0, 1)
    shift = _along(np.zeros(high, dtype=np.float32), 0) + np.zeros((high, wide), dtype=np.float32)
    shift[round(across[0]) : round(across[1])] = page.mm(0.5) * page.much * page.rng.choice((-1, 1))
    columns = np.arange(wide, dtype=np.float32)[None, :] + shift
    rows = np.repeat(np.arange(high, dtype=np.float32)[:, None], wide, axis=1)
    moved = cv2.remap(pixels, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, dtype=np.uint8)


def _along(profile: NDArray[np.float32], axis: int) -> NDArray[np.float32]:
    """A profile down (axis 0) or across (axis 1) a page, ready to be spread over it."""
    return profile[:, None] if axis == 0 else profile[None, :]


def _photographed(page: _Page) -> Pixels:
    """A phone held askew over the paper on a darker table: perspective, uneven light, a soft lens, its JPEG. The
    picture grows by the table around the paper; the paper keeps about its scale."""
    high, wide = page.size
    wider, higher = round(wide * 1.2), round(high * 1.16)
    tilt, turn = page.much * page.rng.uniform(0.05, 0.11), math.radians(page.much * page.rng.uniform(-4, 4))
    narrow = {"top": (tilt, 0.0), "bottom": (0.0, tilt)}[page.rng.choice(("top", "bottom"))]
    corners = []
    for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
        near = (1 - narrow[0] if y < 0 else 1 - narrow[1]) + page.much * page.rng.uniform(-0.012, 0.012)
        px, py = x * near * wide / 2, y * (1 - tilt * 0.5) * high / 2
        corners.append(
            (
                wider / 2 + px * math.cos(turn) - py * math.sin(turn),
                higher / 2 + px * math.sin(turn) + py * math.cos(turn),
            )
        )
    before = np.array([(0, 0), (wide, 0), (wide, high), (0, high)], dtype=np.float32)
    matrix = cv2.getPerspectiveTransform(before, np.array(corners, dtype=np.float32))
    colour = page.pixels if page.pixels.ndim == 3 else cv2.cvtColor(page.pixels, cv2.COLOR_GRAY2RGB)
    paper = cv2.warpPerspective(colour, matrix, (wider, higher), flags=cv2.INTER_AREA)
    cover = cv2.warpPerspective(np.full((high, wide), 255, np.uint8), matrix, (wider, higher))
    shadow = cv2.GaussianBlur(cover, (0, 0), page.mm(5)).astype(np.float32) / 255
    table = _table(page, wider, higher) * (1 - 0.35 * shadow[..., None])
    alpha = cover.astype(np.float32)[..., None] / 255
    scene = table + (paper - table) * alpha
    lens = replace(page, pixels=np.asarray(scene, dtype=np.uint8))
    lit = replace(lens, pixels=_lamp(lens))
    soft = cv2.GaussianBlur(lit.pixels, (0, 0), 0.3 + page.much * page.dpi / 400)
    noisy = _exposed(np.asarray(soft, dtype=np.uint8), Damage(noise=4 * page.much), page.rng)
    return np.asarray(_through_jpeg(Image.fromarray(noisy), 80))


def _table(page: _Page, wide: int, high: int) -> NDArray[np.float32]:
    """A brown or grey table top with a grain along its length."""
    base = np.array(page.rng.choice(((104, 74, 50), (84, 84, 88), (62, 52, 46), (120, 100, 78))), dtype=np.float32)
    chance = np.random.default_rng(page.rng.getrandbits(32))
    grain = chance.normal(0, 9, (max(2, high // 6), max(2, wide // 160))).astype(np.float32)
    return base + np.asarray(cv2.resize(grain, (wide, high), interpolation=cv2.INTER_CUBIC))[..., None]


def _lamp(page: _Page) -> Pixels:
    """The pool of light of one lamp, a little warm; corners are darker."""
    high, wide = page.size
    x, y = page.rng.uniform(0.15, 0.85) * wide, page.rng.uniform(0.1, 0.6) * high
    across = (np.arange(wide, dtype=np.float32)[None, :] - x) / wide
    down = (np.arange(high, dtype=np.float32)[:, None] - y) / high
    light = 1.02 - page.much * 0.55 * (across**2 + down**2)
    warm = np.array((1.0, 0.985, 0.95), dtype=np.float32) ** page.much
    return np.asarray(np.clip(page.pixels * light[..., None] * warm, 0, 255), dtype=np.uint8)


_HARMS: Final[dict[str, Harm]] = {
    "skew+3": _lean(3.0),
    "skew-3": _lean(-3.0),
    "light": _uneven_light,
    "noise": _noisy,
    "bleed": _bled_through,
    "stamps": _stamped,
    "folds": _folded,
    "phone": _photographed,
}
_RESOLUTIONS: Final = {"150dpi": 150, "200dpi": 200, "fax": 200}
DAMAGES: Final[tuple[str, ...]] = (
    "skew+3", "skew-3", "150dpi", "200dpi", "jpeg40", "light", "noise", "bleed", "stamps", "fax", "folds", "phone",
)  # fmt: skip


def apply(picture: Image.Image, name: str, dpi: float, seed: int | str, *, strength: float = 1.0) -> Image.Image:
    """Any page picture, made-up or real, after one damage of `DAMAGES`; the same arguments give the same pixels. `dpi`
    is the picture's resolution; the result's own stands in `info["dpi"]`, for "150dpi", "200dpi" and "fax" make a finer
    picture smaller (never larger). `strength` from 0 to 1 says how much of it (not how fine). The result is grey or RGB
    as the picture was, but for "fax" (mode "1") and "phone" (RGB, larger by the table around the paper). Raises
    KeyError for an unknown name."""
    if name not in DAMAGES:
        raise KeyError(name)
    picture = _plain(picture)
    target = min(dpi, _RESOLUTIONS.get(name, dpi))
    if target < dpi:
        size = (round(picture.width * target / dpi), round(picture.height * target / dpi))
        picture = picture.resize(size, Image.Resampling.BOX, reducing_gap=2.0)
    rng = random.Random(f"{name}:{seed}")
    if name == "fax":
        result = _faxed(picture, rng, strength)
    elif name == "jpeg40":
        result = _through_jpeg(picture, round(92 - 52 * strength))
    elif name in _HARMS:
        result = Image.fromarray(_HARMS[name](_Page(np.array(picture), target, rng, strength)))
    else:
        result = picture.copy()
    result.info = {"dpi": (target, target)}
    return result


def apply_all(
    picture: Image.Image, names: Sequence[str], dpi: float, seed: int | str, *, strength: float = 1.0
) -> Image.Image:
    """Several damages one after the other, each at the resolution that the one before left."""
    for name in names:
        picture = apply(picture, name, dpi, seed, strength=strength)
        dpi = float(picture.info["dpi"][0])
    return picture


def _plain(picture: Image.Image) -> Image.Image:
    """Grey or RGB; what is transparent lies on white."""
    if picture.mode in ("L", "RGB"):
        return picture
    if picture.mode in ("1", "I;16", "I", "F"):
        return picture.convert("L")
    if "A" in picture.mode or "transparency" in picture.info:
        clear = picture.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", clear.size, "white"), clear).convert("RGB")
    return picture.convert("RGB")


def _faxed(picture: Image.Image, rng: random.Random, much: float) -> Image.Image:
    """One bit a pixel through a coarse threshold, specks, and rows the line lost (each repeats the one before)."""
    grey = np.asarray(picture.convert("L"), dtype=np.float32)
    high, wide = grey.shape
    rough = np.random.default_rng(rng.getrandbits(32)).normal(0, 26 * much, (high, wide)).astype(np.float32)
    black = cv2.GaussianBlur(grey, (0, 0), 0.45 + 0.35 * much) + rough < 150
    for _ in range(round(4 * much)):
        row = rng.randrange(1, high)
        black[row : row + 2] = black[row - 1]
    return Image.fromarray(np.where(black, 0, 255).astype(np.uint8)).convert("1", dither=Image.Dither.NONE)
