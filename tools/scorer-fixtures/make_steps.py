"""Writes tests/fixtures/onnx/steps: profiles that resize before they cut or pad at an edge, heads with batch normalisation or one
shared storage, and graphs that give probabilities, a map or boxes; and what Pillow, torchvision, PyTorch and ONNX Runtime make of them.

It needs neither transformers nor OpenCV.
"""
import hashlib
import json
from importlib.metadata import version

import numpy as np
import onnx
import onnxruntime
import torch

_register_fake = torch.library.register_fake
# Only torchvision.transforms is used: its compiled operators may be absent (CPU builds of torch).
torch.library.register_fake = lambda op, *a, **k: (
    (lambda f: f) if str(op).startswith("torchvision::") else _register_fake(op, *a, **k)
)
import torchvision.transforms as T
from onnx import TensorProto, helper, numpy_helper
from PIL import Image
from safetensors.torch import save_file
from torch import nn

import pictures

FIXTURES = pictures.ROOT / "tests/fixtures/onnx"
OUT = FIXTURES / "steps"
WIDTH = 24
IMAGENET = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
CLIP = ([0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711])
BICUBIC = T.InterpolationMode.BICUBIC
PICTURES = [
    {"name": "astronaut", "width": 256, "height": 256},
    {"name": "coffee", "width": 640, "height": 427},
    {"name": "pattern", "width": 301, "height": 97},
    {"name": "pattern", "width": 61, "height": 301},
    {"name": "chelsea", "width": 416, "height": 609},
]


def named(mean, std) -> dict:
    return {"mean": mean, "std": std}


def torchvision_crop(resize: int, size: int, how):
    def run(image):
        crop = T.Compose([T.Resize(resize, how), T.CenterCrop(size)])(image)
        return np.asarray(crop), T.Compose([T.ToTensor(), T.Normalize(*IMAGENET)])(crop).numpy()

    return run


def floats_crop(image):
    steps = [T.ToTensor(), T.Resize(256, BICUBIC, antialias=True), T.CenterCrop(224), T.Normalize(*IMAGENET)]
    return None, T.Compose(steps)(image).numpy()


def floor_crop(image):
    """As the processors of transformers cut: margins rounded down."""
    crop = np.asarray(T.Resize(256, BICUBIC)(image))
    top, left = (crop.shape[0] - 224) // 2, (crop.shape[1] - 224) // 2
    crop = np.ascontiguousarray(crop[top : top + 224, left : left + 224])
    return crop, T.Compose([T.ToTensor(), T.Normalize(*IMAGENET)])(crop).numpy()


def squash_crop(image):
    """As the network of Yahoo is fed: squashed to 256, the middle of it in BGR from 0 to 255, less its mean."""
    crop = np.asarray(image.resize((256, 256), Image.BILINEAR))[16:240, 16:240]
    return crop, crop[:, :, ::-1].astype(np.float32) - np.array([104, 117, 123], np.float32)


def letterbox_edge(image):
    longer = max(image.size)
    size = tuple(int(320 * side / longer) for side in image.size)
    square = Image.new("RGB", (320, 320), (114, 114, 114))
    square.paste(image.resize(size, Image.BILINEAR), (0, 0))
    return np.asarray(square), np.asarray(square).transpose(2, 0, 1).astype(np.float32) / 255


def pad_edge(image):
    side = max(image.size)
    square = Image.new("RGB", (side, side), (0, 0, 0))
    square.paste(image, (0, 0))
    crop = np.asarray(square.resize((320, 320), Image.BILINEAR))
    return crop, crop.transpose(2, 0, 1).astype(np.float32) / 255


def small_squash(image):
    crop = np.asarray(image.resize((80, 80), Image.BICUBIC))[8:72, 8:72]
    return crop, crop.transpose(2, 0, 1).astype(np.float32) / 255


crop256 = {"size": 224, "resize": 256, "fit": "crop"}
PROFILES = {
    "imagenet": ({**crop256, "filter": "bilinear", **named(*IMAGENET)}, torchvision_crop(256, 224, T.InterpolationMode.BILINEAR)),
    "timm": ({**crop256, "resize": 248, "filter": "bicubic", **named(*IMAGENET)}, torchvision_crop(248, 224, BICUBIC)),
    "floats": ({**crop256, "filter": "bicubic", "resampler": "floats", **named(*IMAGENET)}, floats_crop),
    "floor": ({**crop256, "filter": "bicubic", "cropOffset": "floor", **named(*IMAGENET)}, floor_crop),
    "squash": (
        {**crop256, "fit": "squash", "filter": "bilinear", "channels": "bgr", "range": 255, "mean": [104, 117, 123]},
        squash_crop,
    ),
    "letterbox-edge": (
        {"size": 320, "fit": "letterbox", "filter": "bilinear", "place": "top-left", "background": 114},
        letterbox_edge,
    ),
    "pad-edge": ({"size": 320, "fit": "pad", "filter": "bilinear", "place": "top-left"}, pad_edge),
    "small": ({"size": 64, "resize": 80, "fit": "squash", "filter": "bicubic"}, small_squash),
}


def seeded(model: nn.Module, seed: int, gain: float) -> nn.Module:
    generator = torch.Generator().manual_seed(seed)
    draw = lambda p: torch.randn(p.shape, generator=generator)
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(draw(p) * gain / p[0].numel() ** 0.5 if p.ndim >= 2 else 0.1 * draw(p))
        for module in model.modules():
            if isinstance(module, nn.BatchNorm1d):
                module.weight.copy_(1 + 0.3 * draw(module.weight))
                module.running_mean.copy_(0.3 + 0.3 * draw(module.running_mean))
                module.running_var.copy_(0.2 + draw(module.running_var) ** 2)
                module.num_batches_tracked += 1000
    return model.eval()


class WaifuScorer(nn.Module):
    """The layers of waifu-scorer v3 at toy width, under the same names."""

    def __init__(self):
        super().__init__()
        block = lambda a, b: [nn.Linear(a, b), nn.ReLU(), nn.BatchNorm1d(b), nn.Dropout(0.1)]
        self.layers = nn.Sequential(
            *block(WIDTH, 32), *block(32, 16), *block(16, 12), *block(12, 8), nn.Linear(8, 6), nn.ReLU(), nn.Linear(6, 1)
        )

    def forward(self, x):
        return self.layers(x).clamp(0, 10)


class Normalised(nn.Module):
    """Batch normalisations everywhere: before a layer, after one, between activations and at the beginning."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.BatchNorm1d(WIDTH), nn.Linear(WIDTH, 12), nn.BatchNorm1d(12, eps=1e-3), nn.ReLU(), nn.BatchNorm1d(12), nn.Tanh(),
            nn.Linear(12, 1),
        )  # fmt: skip

    def forward(self, x):
        return self.layers(x)


class Predictor(nn.Module):
    """Aesthetic Predictor v2.5 at toy width: linear layers alone."""

    def __init__(self):
        super().__init__()
        sides = [WIDTH, 32, 16, 12, 8, 1]
        self.scoring_head = nn.Sequential()
        for i, (a, b) in enumerate(zip(sides, sides[1:])):
            self.scoring_head.append(nn.Linear(a, b))
            if i < 4:
                self.scoring_head.append(nn.Dropout(0.5))

    def forward(self, x):
        return self.scoring_head(x)


def linear(name: str) -> dict:
    return {"linear": name}


WAIFU = [
    step for i in (0, 4, 8, 12) for step in (linear(f"layers.{i}"), "relu", {"batchNorm": f"layers.{i + 2}"})
] + [linear("layers.16"), "relu", linear("layers.18"), {"clamp": [0, 10]}]
NORMALISED = [
    {"batchNorm": "layers.0"}, linear("layers.1"), {"batchNorm": "layers.2", "epsilon": 1e-3}, "relu",
    {"batchNorm": "layers.4"}, "tanh", linear("layers.6"),
]  # fmt: skip
PREDICTOR = [linear(f"scoring_head.{i}") for i in (0, 2, 4, 6, 8)]


def save_shared(model: nn.Module, path) -> None:
    """Half the bytes, and all tensors in one storage, as the published file has them."""
    state = {name: value.to(torch.bfloat16) for name, value in model.state_dict().items()}
    whole = torch.cat([value.flatten() for value in state.values()])
    at, shared = 0, {}
    for name, value in state.items():
        shared[name] = whole[at : at + value.numel()].view(value.shape)
        at += value.numel()
    torch.save(shared, path)
    model.load_state_dict({name: value.float() for name, value in state.items()})


def heads() -> list[dict]:
    session = onnxruntime.InferenceSession(str(FIXTURES / "models/clip/vision.onnx"))
    steps = T.Compose([T.Resize(224, BICUBIC), T.CenterCrop(224), T.ToTensor(), T.Normalize(*CLIP)])
    embeddings = []
    for picture in PICTURES:
        tensor = steps(Image.fromarray(pictures.make(picture)))[None].numpy()
        embeddings.append(session.run(["image_embeds"], {"pixel_values": tensor})[0][0])
    embeddings = torch.from_numpy(np.stack(embeddings))
    embeddings = embeddings / embeddings.norm(dim=-1, keepdim=True)
    waifu, normalised, predictor = seeded(WaifuScorer(), 21, 2.5), seeded(Normalised(), 22, 2), seeded(Predictor(), 23, 3)
    # Most values within the clamp, one outside of it.
    with torch.no_grad():
        raw = waifu.layers(embeddings).flatten()
        last = waifu.layers[18]
        gain = 6 / (raw.max() - raw.min())
        last.weight *= gain
        last.bias.copy_(last.bias * gain - 1 - (raw * gain).min())
    save_file(waifu.state_dict(), OUT / "waifu-scorer.safetensors")
    torch.save(waifu.state_dict(), OUT / "waifu-scorer.pth")
    save_file(normalised.state_dict(), OUT / "normalised.safetensors")
    save_shared(predictor, OUT / "predictor.pth")
    rows = []
    for file, layers, model in [
        ("waifu-scorer.safetensors", WAIFU, waifu),
        ("waifu-scorer.pth", WAIFU, waifu),
        ("normalised.safetensors", NORMALISED, normalised),
        ("predictor.pth", PREDICTOR, predictor),
    ]:
        with torch.no_grad():
            values = model(embeddings).flatten().tolist()
        rows.append({"file": file, "layers": layers, "values": values})
    return rows


def graph() -> onnx.ModelProto:
    """Six sigmoid channels of patches, as a map, as boxes by rows and by columns, and probabilities of three labels."""
    generator = np.random.default_rng(31)
    weight = (generator.standard_normal((6, 3, 8, 8)) * 0.25).astype(np.float32)
    dense = (generator.standard_normal((3, 6)) * 1.5).astype(np.float32)
    constants = {
        "weight": weight,
        "bias": np.array([-2, -1, 0, 0.5, -1.5, -3], np.float32),
        "dense": dense.T,
        "zero": np.array([0], np.int64),
        "one": np.array([1], np.int64),
        "channel": np.array([1], np.int64),
        "rows": np.array([0, 6, -1], np.int64),
    }
    nodes = [
        helper.make_node("Conv", ["pixel_values", "weight", "bias"], ["conv"], strides=[8, 8]),
        helper.make_node("Sigmoid", ["conv"], ["all"]),
        helper.make_node("Slice", ["all", "zero", "one", "channel"], ["map"]),
        helper.make_node("Reshape", ["all", "rows"], ["boxes"]),
        helper.make_node("Transpose", ["boxes"], ["table"], perm=[0, 2, 1]),
        helper.make_node("ReduceMean", ["boxes"], ["mean"], axes=[2], keepdims=0),
        helper.make_node("MatMul", ["mean", "dense"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1),
    ]
    value = lambda name, shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
    model = helper.make_model(
        helper.make_graph(
            nodes,
            "steps",
            [value("pixel_values", ["batch", 3, 64, 64])],
            [
                value("map", ["batch", 1, 8, 8]),
                value("boxes", ["batch", 6, 64]),
                value("table", ["batch", 64, 6]),
                value("probabilities", ["batch", 3]),
                value("logits", ["batch", 3]),
            ],
            [numpy_helper.from_array(array, name) for name, array in constants.items()],
        ),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=8,
    )
    onnx.checker.check_model(model)
    return model


def graphs() -> list[dict]:
    onnx.save(graph(), OUT / "graph.onnx")
    session = onnxruntime.InferenceSession(str(OUT / "graph.onnx"))
    outputs = ["map", "boxes", "table", "probabilities"]
    results = []
    for picture in PICTURES:
        tensor = small_squash(Image.fromarray(pictures.make(picture)))[1][None]
        results.append(dict(zip(outputs, session.run(outputs, {"pixel_values": tensor}))))
    labels = ["bad", "fair", "good"]
    rows = []

    def row(output: str, head: dict, value) -> None:
        values = [float(value(result[output].astype(np.float64))) for result in results]
        rows.append({"output": output, "head": head, "values": values})

    row("map", {"kind": "mean"}, lambda map: map.mean())
    row("map", {"kind": "max"}, lambda map: map.max())
    row("boxes", {"kind": "max", "channels": {"count": 6, "read": [4, 5]}}, lambda boxes: boxes[0, 4:].max())
    row("boxes", {"kind": "mean", "channels": {"count": 6, "read": [1]}}, lambda boxes: boxes[0, 1].mean())
    row("table", {"kind": "max", "channels": {"axis": "last", "count": 6, "read": [4, 5]}}, lambda table: table[0, :, 4:].max())
    row("table", {"kind": "mean", "channels": {"axis": "last", "count": 6, "read": [0, 2]}}, lambda table: table[0][:, [0, 2]].mean())
    row("probabilities", {"kind": "probability", "labels": labels, "label": "fair"}, lambda p: p[0, 1])
    return rows


def profiles() -> tuple[dict, list[dict]]:
    rows = []
    for number, picture in enumerate(PICTURES):
        pixels = pictures.make(picture)
        for name, (_, make) in PROFILES.items():
            crop, tensor = make(Image.fromarray(pixels))
            flat = np.ascontiguousarray(tensor, np.float32).ravel()
            at = np.arange(0, flat.size, max(1, flat.size // 61))[:61]
            row = {
                "profile": name,
                "picture": number,
                "layout": "nchw" if tensor.shape[0] == 3 else "nhwc",
                "at": at.tolist(),
                "values": [float(v) for v in flat[at]],
                "mean": float(flat.astype(np.float64).mean()),
            }
            if crop is not None:
                row["sha256"] = hashlib.sha256(np.ascontiguousarray(crop).tobytes()).hexdigest()
            rows.append(row)
    return {name: settings for name, (settings, _) in PROFILES.items()}, rows


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    settings, crops = profiles()
    made_by = {name: version(name) for name in ["torch", "torchvision", "numpy", "onnx", "onnxruntime", "pillow", "safetensors"]}
    content = {
        "madeBy": made_by,
        "pictures": PICTURES,
        "profiles": settings,
        "crops": crops,
        "heads": heads(),
        "graphs": graphs(),
    }
    (OUT / "steps.json").write_text(json.dumps(content, separators=(",", ":")) + "\n")


main()
