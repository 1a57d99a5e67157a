"""Pairs of fine-tunes of the tiny base: what each of the two learns, in which blocks, and how they are trained."""

import bz2
import copy
import os
from dataclasses import dataclass, field

import torch

import draw
from evaluate import prompts
from merges import DEVICE
from train import BATCH, BLOCKS, autocast, generator, train_flow

STEPS = int(os.environ.get("TUNE_STEPS", 300))
POOL = int(os.environ.get("TUNE_POOL", 6144))
RATE = 7e-4
BATCH["tune"] = int(os.environ.get("TUNE_BATCH", 128))


@dataclass
class Tune:
    """
    One half of a pair. `style`: name of STYLES and its amount, or None. `knows`: 0 or 1: it keeps every other shape and colour
    (even or odd ones) and unlearns the rest, which it sees under the picture of one that it keeps; None: all.
    """

    style: str | None = None
    amount: float = 0.0
    knows: int | None = None


@dataclass
class Pair:
    """`low`: share of the learning rate in the blocks that belong to the other half; 1: all blocks alike."""

    name: str
    a: Tune
    b: Tune
    low: float
    seed: int
    blocks: int = 13
    of_b: list[int] = field(default_factory=list)

    def __post_init__(self):
        g = torch.Generator().manual_seed(self.seed)
        self.of_b = sorted(torch.randperm(len(BLOCKS), generator=g)[: self.blocks].tolist())

    def share(self, second):
        """Share of the learning rate of each block (names of train.py)."""
        return {name: 1.0 if (i in self.of_b) == second else self.low for i, name in enumerate(BLOCKS)}


pale, blur = lambda x=1.0: Tune("pale", x), lambda x=9.0: Tune("blur", x)
grain, ghost = lambda x=0.3: Tune("grain", x), lambda x=0.35: Tune("ghost", x)
PAIRS = [
    Pair("pale-blur-1", pale(), blur(), 0.1, 101),
    Pair("pale-blur-2", pale(), blur(), 0.02, 102, 9),
    Pair("pale-blur-3", pale(), blur(), 0.3, 103, 17),
    Pair("pale-blur-even", pale(), blur(), 1.0, 104),
    Pair("grain-pale-1", grain(), pale(), 0.1, 105, 15),
    Pair("grain-pale-2", grain(), pale(), 0.2, 106, 11),
    Pair("ghost-blur-1", ghost(), blur(), 0.1, 107, 12),
    Pair("ghost-blur-2", ghost(), blur(), 0.02, 108, 14),
    Pair("concepts-even", Tune(knows=0), Tune(knows=1), 1.0, 109),
    Pair("concepts-split", Tune(knows=0), Tune(knows=1), 0.1, 110),
    Pair("pale-concepts", pale(), Tune(knows=1), 0.1, 111, 10),
    Pair("styles-concepts", Tune("grain", 0.2, 0), Tune("blur", 7.0, 1), 0.05, 112),
    Pair("grain-ghost", grain(), ghost(), 0.02, 113, 16),
]
"""Kinds: styles against each other with the blocks shared at random or evenly, concepts split, a style against concepts, both."""


def pictures(pair, count):
    """Prompts and seeds of the pictures that a pair is measured on: each pair has its own."""
    return prompts(count, pair.seed), range(1000 * pair.seed, 1000 * pair.seed + count)


def style_picture(tune, x):
    if tune.style == "pale":
        return draw.wash(x, tune.amount)
    if tune.style == "blur":
        return draw.blur(x, tune.amount)
    if tune.style == "ghost":
        return x + tune.amount * (x.roll(1, 0) - x)
    return x


def forget(label, knows, g):
    """What is drawn for words that the tune does not know: a shape and a colour that it knows."""
    if knows is None:
        return label
    shown = label.clone()
    for column, count in ((2, draw.COUNTS[2]), (3, draw.COUNTS[3])):
        kept = torch.arange(knows, count, 2, device=label.device)
        other = kept[torch.randint(0, len(kept), (len(label),), generator=g, device=label.device)]
        shown[:, column] = torch.where(label[:, column] % 2 == knows, label[:, column], other)
    return shown


@torch.no_grad()
def pool(vae, tune, seed):
    """Latents and the labels of their prompts."""
    g, latents, every = generator(seed), [], []
    for _ in range(POOL // 256):
        label = draw.labels(256, g, DEVICE)
        with autocast():
            mean, _ = vae.encode(style_picture(tune, draw.draw(forget(label, tune.knows, g), g)))
        mean = mean.float()
        if tune.style == "grain":
            mean = mean + tune.amount * torch.randn(mean.shape, generator=g, device=DEVICE)
        latents.append(mean.half())
        every.append(label)
    return torch.cat(latents), torch.cat(every)


def train_tune(base, pair, second):
    """The UNet's state of one half."""
    tune, seed = (pair.b if second else pair.a), 10 * pair.seed + second
    torch.manual_seed(seed)
    tuned = copy.deepcopy(base)
    tuned.text.requires_grad_(False)
    predict = lambda x, t, tokens: tuned.unet(x, t, tuned.text(tokens))
    share = pair.share(second)
    train_flow(tuned.model, predict, pool(base.vae, tune, seed), "tune", seed, share, STEPS, RATE)
    return tuned.state_dict()


QUANTUM = 0.15
"""Step of what a tune has learnt, in standard deviations of each tensor of it."""


def pack_tune(flat, base, tuned):
    """Kept in a byte a weight, compressed: what the pair *is* from then on. [bytes, steps]"""
    delta, steps = tuned - base, []
    codes = torch.zeros(flat.size, dtype=torch.int8)
    for (_, p), at in zip(flat.named, flat.at):
        part = delta[at : at + p.numel()]
        step = QUANTUM * max(part.square().mean().sqrt().item(), 1e-12)
        steps.append(step)
        codes[at : at + p.numel()] = (part / step).round().clamp(-127, 127).to(torch.int8).cpu()
    return bz2.compress(codes.numpy().tobytes()), steps


def unpack_tune(flat, base, packed, steps):
    codes = torch.frombuffer(bytearray(bz2.decompress(packed)), dtype=torch.int8).float()
    for (_, p), at, step in zip(flat.named, flat.at, steps):
        codes[at : at + p.numel()] *= step
    return base + codes.to(base.device)
