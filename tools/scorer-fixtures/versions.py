from importlib.metadata import version

PACKAGES = ["torch", "torchvision", "transformers", "tokenizers", "safetensors", "numpy", "onnx", "pillow", "opencv-python-headless"]


def versions() -> dict[str, str]:
    return {name: version(name) for name in PACKAGES}
