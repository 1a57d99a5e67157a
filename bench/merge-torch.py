"""The Python peers of bench/merge.mjs: python merge-torch.py MODE A B OUTPUT, MODE = formula | mapped | lerp | version.

formula: load both, `A + w*(B-A)` in float32, save. mapped: the same tensor by tensor from the mapped files. lerp: torch.lerp in
the models' own type. Every UNet tensor has weight 0.3; the rest is A's. Prints seconds without imports until the file is written and until it is synced, and peak RSS in MB.
"""

import json
import os
import resource
import sys
import time

import numpy
import safetensors
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

WEIGHT = 0.3
UNET = "model.diffusion_model."


def merge(mode, a, b):
    if mode == "lerp":
        return torch.lerp(a, b, WEIGHT)
    x = a.float()
    return (x + WEIGHT * (b.float() - x)).to(a.dtype)


def main():
    mode, *files = sys.argv[1:]
    if mode == "version":
        print(f"torch {torch.__version__}, safetensors {safetensors.__version__}, numpy {numpy.__version__}")
        return
    path_a, path_b, output = files
    began = time.perf_counter()
    if mode == "mapped":
        result = {}
        with safe_open(path_a, "pt") as a, safe_open(path_b, "pt") as b:
            for key in a.keys():
                result[key] = a.get_tensor(key)
                if key.startswith(UNET):
                    result[key] = merge(mode, result[key], b.get_tensor(key))
            save_file(result, output, {"format": "pt"})
    else:
        a, b = load_file(path_a), load_file(path_b)
        result = {key: merge(mode, a[key], b[key]) if key.startswith(UNET) else a[key] for key in a}
        save_file(result, output, {"format": "pt"})
    written = time.perf_counter() - began
    with open(output, "rb+") as file:
        os.fsync(file.fileno())
    synced = time.perf_counter() - began
    print(json.dumps({"written": written, "synced": synced, "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


main()
