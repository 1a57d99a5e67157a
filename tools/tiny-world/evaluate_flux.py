"""
Scores merges of the transformer's pair whose weights lie on a line over depth: every point of a grid of four knots, first and last
double block, first and last single block.
usage: evaluate_flux.py CRISP VIVID OUT.json [LEVELS]
Pictures are those of the simulator: its noise, its steps, no guidance.
"""

import base64
import json
import sys
import time
from pathlib import Path

import numpy as np
import torch

from evaluate import prompts, tokens
from merges import load_judge
from model_flux import DOUBLE, SINGLE, WorldFlux
from train import DEVICE, load

JUDGE = Path(__file__).parents[2] / "assets" / "tiny-world" / "judge" / "model.onnx"
NETWORK = "model.diffusion_model."
BLOCKS = [f"double_blocks.{i}" for i in range(DOUBLE)] + [f"single_blocks.{i}" for i in range(SINGLE)]
REST = 0.5
"""Weight of all that is in no block."""
STEPS = 6
COUNT, FRESH = 12, 36
"""Pictures of the search, and others that it never sees."""
PROMPTS_SEED, FIRST_SEED, FIRST_FRESH = 91, 1001, 5001


def noise(seed, count=4096):
    """As src/simulator/worlds/tiny/noise.ts makes it."""
    random = uniform(hash_text(f"noise|{seed}"), 2 * count)
    return (np.sqrt(-2 * np.log(1 - random[::2])) * np.cos(2 * np.pi * random[1::2])).astype(np.float32)


def hash_text(text):
    value = 0x811C9DC5
    for letter in text:
        value = ((value ^ ord(letter)) * 0x01000193) & 0xFFFFFFFF
    value = ((value ^ (value >> 16)) * 0x85EBCA6B) & 0xFFFFFFFF
    value = ((value ^ (value >> 13)) * 0xC2B2AE35) & 0xFFFFFFFF
    return value ^ (value >> 16)


def uniform(seed, count):
    whole = lambda x: x & np.uint64(0xFFFFFFFF)
    state = whole(np.uint64(seed) + np.uint64(0x6D2B79F5) * np.arange(1, count + 1, dtype=np.uint64))
    t = whole((state ^ (state >> np.uint64(15))) * (state | np.uint64(1)))
    t = t ^ whole(t + whole((t ^ (t >> np.uint64(7))) * (t | np.uint64(61))))
    return (t ^ (t >> np.uint64(14))).astype(np.float64) / 2**32


class Merges:
    """Merges of two files, their pictures and scores; on a GPU in 16 bits and all as one CUDA graph."""

    def __init__(self, a, b, half=DEVICE == "cuda"):
        self.dtype = torch.float16 if half else torch.float32
        world = load(WorldFlux(), a).eval()
        other = load(WorldFlux(), b).eval()
        self.judge = load_judge(JUDGE)
        texts = prompts(COUNT + FRESH, PROMPTS_SEED)
        seeds = [FIRST_SEED + i for i in range(COUNT)] + [FIRST_FRESH + i for i in range(FRESH)]
        self.texts, self.ids = texts, tokens(texts).to(DEVICE)
        self.noise = torch.from_numpy(np.stack([noise(s) for s in seeds])).view(-1, 4, 32, 32).to(DEVICE)
        with torch.no_grad():
            self.words = [x.to(self.dtype) for x in world.read(self.ids)]
        self.a = {k: v.detach().clone() for k, v in world.unet.named_parameters()}
        self.b = {k: v.detach().clone() for k, v in other.unet.named_parameters()}
        self.block = {k: next((i for i, name in enumerate(BLOCKS) if k.startswith(name + ".")), -1) for k in self.a}
        self.world = world.to(self.dtype).requires_grad_(False)
        # Angles of the time reach 1000: not in 16 bits.
        self.world.unet.times = self.world.unet.times.float()
        self.into = dict(self.world.unet.named_parameters())
        self.decode, self.read = self.world.vae.decode_raw, self.judge.read
        if half:
            self.world.vae.to(memory_format=torch.channels_last)
            for block in [*self.world.unet.double_blocks, *self.world.unet.single_blocks]:
                block.compile(dynamic=False)
            self.decode, self.read = (torch.compile(f, dynamic=False) for f in (self.decode, self.read))
        self.play = self.capture() if half else self.once

    @torch.no_grad()
    def once(self):
        x = self.noise
        for i in range(STEPS):
            t = torch.full((len(x),), i / STEPS, device=x.device)
            x = x + self.world.unet(x.to(self.dtype), t, *self.words).float() / STEPS
        self.picture = self.decode(x.to(self.dtype)).float().clamp(0, 1)
        return self.judge(self.picture, self.ids).flatten()

    def capture(self):
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(3):
                self.once()
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            out = self.once()
        return lambda: (graph.replay(), out)[1]

    @torch.no_grad()
    def scores(self, points):
        """[points, pictures] of weights [points, blocks], the last of which may be that of the rest."""
        out = torch.empty(len(points), len(self.ids), device=DEVICE)
        names = list(self.a)
        a, b, into = ([of[k] for k in names] for of in (self.a, self.b, self.into))
        difference = torch._foreach_sub(b, a)
        for n, x in enumerate(points):
            given = [*map(float, x), REST]
            weights = [given[self.block[k]] if self.block[k] >= 0 else given[len(BLOCKS)] for k in names]
            torch._foreach_copy_(into, torch._foreach_add(a, torch._foreach_mul(difference, weights)))
            out[n].copy_(self.play())
        return out


def on_line(knots):
    """Weights of all blocks, of the four knots [..., 4]."""
    knots = np.asarray(knots, np.float64)
    row = lambda first, last, count: first[..., None] + (last - first)[..., None] * np.arange(count) / (count - 1)
    return np.concatenate([row(knots[..., 0], knots[..., 1], DOUBLE), row(knots[..., 2], knots[..., 3], SINGLE)], -1)


def grid(levels):
    axis = np.arange(levels) / (levels - 1)
    return np.stack(np.meshgrid(axis, axis, axis, axis, indexing="ij"), -1).reshape(-1, 4)


def climb(merges, start, steps, seed=3):
    """Every block by itself, from a start: what a line cannot say."""
    g = np.random.default_rng(seed)
    best, most = np.array(start), merges.scores([start])[0, :COUNT].mean().item()
    for _ in range(steps // 8):
        tries = np.repeat(best[None], 8, 0)
        for x in tries:
            for j in g.choice(len(BLOCKS), 2, replace=False):
                x[j] = g.integers(0, 11) / 10
        means = merges.scores(tries)[:, :COUNT].mean(1)
        if means.max().item() > most:
            best, most = tries[int(means.argmax())], means.max().item()
    return best


def main(a, b, out, levels=11):
    merges, levels = Merges(a, b), int(levels)
    both = lambda s: [round(s[:COUNT].mean().item(), 4), round(s[COUNT:].mean().item(), 4)]
    equal = [both(s) for s in merges.scores([[i / 10] * (len(BLOCKS) + 1) for i in range(11)])]
    knots = grid(levels)
    scores = merges.scores(on_line(knots))
    means, fresh = scores[:, :COUNT].mean(1).cpu().numpy(), scores[:, COUNT:].mean(1).cpu().numpy()
    order = np.argsort(-means)[:10]
    free = climb(merges, on_line(knots[order[0]]), 400)
    record = {
        "levels": levels, "knots": ["double_blocks@0", "double_blocks@1", "single_blocks@0", "single_blocks@1"], "rest": REST,
        "prompts": merges.texts, "firstSeed": FIRST_SEED, "firstFreshSeed": FIRST_FRESH, "images": COUNT, "freshImages": FRESH,
        "uniform": equal, "best": [[*knots[i].round(2).tolist(), *both(scores[i])] for i in order],
        "everyBlock": {"weights": free.round(2).tolist(), "scores": both(merges.scores([free])[0])},
    }  # fmt: skip
    print(json.dumps(record), flush=True)
    plain = Merges(a, b, half=False)
    some = np.random.default_rng(1).choice(len(knots), 12)
    off = np.abs(plain.scores(on_line(knots[some])).cpu().numpy() - scores[some].cpu().numpy())
    print("16 bits beside 32: largest difference of a picture", off.max(), "of a mean", np.abs(off[:, :COUNT].mean(1)).max(), flush=True)
    record["fresh"] = base64.b64encode(np.round(np.clip(fresh, 0, 1) * 65535).astype("<u2").tobytes()).decode()
    Path(out).write_text(json.dumps(record, separators=(",", ":")) + "\n")
    images = scores[:, :COUNT].cpu().numpy()
    np.round(np.clip(images, 0, 1) * 255).astype("u1").tofile(Path(out).with_suffix(".bin"))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])
