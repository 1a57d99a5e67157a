"""Writes tests/fixtures/onnx/crops: what each profile must make of each picture.

Of a crop the SHA-256 of all its bytes is kept, and a window of it as PNG to look at when they differ; of a tensor a few
hundred values.
"""
import hashlib
import json

import numpy as np
from PIL import Image

import pictures
import profiles
from versions import versions

OUT = pictures.ROOT / "tests/fixtures/onnx/crops"
WINDOW = 72
PICTURES = [
    {"name": "astronaut", "width": 256, "height": 256},
    {"name": "chelsea", "width": 832, "height": 1216},
    {"name": "coffee", "width": 640, "height": 427},
    {"name": "pattern", "width": 301, "height": 97},
    {"name": "pattern", "width": 224, "height": 225},
    {"name": "pattern", "width": 61, "height": 700},
    {"name": "pattern", "width": 400, "height": 90},
]


def window(side: int) -> tuple[int, int]:
    """From just off the middle, at an odd place."""
    start = (side - WINDOW) // 2 + 5
    return start, min(start + WINDOW, side)


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    rows = []
    for number, picture in enumerate(PICTURES):
        pixels = pictures.make(picture)
        for profile in profiles.PROFILES:
            crop, tensor = profiles.preprocess(profile, pixels)
            flat = tensor.ravel()
            at = np.arange(0, flat.size, max(1, flat.size // 97))[:97]
            row = {
                "profile": profile,
                "picture": number,
                "shape": list(tensor.shape),
                "at": at.tolist(),
                "values": [float(v) for v in flat[at]],
                "mean": float(flat.astype(np.float64).mean()),
            }
            if crop is not None:
                row["sha256"] = hashlib.sha256(np.ascontiguousarray(crop).tobytes()).hexdigest()
                if number == 1:
                    (top, bottom), (left, right) = window(crop.shape[0]), window(crop.shape[1])
                    name = f"{profile}.png"
                    Image.fromarray(crop[top:bottom, left:right]).save(OUT / name, optimize=True)
                    row["window"] = {"file": name, "left": left, "top": top}
            rows.append(row)
    inputs = [
        {**picture, "sha256": hashlib.sha256(pictures.make(picture).tobytes()).hexdigest()} for picture in PICTURES
    ]
    text = json.dumps({"madeBy": versions(), "pictures": inputs, "crops": rows}, separators=(",", ":"))
    (OUT / "crops.json").write_text(text + "\n")


main()
