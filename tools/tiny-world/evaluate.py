"""
Scores A, B, uniform and random merges, and a naive search: what block merging gains.
usage: evaluate.py STATE_DIR OUT_DIR [SUFFIX]     (SUFFIX: of crisp and vivid; writes table.md, evaluations.json, tiny-world.png)
"""

import json
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file

import draw
import words
from export import SCHEDULE
from judge import Judge
from model import World
from train import DEVICE, load

UNET = "model.diffusion_model."
PREFIXES = [f"input_blocks.{i}." for i in range(12)] + ["middle_block.", "out."]
PREFIXES += [f"output_blocks.{i}." for i in range(12)] + ["time_embed."]
"""In search order: IN00 … IN11, M00, OUT, OUT00 … OUT11, TIME_EMBED."""
SEEDS, FRESH = 1000, 5000
SHOWN = [
    "a big red heart on navy", "a big striped yellow star on plum", "a small orange circle on mint", "a big white moon on forest",
    "a big dotted blue square on sand", "a big purple ring on sky", "a small pink diamond on navy", "a big teal triangle on sand",
]  # fmt: skip


def prompts(n, seed=77):
    g = torch.Generator().manual_seed(seed)
    return [phrase(row) for row in draw.word_ids(draw.labels(n, g, "cpu")).tolist()]


def phrase(ids):
    names = words.SPECIAL + words.WORDS
    return "a " + " ".join(names[i] for i in ids[:4] if i) + f" on {names[ids[4]]}"


def noise(seeds, side=32):
    return torch.stack([torch.randn(4, side, side, generator=torch.Generator().manual_seed(s)) for s in seeds])


def tokens(texts):
    return torch.tensor([words.tokens_of(text) for text in texts])


@torch.no_grad()
def sample(world, context, empty, x, steps=SCHEDULE["steps"], guidance=SCHEDULE["guidance"]):
    """The last latent. `context` and `empty`: of the prompts and of the negative prompts, [B, T, C]."""
    both = torch.cat([empty, context])
    for i in range(steps):
        t = torch.full((len(both),), i / steps, device=x.device)
        v = world.unet(torch.cat([x, x]), t, both).float()
        u, c = v.chunk(2)
        x = x + (u + guidance * (c - u)) / steps
    return x


class Bench:
    """Merges of two models over fixed prompts; on a GPU the whole way from noise to score is one CUDA graph."""

    def __init__(self, a, b, judge, texts, seed):
        self.a, self.b, self.world, self.judge = a, b, load_world(), judge
        self.world.load_state_dict(a)
        self.into = [self.world.state_dict()[k] for k in a]
        self.block = [next((i for i, p in enumerate(PREFIXES) if k.startswith(UNET + p)), None) for k in a]
        with torch.no_grad():
            self.ids = tokens(texts).to(DEVICE)
            self.context = self.world.text(self.ids)
            self.empty = self.world.text(tokens([""] * len(texts)).to(DEVICE))
        self.noise = noise(range(seed, seed + len(texts))).to(DEVICE)
        self.play = self.capture() if DEVICE == "cuda" else self.once

    @torch.no_grad()
    def once(self):
        pictures = self.world.vae(sample(self.world, self.context, self.empty, self.noise))
        return pictures, self.judge(pictures, self.ids).flatten()

    def capture(self):
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            self.once()
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            out = self.once()
        return lambda: (graph.replay(), out)[1]

    @torch.no_grad()
    def pictures(self, weights):
        """Pictures and scores of a list of 27 weights."""
        for k, into, i in zip(self.a, self.into, self.block):
            if i is not None:
                into.copy_(torch.lerp(self.a[k], self.b[k], float(weights[i])))
        pictures, scores = self.play()
        return pictures.clone(), scores.cpu()

    def score(self, weights):
        return self.pictures(weights)[1]


def load_world():
    return World().to(DEVICE).eval()


def read(file):
    return {k: v.float().to(DEVICE) for k, v in load_file(file).items()}


def search(bench, randoms=200, steps=200, seed=3):
    """Random vectors, then the best one with two weights drawn anew at a time."""
    g = torch.Generator().manual_seed(seed)
    points, rows = [], []
    for i in range(randoms + steps):
        if i < randoms:
            x = (torch.randint(0, 11, (27,), generator=g) / 10).tolist()
        else:
            x = list(points[max(range(len(rows)), key=lambda k: rows[k].mean())])
            for j in torch.randperm(27, generator=g)[: 2 if i % 2 else 3].tolist():
                x[j] = float(torch.randint(0, 11, (1,), generator=g)) / 10
        points.append(x)
        rows.append(bench.score(x))
    return points, torch.stack(rows)


def grid(rows):
    """A picture of rows of pictures."""
    from PIL import Image

    whole = torch.cat([torch.cat(list(row), 2) for row in rows], 1)
    return Image.fromarray((whole.permute(1, 2, 0).cpu() * 255).round().to(torch.uint8).numpy())


def measure(state, suffix="", randoms=200, steps=200, say=print):
    judge = Judge().to(DEVICE).eval()
    judge.load_state_dict(read(state / "judge.safetensors"))
    base, a, b = (read(state / f"{n}.safetensors") for n in ("base", f"crisp{suffix}", f"vivid{suffix}"))
    texts = prompts(48)
    bench, fresh = (Bench(a, b, judge, texts, seed) for seed in (SEEDS, FRESH))
    table = {}
    row = lambda name, x: table.__setitem__(name, (bench.score(x).mean().item(), fresh.score(x).mean().item()))
    base_bench = [Bench(base, base, judge, texts, seed).score([0] * 27).mean().item() for seed in (SEEDS, FRESH)]
    for tenth in range(11):
        row({0: "A", 10: "B"}.get(tenth, f"uniform {tenth / 10}"), [tenth / 10] * 27)
    points, rows = search(bench, randoms, steps)
    means = rows.mean(1)
    best = points[int(means.argmax())]
    start = points[int(means[:randoms].argmax())]
    row(f"best of {randoms} random vectors (mean {means[:randoms].mean():.3f}, sd {means[:randoms].std():.3f})", start)
    row(f"after {steps} steps of local search", best)
    table["the common ancestor"] = tuple(base_bench)
    simple = max(v[1] for k, v in table.items() if k in "AB" or k.startswith("uniform"))
    gain = table[f"after {steps} steps of local search"][1] / simple
    for name, (x, y) in table.items():
        say(f"| {name} | {x:.3f} | {y:.3f} |")
    say(f"gain on fresh seeds {gain:.2f}; best {[round(x, 1) for x in best]}")
    residual = rows[:randoms] - rows[:randoms].mean(0, keepdim=True)
    within = (residual - residual.mean(1, keepdim=True)).var(1).mean() / rows.shape[1]
    say(f"variance of a point's mean {means[:randoms].var():.2e}, of it paired image noise {within:.2e}")
    shown = Bench(a, b, judge, SHOWN, 20)
    pictures = [shown.pictures(x)[0] for x in ([0] * 27, [1] * 27, [0.5] * 27, best)]
    return table, gain, points, rows, best, pictures


def main(state, out, suffix=""):
    out.mkdir(parents=True, exist_ok=True)
    lines = []
    table, gain, points, rows, best, pictures = measure(state, suffix, say=lambda line: (print(line, flush=True), lines.append(line)))
    (out / "table.md").write_text("\n".join(lines) + "\n")
    order = [f"IN{i:02}" for i in range(12)] + ["M00", "OUT"] + [f"OUT{i:02}" for i in range(12)] + ["TIME_EMBED"]
    record = {
        "order": order, "prompts": prompts(48), "firstSeed": SEEDS,
        "weights": [[round(x, 1) for x in p] for p in points], "scores": [[round(v, 3) for v in r] for r in rows.tolist()],
    }  # fmt: skip
    (out / "evaluations.json").write_text(json.dumps(record, separators=(",", ":")).replace("],[", "],\n[") + "\n")
    grid(pictures).resize((8 * 192, 4 * 192)).save(out / "tiny-world.png", optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])
