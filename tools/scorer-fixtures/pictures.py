"""The pictures that both sides make: photographs of tests/fixtures/score, tiled and cut, and a formula in whole numbers."""
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
PHOTOGRAPHS = ROOT / "tests/fixtures/score"


def photograph(name: str, width: int, height: int) -> np.ndarray:
    """Tiled, every second copy mirrored, and cut to the size."""
    pixels = np.asarray(Image.open(PHOTOGRAPHS / f"{name}.jpg").convert("RGB"))
    rows = folded(height, pixels.shape[0])
    columns = folded(width, pixels.shape[1])
    return np.ascontiguousarray(pixels[rows][:, columns])


def folded(length: int, period: int) -> np.ndarray:
    at = np.arange(length)
    inside = at % period
    return np.where((at // period) % 2 == 0, inside, period - 1 - inside)


def pattern(width: int, height: int) -> np.ndarray:
    """Edges of every direction and steepness; nothing is smooth."""
    y, x = np.mgrid[0:height, 0:width]
    red = (7 * x + 3 * y + ((x * y) >> 3)) & 255
    green = ((x ^ y) * 5) & 255
    blue = ((x >> 2) * (y >> 1) + 11 * x) & 255
    return np.stack([red, green, blue], axis=-1).astype(np.uint8)


def make(picture: dict) -> np.ndarray:
    size = picture["width"], picture["height"]
    return pattern(*size) if picture["name"] == "pattern" else photograph(picture["name"], *size)
