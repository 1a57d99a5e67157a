"""
Writes the transformer's files: the network of each tune without a prefix, encoders and VAE on their own, graphs as export.py makes them.
usage: export_flux.py STATE_DIR OUT_DIR      (STATE_DIR: what train_flux.py wrote)
"""

import json
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

import words
from export import METADATA, SCHEDULE, DecoderGraph, load, write_graph
from model_flux import CONTEXT, POOLED, WorldFlux
from train_flux import KEPT

PARTS = {
    "clip-l": "text_encoders.clip_l.transformer.",
    "t5": "text_encoders.t5xxl.transformer.",
    "vae": "first_stage_model.",
}
NETWORK = "model.diffusion_model."


class TextGraph(nn.Module):
    def __init__(self, world):
        super().__init__()
        self.text_encoders = world.text_encoders

    def forward(self, tokens):
        return WorldFlux.read(self, tokens)


class NetworkGraph(nn.Module):
    def __init__(self, world):
        super().__init__()
        self.model = world.model

    def forward(self, *inputs):
        return self.model.diffusion_model(*inputs)


def main(state, out):
    out.mkdir(parents=True, exist_ok=True)
    (out / "vocab.json").write_text(json.dumps(words.vocabulary(), indent=2) + "\n")
    # It draws well without guidance: a CFG scale of 1, the usual one of its kind, means the prompt alone.
    (out / "schedule.json").write_text(json.dumps(SCHEDULE | {"guidance": 1, "usualCfg": 1}, indent=2) + "\n")
    world = WorldFlux().eval()
    for name in ("crisp", "vivid"):
        load(world, state / f"{name}-{KEPT}.safetensors")
        save_part(world, NETWORK, out / f"{name}-flux.safetensors", f"{name} (transformer)")
    for name, prefix in PARTS.items():
        save_part(world, prefix, out / f"{name}.safetensors", name)
    sides = {2: "height", 3: "width"}
    inputs = dict(
        sample=torch.randn(2, 4, 32, 32), time=torch.rand(2), context=torch.randn(2, words.LENGTH, CONTEXT), pooled=torch.randn(2, POOLED)
    )
    write_graph(out / "unet.onnx", NetworkGraph(world), inputs, {"velocity": sides}, {"sample": sides, "context": {1: "tokens"}})
    tokens = {"tokens": torch.randint(4, words.COUNT, (2, words.LENGTH))}
    tokens["tokens"][:, 5] = words.END
    write_graph(out / "text.onnx", TextGraph(world), tokens, {"context": {}, "pooled": {}}, {})
    write_graph(out / "vae-decoder.onnx", DecoderGraph(world), {"latent": inputs["sample"]}, {"picture": sides}, {"latent": sides})


def save_part(world, prefix, file, title):
    tensors = {k.removeprefix(prefix): v.half().contiguous() for k, v in world.state_dict().items() if k.startswith(prefix)}
    save_file(tensors, file, METADATA | {"modelspec.title": f"autombw tiny world: {title}"})


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
