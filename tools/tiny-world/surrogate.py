"""
Networks that stand for worlds: 27 weights -> 192 -> 192 -> the judge's four parts of each picture, whose product is its score.
All worlds are fitted side by side, as one batched product.
"""

import math

import numpy as np
import torch
import torch.nn.functional as F

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
HIDDEN = 192
PARTS = 4
LAYERS = ["w1", "b1", "w2", "b2", "w3", "b3"]


class Networks:
    """One network a world; parameters [worlds, in, out] and [worlds, 1, out]."""

    def __init__(self, worlds, blocks, pictures, seed):
        g = torch.Generator().manual_seed(seed)
        sizes = [blocks, HIDDEN, HIDDEN, PARTS * pictures]
        self.values = []
        for i, o in zip(sizes, sizes[1:]):
            self.values.append(torch.randn(worlds, i, o, generator=g).mul_(1 / math.sqrt(i)).to(DEVICE))
            self.values.append(torch.zeros(worlds, 1, o, device=DEVICE))

    def parts(self, x):
        """[worlds, points, 27] -> [worlds, points, pictures, 4]"""
        w1, b1, w2, b2, w3, b3 = self.values
        h = F.silu(torch.baddbmm(b1, 2 * x - 1, w1))
        h = F.silu(torch.baddbmm(b2, h, w2))
        return torch.sigmoid(torch.baddbmm(b3, h, w3)).unflatten(2, (-1, PARTS))

    def scores(self, x):
        return self.parts(x).prod(3)

    def round(self):
        """To the 16 bits in which they are kept."""
        self.values = [v.detach().half().float() for v in self.values]
        return self


def fit(data, steps, seed=0, rate=4e-3, batch=512, decay=1e-2, mean=4.0, parts=0.2):
    """
    `data`: one (points [n, 27], parts [n, pictures, 4]) a world. Minimises the squared error of every score, of the mean of all
    pictures and, weaker, of the parts. Worlds with fewer points see each of theirs more often.
    """
    g = torch.Generator(DEVICE).manual_seed(seed)
    xs = [torch.as_tensor(np.asarray(x, np.float32), device=DEVICE) for x, _ in data]
    qs = [torch.as_tensor(np.asarray(q), device=DEVICE) for _, q in data]
    nets = Networks(len(data), xs[0].shape[1], qs[0].shape[1], seed)
    for k, q in enumerate(qs):
        nets.values[5][k, 0] = torch.logit(q.float().clamp(1e-3, 1 - 1e-3)).mean(0).flatten()
    values = [v.requires_grad_() for v in nets.values]
    optimiser = torch.optim.AdamW(values, rate, weight_decay=decay, fused=DEVICE == "cuda")
    for i in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = rate * min(1, (i + 1) / 100) * (0.003 + 0.997 * (1 + math.cos(math.pi * i / steps)) / 2)
        rows = [torch.randint(0, len(x), (batch,), generator=g, device=DEVICE) for x in xs]
        x, q = torch.stack([x[r] for x, r in zip(xs, rows)]), torch.stack([q[r] for q, r in zip(qs, rows)]).float()
        got = nets.parts(x)
        error = got.prod(3) - q.prod(3)
        loss = error.square().mean() + mean * error.mean(2).square().mean() + parts * (got - q).square().mean()
        optimiser.zero_grad(set_to_none=True)
        (len(data) * loss).backward()
        optimiser.step()
    for v in values:
        v.requires_grad_(False)
    return nets.round()


@torch.no_grad()
def quality(nets, k, points, parts, pictures=(12, 48)):
    """R² of a world's network on points: of single pictures, and of the mean of the first 12 and of all pictures."""
    x = torch.as_tensor(np.asarray(points, np.float32), device=DEVICE)
    truth = torch.as_tensor(np.asarray(parts), device=DEVICE).float().prod(2)
    one = Networks.__new__(Networks)
    one.values = [v[k : k + 1] for v in nets.values]
    got = one.scores(x[None])[0]
    r2 = lambda p, y: (1 - (p - y).square().sum() / (y - y.mean(0)).square().sum()).item()
    return [r2(got, truth), *(r2(got[:, :n].mean(1), truth[:, :n].mean(1)) for n in pictures)]


def climb(nets, starts, seed, steps=150):
    """
    Points [worlds, n, 27] where searches on the networks end: uphill from `starts`, each on 3, 12 or all pictures;
    every other one rounded to tenths.
    """
    g = torch.Generator(DEVICE).manual_seed(seed)
    x = torch.as_tensor(np.asarray(starts, np.float32), device=DEVICE).clone().requires_grad_()
    worlds, n, _ = x.shape
    pictures = nets.values[5].shape[2] // PARTS
    order = torch.rand(worlds, n, pictures, generator=g, device=DEVICE).argsort(2).argsort(2)
    few = torch.tensor([3, 12, pictures], device=DEVICE)[torch.arange(n, device=DEVICE) % 3]
    seen = (order < few[None, :, None]).float()
    seen = seen / seen.sum(2, keepdim=True)
    for i in range(steps):
        total = (nets.scores(x) * seen).sum()
        (slope,) = torch.autograd.grad(total, x)
        with torch.no_grad():
            length = 0.15 * (1 - i / steps) + 0.005
            x += length * slope / slope.norm(dim=2, keepdim=True).clamp_min(1e-9)
            x.clamp_(0, 1)
    with torch.no_grad():
        x[:, ::2] = (x[:, ::2] * 10).round() / 10
    return x.detach().cpu().numpy()
