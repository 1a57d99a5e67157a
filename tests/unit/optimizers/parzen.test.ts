import { describe, expect, it } from 'vitest';
import { createGrid } from '../../../src/optimizers/ask-tell/grid.ts';
import { createRng } from '../../../src/optimizers/math/rng.ts';
import { logKernelDensity, parzenDensity } from '../../../src/optimizers/model/parzen.ts';
import { parzenScore } from '../../../src/optimizers/model/tree-structured-parzen.ts';
import { cube } from '../../contracts/optimizer.contract.ts';

describe('Parzen windows', () => {
  const good = [[1, 9, 4]];
  const bad = [
    [0, 0, 0],
    [5, 5, 5],
    [10, 0, 5],
    [3, 7, 9],
    [8, 2, 1],
  ];

  it.each([
    [[5, 5, 4], -18.7568156, -4.86625, 1.1596e-6],
    [[9, 9, 9], -47.2568156, -24.3481, 1.405e-10],
    [[5, 5, 5], -19.2568156, -4.36625, 4.266e-7],
  ])('compat: the estimate of version 1.3 at %j', (point, logGood, logBad, score) => {
    const ours = [logKernelDensity(good, point, 1), logKernelDensity(bad, point, 1)] as const;
    expect(ours[0]).toBeCloseTo(logGood, 6);
    // The published numbers carry the tolerance of a tree that approximates sums: 0.001.
    expect(Math.abs(ours[1] - logBad)).toBeLessThan(1e-3);
    expect(parzenScore(ours[0], ours[1], 0.2) / score).toBeCloseTo(1, 2);
  });

  it.each([true, false])('fixed: are probabilities, sum 1 over the grid (joint: %s)', (joint) => {
    const grid = createGrid([...cube(1, 3), ...cube(1, 4)]);
    const density = parzenDensity(
      [
        [0, 0.5],
        [1 / 3, 1],
      ],
      grid,
      0.2,
      joint,
    );
    let total = 0;
    for (let i = 0; i <= 3; i++) for (let j = 0; j <= 4; j++) total += Math.exp(density.log([i / 3, j / 4]));
    expect(total).toBeCloseTo(1, 12);
  });

  it('joint windows keep what belongs together, single ones mix it', () => {
    const grid = createGrid(cube(2, 10));
    const centres = [
      [0.1, 0.1],
      [0.9, 0.9],
    ];
    const [joint, single] = [true, false].map((kind) => parzenDensity(centres, grid, 0.05, kind));
    expect(joint?.log([0.1, 0.9])).toBeLessThan((joint?.log([0.1, 0.1]) ?? 0) - 3);
    expect(single?.log([0.1, 0.9])).toBeCloseTo(single?.log([0.1, 0.1]) ?? 0, 10);
  });

  it('samples near the centres, and now and then anywhere', () => {
    const grid = createGrid(cube(1, 0));
    const density = parzenDensity([[0.2], [0.2], [0.2]], grid, 0.01, true);
    const random = createRng(5);
    const draws = Array.from({ length: 4000 }, () => density.sample(random)[0] ?? Number.NaN);
    const near = draws.filter((x) => Math.abs(x - 0.2) < 0.05).length / draws.length;
    expect(near).toBeCloseTo(0.75 + 0.25 * 0.1, 1);
    expect(Math.max(...draws)).toBeGreaterThan(0.9);
  });
});
