"""
Makes the worlds of bench/data/worlds: pairs of fine-tunes, thousands of their merges, and the networks that stand for them.
usage: worlds.py STATE_DIR PHASE...     phases in order: pairs design climb fit; asked FILE before the last fit, if wanted
  pairs        trains every pair of pairs.py                                                          20 s a pair on a data-centre GPU
  design       scores points of the designs, and runs naive searches on the real merges               25 s a pair
  climb        three times: fits networks, goes uphill on them, scores where that ends                15 s a pair
  asked FILE   scores points that optimizers asked for on networks fitted before (bench/world-searches.mjs writes FILE)
  fit          fits the networks and writes ../../bench/data/worlds; minutes on one CPU
STATE_DIR keeps everything, so that phases can run one by one. TUNE_STEPS=1 TUNE_POOL=256 TUNE_BATCH=4 PICTURES=2 POINTS=0.004 ONLY=1
try all of it on a CPU.
"""

import json
import os
import sys
import time
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file

import evaluate
import explore
import pack
import surrogate
from merges import Flat, Merges, load_base, load_judge
from pairs import PAIRS, pack_tune, pictures, train_tune, unpack_tune

ASSETS = Path(__file__).resolve().parents[2] / "assets/tiny-world"
WORLDS = Path(__file__).resolve().parents[2] / "bench/data/worlds"
COUNT = int(os.environ.get("PICTURES", 48))
POINTS = float(os.environ.get("POINTS", 1))
DESIGN, SEARCH, CLIMB, ROUNDS = 1400, 90, 300, 3
HELD_OUT = 150
UNSEEN_SEARCHES = (6, 7)
FIT = dict(steps=max(5, int(4000 * POINTS)), rate=3e-3, batch=256, decay=0.5)
NAMES = [pack.DEMO, *[p.name for p in PAIRS]][: int(os.environ.get("ONLY", 99)) + 1]


def main(state, words):
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    torch.backends.cudnn.benchmark = True
    state.mkdir(parents=True, exist_ok=True)
    while words:
        phase, start = words.pop(0), time.time()
        {
            "pairs": make_pairs, "design": measure_design, "climb": climb, "fit": fit_and_write,
            "asked": lambda state: measure_asked(state, json.loads(Path(words.pop(0)).read_text())),
        }[phase](state)  # fmt: skip
        print(f"{phase}: {time.time() - start:.0f} s", flush=True)


def some(n):
    return max(4, int(n * POINTS))


def make_pairs(state):
    base = load_base(ASSETS / "base.safetensors")
    flat = Flat(base.unet)
    origin = flat.pack(base.state_dict())
    for pair in PAIRS:
        if pair.name not in NAMES:
            continue
        halves = [pack_tune(flat, origin, flat.pack(train_tune(base, pair, second))) for second in (False, True)]
        kept = {f"{k}.{i}": v for i, (codes, steps) in enumerate(halves) for k, v in (("codes", np.frombuffer(codes, np.uint8)), ("steps", steps))}
        np.savez(state / f"{pair.name}.pair.npz", **kept)
        print(pair.name, "trained", flush=True)


class Bench:
    """The merges of every pair, over the pair's own pictures."""

    def __init__(self, state):
        self.base, self.state = load_base(ASSETS / "base.safetensors"), state
        self.merges = Merges(self.base, load_judge(ASSETS / "judge/model.onnx"), COUNT)
        self.flat = Flat(self.base.unet)

    def world(self, name):
        """The function from points [n, 27] to parts [n, pictures, 4] in 16 bits."""
        if name == pack.DEMO:
            shown = evaluate.prompts(COUNT), range(evaluate.SEEDS, evaluate.SEEDS + COUNT)
            ends = [self.flat.pack(load_file(ASSETS / f"{n}.safetensors")) for n in ("crisp", "vivid")]
        else:
            shown = pictures(next(p for p in PAIRS if p.name == name), COUNT)
            kept, origin = np.load(self.state / f"{name}.pair.npz"), self.flat.pack(self.base.state_dict())
            ends = [unpack_tune(self.flat, origin, kept[f"codes.{i}"].tobytes(), kept[f"steps.{i}"].tolist()) for i in (0, 1)]
        self.merges.show(*shown).between(*ends)
        return lambda points: self.merges.parts(points.astype(np.float32)).half().cpu().numpy()


class Rows:
    """What is known of a world: points, parts, and what each is for ("fit" or which unseen kind)."""

    def __init__(self, state, name):
        self.file = state / f"{name}.points.npz"
        kept = np.load(self.file) if self.file.exists() else {}
        self.points, self.parts, self.use = ([kept[k]] if k in kept else [] for k in ("points", "parts", "use"))

    def add(self, points, parts, use):
        self.points.append(np.asarray(points, np.float16))
        self.parts.append(parts)
        self.use.append(np.broadcast_to(np.asarray(use, "U12"), len(points)))
        points, parts, use = (np.concatenate(v) for v in (self.points, self.parts, self.use))
        np.savez_compressed(self.file, points=points, parts=parts, use=use)

    def of(self, use):
        mask = np.concatenate(self.use) == use
        return np.concatenate(self.points)[mask], np.concatenate(self.parts)[mask]


def means(parts):
    return parts.astype(np.float32).prod(2).mean(1)


def measure_design(state):
    bench = Bench(state)
    for k, name in enumerate(NAMES):
        parts, rows, g = bench.world(name), Rows(state, name), np.random.default_rng([1, k])
        points = np.concatenate([explore.lines()[: some(173)], explore.design(some(DESIGN), g)]).astype(np.float16)
        told = parts(points)
        held = np.arange(len(points)) >= len(points) - some(HELD_OUT)
        rows.add(points, told, np.where(held, "design", "fit"))
        seen = []
        scores = lambda x: (seen.append(parts(x.astype(np.float16))), seen[-1].astype(np.float32).prod(2))[1]
        pick = g.permutation(np.flatnonzero(~held))[:300]
        starts = points[pick].astype(np.float32), told[pick].astype(np.float32).prod(2)
        asked, _, which = explore.searches(scores, starts, max(1, int(SEARCH * POINTS)), 1000 + k)
        rows.add(asked, np.concatenate(seen), np.where(np.isin(which, UNSEEN_SEARCHES), "searches", "fit"))
        print(name, f"random {means(told[held]).mean():.3f}, best of searches {means(np.concatenate(seen)).max():.3f}", flush=True)


def fit_all(state, seed=0):
    return surrogate.fit([Rows(state, name).of("fit") for name in NAMES], seed=seed, **FIT)


def tops(state, name, count):
    points, parts = Rows(state, name).of("fit")
    return points[np.argsort(-means(parts))[:count]].astype(np.float32)


def climb(state):
    bench, n = Bench(state), some(CLIMB)
    for turn in range(ROUNDS):
        nets, starts = fit_all(state, turn), []
        for k, name in enumerate(NAMES):
            g, best = np.random.default_rng([2, turn, k]), tops(state, name, 60)
            near = (best[g.integers(0, len(best), n // 3)] + g.normal(0, 0.15, (n // 3, explore.BLOCKS))).clip(0, 1)
            starts.append(g.permutation(np.concatenate([explore.design(n - n // 3, g), near])))
        ends = surrogate.climb(nets, np.stack(starts), turn).astype(np.float16)
        for name, points in zip(NAMES, ends):
            parts = bench.world(name)(points)
            Rows(state, name).add(points, parts, "fit")
            print(f"{name} climb {turn}: mean {means(parts).mean():.3f}, best {means(parts).max():.3f}", flush=True)


def measure_asked(state, asked):
    """`asked`: {world: {"fit": points, "unseen": points}}"""
    bench = Bench(state)
    for name in NAMES:
        parts = bench.world(name)
        for kind, use in (("fit", "fit"), ("unseen", "optimizers")):
            points = np.asarray(asked[name][kind], np.float16)
            Rows(state, name).add(points, parts(points), use)


def fit_and_write(state):
    nets, qualities = fit_all(state), []
    for k, name in enumerate(NAMES):
        rows = Rows(state, name)
        quality = {"points": len(rows.of("fit")[0])}
        for use in ("design", "searches", "optimizers"):
            points, parts = rows.of(use)
            if len(points):
                quality[use] = [round(v, 4) for v in surrogate.quality(nets, k, points, parts)]
        print(name, quality, flush=True)
        qualities.append({"quality": quality})
    pack.write(nets, NAMES, [tops(state, name, 4 if POINTS < 1 else 30) for name in NAMES], qualities, state / "worlds" if POINTS < 1 else WORLDS)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
