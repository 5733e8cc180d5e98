"""A printed page as a desk scanner gives it: a little askew, a little grey, a little soft, as JPEG."""

from __future__ import annotations

import random

import cv2
import numpy as np
from PIL import Image


def scanned(page: Image.Image, rng: random.Random) -> Image.Image:
    """The page (RGB) after a scanner and a feeder of middling quality, of the same size."""
    pixels = np.asarray(page.convert("RGB")).astype(np.float32)
    high, wide = pixels.shape[:2]
    turn = cv2.getRotationMatrix2D((wide / 2, high / 2), rng.uniform(-0.9, 0.9), rng.uniform(0.985, 1.0))
    pixels = cv2.warpAffine(pixels, turn, (wide, high), flags=cv2.INTER_CUBIC, borderValue=(250, 250, 248))
    if rng.random() < 0.6:
        pixels = cv2.GaussianBlur(pixels, (0, 0), rng.uniform(0.3, 0.8))
    paper, ink = rng.uniform(232, 253), rng.uniform(0, 55)
    pixels = ink + pixels * (paper - ink) / 255
    shade = np.linspace(rng.uniform(0.93, 1), 1, wide, dtype=np.float32) * np.linspace(
        1, rng.uniform(0.94, 1), high, dtype=np.float32
    ).reshape(-1, 1)
    noise = np.random.default_rng(rng.randrange(2**32)).normal(0, rng.uniform(1, 7), (high, wide, 1))
    pixels = pixels * shade[..., None] + noise.astype(np.float32)
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
