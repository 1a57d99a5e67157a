"""The measures of the `quality` scorer in OpenCV and NumPy, timed: one JSON object on stdout. Used by scorers.mjs.

Left out, so that autombw does a little more: quiet noise, luma range and clipped areas.
"""
import json
import sys
import time

import cv2
import numpy as np

cv2.setNumThreads(1)
NOISE_KERNEL = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)


def shrink(image, long_side):
    height, width = image.shape[:2]
    if max(height, width) <= long_side:
        return image
    scale = long_side / max(height, width)
    return cv2.resize(image, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)


def sharpness(grey):
    height, width = grey.shape
    signed = grey.astype(np.int16)
    laplacian = cv2.Laplacian(signed, cv2.CV_16S)
    # numpy's var() over float64 costs more than OpenCV's own pass.
    variance = cv2.meanStdDev(laplacian)[1][0, 0] ** 2
    across = cv2.Sobel(grey, cv2.CV_32F, 1, 0)[1:-1, 1:-1]
    down = cv2.Sobel(grey, cv2.CV_32F, 0, 1)[1:-1, 1:-1]
    energy = (cv2.norm(across, cv2.NORM_L2SQR) + cv2.norm(down, cv2.NORM_L2SQR)) / across.size
    filtered = cv2.filter2D(grey, cv2.CV_32F, NOISE_KERNEL)[1:-1, 1:-1]
    noise = np.sqrt(np.pi / 2) * cv2.norm(filtered, cv2.NORM_L1) / (6 * (width - 2) * (height - 2))
    return {"laplacianVariance": variance, "tenengrad": energy, "noise": noise}


def measure(rgb):
    working = shrink(rgb, 768)
    thumbnail = shrink(working, 64).astype(np.float64)
    grey = cv2.cvtColor(working, cv2.COLOR_RGB2GRAY)
    values = sharpness(grey)
    sharpness(cv2.resize(grey, (grey.shape[1] // 2, grey.shape[0] // 2), interpolation=cv2.INTER_AREA))
    counts = np.bincount(grey.ravel(), minlength=256)
    shares = counts / grey.size
    levels = np.arange(256)
    mean = (shares * levels).sum()
    values["contrast"] = np.sqrt((shares * (levels - mean) ** 2).sum()) / 255
    values["brightness"] = mean / 255
    present = shares[shares > 0]
    values["entropy"] = -(present * np.log2(present)).sum()
    red, green, blue = thumbnail[..., 0], thumbnail[..., 1], thumbnail[..., 2]
    rg, yb = red - green, (red + green) / 2 - blue
    values["colourfulness"] = np.hypot(rg.std(), yb.std()) + 0.3 * np.hypot(rg.mean(), yb.mean())
    most = thumbnail.max(-1)
    values["saturation"] = ((most - thumbnail.min(-1)) / np.maximum(most, 1)).mean()
    return {name: float(value) for name, value in values.items()}


def median(work, rounds=15):
    times = []
    for _ in range(rounds + 5):
        began = time.process_time()
        work()
        times.append(1000 * (time.process_time() - began))
    return sorted(times[5:])[rounds // 2]


def decode():
    return cv2.cvtColor(cv2.imdecode(encoded, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)


encoded = np.fromfile(sys.argv[1], np.uint8)
pixels = decode()
print(
    json.dumps(
        {
            "cv2": cv2.__version__,
            "numpy": np.__version__,
            "decode": median(decode),
            "measures": median(lambda: measure(pixels)),
            "both": median(lambda: measure(decode())),
            "values": measure(pixels),
        }
    )
)
