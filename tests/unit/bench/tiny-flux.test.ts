/** A search of the transformer's curve finds what the exhaustive search of it found (tools/tiny-world/evaluate_flux.py). */
import { describe, expect, it } from 'vitest';
import { ARCHITECTURE, gridSearch, TinyFluxGrid } from '../../../bench/tiny-flux-grid.mjs';
import { openTinyFlux } from '../../../bench/tiny-flux-images.mjs';
import { createOptimizer } from '../../../src/optimizers/registry.ts';
import { createScorers } from '../../../src/score/index.ts';
import { blockOfKey } from '../../../src/simulator/models/blocks.ts';
import { readTensors } from '../../../src/simulator/models/disk-folder.ts';
import { interpolate } from '../../../src/simulator/models/state-dict.ts';
import { TINY_FLUX } from '../../../src/simulator/worlds/tiny/assets.ts';
import { TINY_WORLD } from '../../../src/simulator/worlds/tiny/place.ts';
import { createTinyWorld } from '../../../src/simulator/worlds/tiny/tiny-world.ts';
import { createSpace, decode } from '../../../src/space/space.ts';

const drawing = {
  createScorers,
  blockOfKey,
  readTensors,
  interpolate,
  createTinyWorld,
  TINY_FLUX,
  TINY_WORLD,
};
const grid = new TinyFluxGrid();
const steps = Array.from({ length: 11 }, (_, i) => i / 10);
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

describe('the exhaustive search of the curve', () => {
  it('has every merge of the grid, and tells the best of them rightly', () => {
    const all = steps.flatMap((a) =>
      steps.flatMap((b) => steps.flatMap((c) => steps.map((d) => [a, b, c, d]))),
    );
    expect(all).toHaveLength(grid.size);
    const [best] = grid.best;
    expect(Math.max(...all.map((values) => grid.scoreOf(values)))).toBeCloseTo(best?.score ?? 0, 3);
    expect(grid.scoreOf(best?.values ?? [])).toBeCloseTo(best?.score ?? 0, 3);
    expect(grid.freshOf(best?.values ?? [])).toBeCloseTo(best?.fresh ?? 0, 3);
  });

  it('has something to find: the best is far ahead of A, B and equal weights, on fresh images too', () => {
    const [best] = grid.best;
    for (const equal of grid.uniform) {
      expect(best?.score).toBeGreaterThan(2.4 * equal.score);
      expect(best?.fresh).toBeGreaterThan(2.3 * equal.fresh);
    }
  });

  it('is what the simulator draws and the judge says', async () => {
    const flux = await openTinyFlux(drawing, ARCHITECTURE);
    try {
      const images = grid.imagesOf('search').slice(0, 3);
      for (const values of [grid.best[0]?.values ?? [], [0.3, 0.7, 0.1, 0.9]]) {
        const scores = await flux.scoresOf(decode(createSpace(grid.space), values), images);
        // The exhaustive search was drawn in 16 bits, in other batches, and was not rounded to bytes.
        expect(Math.abs(mean(scores) - mean(grid.scoresOf(values).slice(0, 3)))).toBeLessThan(0.02);
      }
    } finally {
      await flux.close();
    }
  });
});

describe('a search of the curve', () => {
  it.each([1, 2, 3])('finds the very best of 14641 merges within 30 (seed %i)', (seed) => {
    const merges = gridSearch({ createOptimizer, createSpace }, grid, { seed, evaluations: 30 });
    const [best] = grid.best;
    expect(Math.max(...merges.map(({ score }) => score))).toBeGreaterThan((best?.score ?? 1) - 5e-4);
  });
});
