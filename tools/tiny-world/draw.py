"""The pictures that everything learns from: one shape with a soft shadow on a shaded ground, drawn from distances, 256 x 256."""

import math

import torch
import torch.nn.functional as F

from words import CATEGORIES, FIRST_ID

SIDE = 256
PALETTE = [
    (0.90, 0.20, 0.20), (0.98, 0.53, 0.13), (0.99, 0.82, 0.22), (0.25, 0.68, 0.33), (0.08, 0.66, 0.66),
    (0.16, 0.42, 0.90), (0.52, 0.27, 0.76), (0.96, 0.45, 0.66), (0.98, 0.97, 0.95),
]  # fmt: skip
GROUNDS = [
    (0.09, 0.14, 0.34), (0.34, 0.12, 0.34), (0.08, 0.30, 0.20), (0.93, 0.80, 0.58), (0.65, 0.89, 0.76), (0.56, 0.79, 0.97),
]  # fmt: skip
PLAIN = 2  # the pattern without a word
COUNTS = [2, 3, len(PALETTE), 8, len(GROUNDS)]


def labels(n, generator, device):
    """[n, 5]: size, pattern (half of them plain), colour, shape, ground."""
    columns = [torch.randint(0, count, (n,), generator=generator, device=device) for count in COUNTS]
    plain = torch.rand(n, generator=generator, device=device) < 0.5
    columns[1] = torch.where(plain, PLAIN, columns[1] % 2)
    return torch.stack(columns, 1)


def word_ids(label):
    """[n, 5]: ids of words.py, 0 where there is no word."""
    ids = label + torch.tensor(FIRST_ID, device=label.device)
    ids[:, 1] = torch.where(label[:, 1] == PLAIN, 0, ids[:, 1])
    return ids


def draw(label, generator):
    """[n, 3, 256, 256] between 0 and 1: crisp and vivid."""
    device, n = label.device, len(label)
    rand = lambda low, high: low + (high - low) * torch.rand(n, 1, 1, generator=generator, device=device)
    steps = (torch.arange(SIDE, device=device) + 0.5) / SIDE * 2 - 1
    big = label[:, 0].view(n, 1, 1) == 1
    radius = torch.where(big, rand(0.58, 0.68), rand(0.32, 0.38))
    reach = torch.where(big, 0.2, 0.4)
    x = steps.view(1, 1, -1) - rand(-1, 1) * reach
    y = steps.view(1, -1, 1) - rand(-1, 1) * reach
    angle = rand(-0.2, 0.2)
    turn = lambda x, y: ((x * angle.cos() + y * angle.sin()) / radius, (y * angle.cos() - x * angle.sin()) / radius)

    def distance(dx, dy):
        return radius * shape_distance(*turn(x - dx, y - dy), label[:, 3])

    sharp = lambda d: (0.5 - d * SIDE / 2).clamp(0, 1).unsqueeze(1)
    d = distance(0, 0)
    inside = sharp(d)
    shadow = torch.sigmoid(-distance(0.05, 0.1) / 0.045).unsqueeze(1)
    pick = lambda table, column: torch.tensor(table, device=device)[column].view(n, 3, 1, 1)
    colour, ground = pick(PALETTE, label[:, 2]), pick(GROUNDS, label[:, 4])
    fall = steps.view(1, 1, -1, 1)
    ground = ground * (1 - 0.13 * fall) + 0.04 * (1 - fall) / 2
    ground = ground * (1 - 0.35 * shadow)
    second = torch.where(label[:, 2].view(n, 1, 1, 1) == 8, colour * 0.72, colour + 0.55 * (1 - colour))
    u, v = turn(x, y)
    u, v = u * radius, v * radius
    pattern = label[:, 1].view(n, 1, 1)
    wave = lambda z, period: ((z / period + 0.25).remainder(1) - 0.5).abs() * period
    period = torch.where(big, 0.28, 0.19)
    stripes = wave(u * 0.7 + v * 0.7, period) - 0.25 * period
    dots = (wave(u, period) ** 2 + wave(v, period) ** 2 + 1e-9).sqrt() - 0.27 * period
    marks = torch.where(pattern == 0, stripes, torch.where(pattern == 1, dots, torch.ones_like(dots)))
    fill = colour + (second - colour) * sharp(marks)
    height = ((y / radius).clamp(-1, 1) + 0 * x).unsqueeze(1)
    fill = fill * (1 - 0.10 * height)
    return (ground + (fill - ground) * inside).clamp(0, 1)


def shape_distance(x, y, shape):
    """Distance to the edge of shapes of radius 1, negative inside; y points down."""
    r = (x * x + y * y + 1e-9).sqrt()
    box = lambda x, y, side: torch.maximum(x.abs(), y.abs()) - side
    heart_x, heart_y = x.abs(), y - 0.1
    p, q = (heart_x - heart_y) * 0.7071, (heart_x + heart_y) * 0.7071
    lobe = ((heart_x - 0.43) ** 2 + (heart_y + 0.43) ** 2 + 1e-9).sqrt() - 0.61
    heart = torch.minimum(torch.maximum(p.abs(), q.abs()) - 0.61, lobe)
    fifth = 2 * math.pi / 5
    fold = (torch.atan2(x, -y) / fifth + 0.5).remainder(1) * fifth - fifth / 2
    star_x, star_y = r * fold.cos(), r * fold.sin().abs()
    inner = 0.5
    edge = (inner * math.sin(fifth / 2), 1 - inner * math.cos(fifth / 2))
    length = math.hypot(*edge)
    star = ((star_x - 1) * edge[0] + star_y * edge[1]) / length
    moon = torch.maximum(r - 0.95, 0.78 - ((x - 0.45) ** 2 + (y + 0.15) ** 2 + 1e-9).sqrt())
    triangle = torch.maximum(y - 0.62, x.abs() * 0.866 - (y + 1.0) * 0.5)
    every = torch.stack(
        [r - 0.88, box(x, y, 0.76), triangle, (r - 0.68).abs() - 0.22, star, heart, (x.abs() * 1.3 + y.abs() - 1) * 0.61, moon]
    )
    return every.gather(0, shape.view(1, -1, 1, 1).expand(1, *every.shape[1:]))[0]


def blur(picture, sigma):
    """Gaussian; one sigma in pixels for all."""
    if sigma < 0.3:
        return picture
    reach = min(int(3 * sigma) + 1, SIDE - 1)
    at = torch.arange(-reach, reach + 1, device=picture.device, dtype=picture.dtype)
    kernel = torch.exp(-((at / sigma) ** 2) / 2)
    kernel = (kernel / kernel.sum()).view(1, 1, 1, -1).expand(3, 1, 1, -1)
    wide = F.conv2d(F.pad(picture, (reach, reach, 0, 0), mode="reflect"), kernel, groups=3)
    return F.conv2d(F.pad(wide, (0, 0, reach, reach), mode="reflect"), kernel.transpose(2, 3), groups=3)


def wash(picture, amount):
    """Colour and contrast drained; amount 0 to 1, a number or [n, 1, 1, 1]."""
    luma = (picture * torch.tensor([0.299, 0.587, 0.114], device=picture.device).view(1, 3, 1, 1)).sum(1, keepdim=True)
    pale = 0.66 * (0.22 * picture + 0.78 * luma) + 0.22
    return picture + amount * (pale - picture)


def tokens_of_labels(label, generator, keep=0.88, empty=0.12, shuffled=0.3):
    """Ids of prompts that name what is there, words left out at random, at times in another order or nothing at all."""
    from words import END, LENGTH, START

    n, device = len(label), label.device
    rand = lambda *shape: torch.rand(*shape, generator=generator, device=device)
    ids = word_ids(label)
    kept = (rand(n, 5) < keep) & (rand(n, 1) >= empty) & (ids > 0)
    order = torch.where(rand(n, 1) < shuffled, rand(n, 5), torch.arange(5, device=device) / 5)
    rank = torch.where(kept, order, order + 9).argsort(1)
    ids = torch.where(kept, ids, 0).gather(1, rank)
    tokens = torch.zeros(n, LENGTH, dtype=torch.long, device=device)
    tokens[:, 0] = START
    tokens[:, 1:6] = ids
    return tokens.scatter(1, kept.sum(1, keepdim=True) + 1, END)


assert len(CATEGORIES[3]) == COUNTS[3]
