"""Writes worlds as data for the benches: one file of 16-bit parameters a world, and an index of what each is and how well it fits."""

import json

import numpy as np
import torch

import evaluate
import explore
from pairs import PAIRS, pictures
from surrogate import DEVICE, LAYERS, climb

DEMO = "demo"


def describe(name, count):
    """What a world's pair learnt, where, and its pictures."""
    if name == DEMO:
        return {"a": "crisp", "b": "vivid", "low": 0.1, "prompts": evaluate.prompts(count), "firstSeed": evaluate.SEEDS}
    pair = next(p for p in PAIRS if p.name == name)
    texts, seeds = pictures(pair, count)
    half = lambda t: {k: v for k, v in vars(t).items() if v not in (None, 0.0)}
    return {
        "a": half(pair.a), "b": half(pair.b), "low": pair.low, "seed": pair.seed, "blocksOfB": pair.of_b,
        "prompts": texts, "firstSeed": seeds[0],
    }  # fmt: skip


@torch.no_grad()
def anchors(nets, k, best):
    """Mean of random points and the best that is known, of the network's mean of all pictures: gain 0 and gain 1."""
    mean = lambda x: scores(nets, k, x).mean(1)
    random = mean(np.random.default_rng(1).integers(0, 11, (4000, explore.BLOCKS)) / 10)
    return {"randomMean": float(random.mean()), "randomSd": float(random.std()), "bestKnown": float(mean(best).max())}


def scores(nets, k, x):
    x = torch.as_tensor(np.asarray(x, np.float32), device=DEVICE).expand(len(nets.values[0]), -1, -1)
    return nets.scores(x)[k].cpu().numpy()


def write(nets, names, tops, qualities, folder):
    """`tops`: good points of each world, from where the best is sought; `qualities`: rows of numbers for the index."""
    folder.mkdir(parents=True, exist_ok=True)
    count = nets.values[5].shape[2] // 4
    # Every third start climbs the mean of all pictures; the others are given away.
    ends = climb(nets, np.repeat(np.stack(tops), 3, axis=1), 5, steps=300)
    worlds = []
    for k, name in enumerate(names):
        flat = np.concatenate([v[k].half().cpu().numpy().ravel() for v in nets.values])
        flat.astype("<f2").tofile(folder / f"{name}.bin")
        test = np.random.default_rng(k).random((2, explore.BLOCKS)).round(3)
        checks = [{"x": x.tolist(), "scores": [round(float(v), 5) for v in s]} for x, s in zip(test, scores(nets, k, test))]
        known = np.concatenate([ends[k], tops[k]])
        worlds.append({"name": name, **describe(name, count), **anchors(nets, k, known), **qualities[k], "checks": checks})
    index = {
        "blocks": "IN00 … IN11, M00, OUT, OUT00 … OUT11, TIME_EMBED", "pictures": count,
        "layers": [[n, *v.shape[1:]] for n, v in zip(LAYERS, nets.values)], "worlds": worlds,
    }  # fmt: skip
    text = json.dumps(index, ensure_ascii=False, separators=(",", ":")).replace('{"name"', '\n{"name"')
    (folder / "worlds.json").write_text(text + "\n")
