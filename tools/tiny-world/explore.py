"""Where a world is measured: points of several designs, and the ways of searches on the real merges."""

import numpy as np

BLOCKS = 27


def design(n, g):
    """Half random on the grid of tenths, a quarter corners, a quarter near a common level (from nearly equal to nearly 0 or 1)."""
    rows = []
    for i in range(n):
        if i % 4 < 2:
            rows.append(g.integers(0, 11, BLOCKS) / 10)
        elif i % 4 == 2:
            rows.append(g.integers(0, 2, BLOCKS).astype(float))
        else:
            level, tight = g.uniform(0.05, 0.95), np.exp(g.uniform(np.log(0.3), np.log(20)))
            rows.append(g.beta(tight * level, tight * (1 - level), BLOCKS))
    return np.array(rows)


def lines():
    """A, B and what is between, and each block alone taken from the other side."""
    rows = [np.full(BLOCKS, k / 10) for k in range(11)]
    for level in (0.0, 0.5, 1.0):
        for block in range(BLOCKS):
            for value in {0.0, 0.5, 1.0} - {level}:
                row = np.full(BLOCKS, level)
                row[block] = value
                rows.append(row)
    return np.array(rows)


def searches(scores, starts, steps, seed, count=8):
    """
    Naive searches side by side on `scores` (points -> [points, pictures]); each sees 3, 12 or all pictures and changes a few blocks
    of its best point: on the grid, by small amounts, or half of them towards another good point. Gives points, scores and the
    number of the search of each.
    """
    g = np.random.default_rng(seed)
    start_points, start_scores = starts
    pictures = start_scores.shape[1]
    seen = [g.permutation(pictures)[: (3, 12, pictures)[k % 3]] for k in range(count)]
    good = [start_points[np.argsort(-start_scores[:, s].mean(1))[:20]] for s in seen]
    best = [(start_scores[:, s].mean(1).max(), points[0]) for s, points in zip(seen, good)]
    points, rows, which = [], [], []
    for step in range(steps):
        asked = np.array([change(best[k][1], good[k], (k // 3 + step) % 3, g) for k in range(count)])
        told = scores(asked)
        for k in range(count):
            value = told[k, seen[k]].mean()
            if value > best[k][0]:
                best[k] = (value, asked[k])
        points.append(asked)
        rows.append(told)
        which.extend(range(count))
    return np.concatenate(points), np.concatenate(rows), np.array(which)


def change(best, good, kind, g):
    x = best.copy()
    blocks = g.permutation(BLOCKS)[: g.integers(1, 6)]
    if kind == 0:
        x[blocks] = g.integers(0, 11, len(blocks)) / 10
    elif kind == 1:
        x = x + g.normal(0, g.choice([0.05, 0.15, 0.3]), BLOCKS) * (g.random(BLOCKS) < g.choice([0.2, 1.0]))
    else:
        other = good[g.integers(len(good))]
        x = np.where(g.random(BLOCKS) < 0.5, x, other)
        x[blocks[:1]] = g.integers(0, 11, 1) / 10
    return x.clip(0, 1)
