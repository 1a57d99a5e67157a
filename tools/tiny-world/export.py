"""
Writes checkpoints and graphs. Every weight of a graph is an input under its checkpoint name, so that any merge can be fed;
exporters fold and rename weights, hence the check of every name after the export.
usage: export.py STATE_DIR OUT_DIR FIXTURES_DIR      (STATE_DIR: what train.py wrote; a missing file means untrained weights)
"""

import io
import json
import sys
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import helper
from safetensors.torch import load_file, save_file
from torch import nn

import words
from judge import Judge
from model import World, WorldXl

OPSET, IR = 17, 9
METADATA = {
    "format": "pt",
    "modelspec.license": "CC0-1.0",
    "modelspec.author": "autombw",
    "modelspec.description": "Toy diffusion model of autombw, trained on drawn pictures only (tools/tiny-world).",
}
SCHEDULE = {
    "steps": 6,
    "guidance": 3,
    "latentScale": 1,
    "latentChannels": 4,
    "factor": 8,
    "width": 256,
    "height": 256,
    "sizeMultiple": 64,
    "tokens": words.LENGTH,
    "ids": {"padding": words.PAD, "unknown": words.UNKNOWN, "start": words.START, "end": words.END},
}


class TextGraph(nn.Module):
    def __init__(self, world):
        super().__init__()
        self.cond_stage_model = world.cond_stage_model

    def forward(self, tokens):
        return self.cond_stage_model.transformer.text_model(tokens)


class TextXlGraph(nn.Module):
    def __init__(self, world):
        super().__init__()
        self.conditioner = world.conditioner

    def forward(self, tokens):
        return WorldXl.read(self, tokens)


class UNetGraph(nn.Module):
    def __init__(self, world):
        super().__init__()
        self.model = world.model

    def forward(self, *inputs):
        return self.model.diffusion_model(*inputs)


class DecoderGraph(nn.Module):
    def __init__(self, world):
        super().__init__()
        vae = world.vae
        self.first_stage_model = nn.Module()
        self.first_stage_model.decoder = vae.decoder
        self.first_stage_model.post_quant_conv = vae.post_quant_conv

    def forward(self, latent):
        vae = self.first_stage_model
        return (vae.decoder(vae.post_quant_conv(latent)) * 0.5 + 0.5).clamp(0, 1)


def main(state, out, fixtures):
    for folder in (out, out / "judge", fixtures / "sdxl"):
        folder.mkdir(parents=True, exist_ok=True)
    (out / "vocab.json").write_text(json.dumps(words.vocabulary(), indent=2) + "\n")
    (out / "schedule.json").write_text(json.dumps(SCHEDULE, indent=2) + "\n")
    (out / "judge" / "tokenizer.json").write_text(json.dumps(words.tokenizer_file(), indent=2) + "\n")

    world = World().eval()
    for name in ("base", "crisp", "vivid"):
        load(world, state / f"{name}.safetensors")
        save_checkpoint(world, out / f"{name}.safetensors", name)
    sd1 = dict(sample=torch.randn(2, 4, 32, 32), time=torch.rand(2), context=torch.randn(2, words.LENGTH, 32))
    sides = {2: "height", 3: "width"}
    tokens = {"tokens": torch.randint(0, words.COUNT, (2, words.LENGTH))}
    write_graph(out / "unet.onnx", UNetGraph(world), sd1, {"velocity": sides}, {"sample": sides, "context": {1: "tokens"}})
    write_graph(out / "text.onnx", TextGraph(world), tokens, {"context": {}}, {})
    latent = {"latent": torch.randn(2, 4, 32, 32)}
    write_graph(out / "vae-decoder.onnx", DecoderGraph(world), latent, {"picture": sides}, {"latent": sides})

    world = WorldXl().eval()
    for name in ("crisp", "vivid"):
        load(world, state / f"{name}-sdxl.safetensors")
        save_checkpoint(world, fixtures / "sdxl" / f"{name}-sdxl.safetensors", name)
    write_graph(
        fixtures / "sdxl" / "unet-sdxl.onnx", UNetGraph(world), sd1 | {"label": torch.randn(2, 16)}, {"velocity": sides},
        {"sample": sides, "context": {1: "tokens"}},
    )  # fmt: skip
    write_graph(fixtures / "sdxl" / "text-sdxl.onnx", TextXlGraph(world), tokens, {"context": {}, "label": {}}, {})
    write_graph(
        fixtures / "sdxl" / "vae-decoder-sdxl.onnx", DecoderGraph(world), latent, {"picture": sides}, {"latent": sides}
    )

    judge = Judge().eval()
    load(judge, state / "judge.safetensors")
    seen = dict(pixel_values=torch.rand(2, 3, 256, 256), input_ids=torch.randint(0, words.COUNT, (2, 24)))
    write_graph(out / "judge" / "model.onnx", judge, seen, {"reward": {}}, {"input_ids": {1: "tokens"}}, weights_inside=True)


def load(module, file):
    """Checkpoints are rounded to 16 bits first, as they are stored."""
    if file.exists():
        module.load_state_dict({k: v.float() for k, v in load_file(file).items()})
    else:
        print("untrained:", file.name)
        torch.manual_seed(0)
        for p in module.parameters():
            if p.dim() > 1:
                p.data = p.std().clamp(0.02) * (torch.rand_like(p) - 0.5).sign()
    with torch.no_grad():
        if not isinstance(module, Judge):
            for p in module.parameters():
                p.copy_(p.half().float())


def save_checkpoint(world, file, name):
    tensors = {k: v.half().contiguous() for k, v in world.state_dict().items()}
    save_file(tensors, file, METADATA | {"modelspec.title": f"autombw tiny world: {name}"})


def write_graph(file, module, inputs, outputs, dynamic, weights_inside=False):
    module.eval()
    buffer = io.BytesIO()
    axes = {name: {0: "batch"} | dynamic.get(name, {}) for name in inputs}
    axes |= {name: {0: "batch"} | sides for name, sides in outputs.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module, tuple(inputs.values()), buffer, input_names=list(inputs), output_names=list(outputs),
            dynamic_axes=axes, opset_version=OPSET, dynamo=False, do_constant_folding=weights_inside,
            keep_initializers_as_inputs=not weights_inside,
        )  # fmt: skip
    model = onnx.load_from_string(buffer.getvalue())
    model.ir_version = IR
    model.producer_name, model.producer_version, model.doc_string = "autombw tools/tiny-world", "", ""
    weights = {} if weights_inside else {k: v.detach() for k, v in module.state_dict().items()}
    if not weights_inside:
        weights_to_inputs(model, list(inputs), weights)
    shorten_names(model, {*inputs, *outputs, *module.state_dict()})
    onnx.checker.check_model(model)
    file.write_bytes(model.SerializeToString())
    check(file, module, inputs, weights)


def weights_to_inputs(model, names, weights):
    """All initialisers go, and the weights become inputs after the others, in the checkpoint's order."""
    graph = model.graph
    stray = {i.name for i in graph.initializer} - set(weights)
    assert not stray, f"initialisers that are no weights: {stray}"
    used = {name for node in graph.node for name in node.input}
    missing = set(weights) - used
    assert not missing, f"weights that the exporter folded or renamed: {missing}"
    first = [i for i in graph.input if i.name in names]
    assert [i.name for i in first] == names
    more = [helper.make_tensor_value_info(k, onnx.TensorProto.FLOAT, list(v.shape)) for k, v in weights.items()]
    del graph.initializer[:]
    del graph.input[:]
    graph.input.extend(first + more)


def shorten_names(model, kept):
    """Long paths of modules are most of an exported file; weights and ends keep their names."""
    short = {"": ""} | {name: name for name in kept}
    for node in model.graph.node:
        node.name, node.doc_string = "", ""
        del node.metadata_props[:]
        for names in (node.input, node.output):
            for i, name in enumerate(names):
                names[i] = short.setdefault(name, f"v{len(short)}")
    for initialiser in model.graph.initializer:
        initialiser.name = short.get(initialiser.name, initialiser.name)
    del model.graph.value_info[:]


def check(file, module, inputs, weights):
    """Against PyTorch, at another batch and size than the export's."""
    session = onnxruntime.InferenceSession(file.read_bytes(), providers=["CPUExecutionProvider"])
    assert {i.name for i in session.get_inputs()} == {*inputs, *weights}
    feeds = {k: v.numpy() for k, v in weights.items()}
    pixels = [name for name in inputs if name in ("sample", "latent")]
    for scale in (1, 2) if pixels else (1,):
        given = {k: torch.cat([v, v[:1]]) for k, v in inputs.items()}
        for name in pixels:
            given[name] = given[name].repeat(1, 1, 1, scale)
        with torch.no_grad():
            wanted = module(*given.values())
        wanted = wanted if isinstance(wanted, tuple) else (wanted,)
        got = session.run(None, feeds | {k: v.numpy() for k, v in given.items()})
        error = max(float(np.abs(g - w.numpy()).max()) for g, w in zip(got, wanted))
        assert error <= 1e-5, f"{file.name} differs by {error}"
    print(f"{file.name}: {file.stat().st_size / 1000:.0f} kB, {len(weights)} weights as inputs, error {error:.1e}")


if __name__ == "__main__":
    main(*(Path(a) for a in sys.argv[1:4]))
