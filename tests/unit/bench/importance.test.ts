import { describe, expect, it } from 'vitest';
import { rankAgreement, topAgreement } from '../../../bench/importance-measures.mjs';
import { makeWorlds, trueEffects } from '../../../bench/importance-worlds.mjs';

describe('rank agreement', () => {
  it('is 1 for the true order, whatever the order of the blocks that do not matter', () => {
    const truth = [0.5, 0, 0.3, 0, 0.001, 0];
    const { rank, plain } = rankAgreement([0.9, 0.02, 0.2, 0.01, 0, 0.03], truth);
    expect(rank).toBeCloseTo(1, 10);
    expect(plain).toBeLessThan(0.9);
    expect(rankAgreement([0, 0.3, 0.1, 0.4, 0.5, 0.6], truth).rank).toBeLessThan(-0.9);
    expect(topAgreement([0.9, 0.02, 0.01, 0.01, 0, 0.03], truth)).toBe(0.5);
  });
});

describe('made worlds', () => {
  it('have the effects that they say', () => {
    for (const world of makeWorlds([1]).filter(({ name }) => /^(3|10) /.test(name))) {
      const { size, effects } = world;
      const measured = trueEffects((x) => world.truth(x), size, 1, 4000);
      for (const [d, effect] of effects.total.entries()) {
        expect(Math.abs((measured.total[d] ?? 0) - effect)).toBeLessThan(0.06);
      }
    }
  });

  it('have pictures that differ, and whose mean is near the truth', () => {
    const [world] = makeWorlds([1], 0.5);
    const x = Array.from({ length: 27 }, (_, d) => (d % 5) / 4);
    const pictures = Array.from({ length: 48 }, (_, p) => world?.picture(x, p) ?? 0);
    expect(new Set(pictures).size).toBe(48);
    expect(pictures).toEqual(Array.from({ length: 48 }, (_, p) => world?.picture(x, p)));
    const mean = pictures.reduce((sum, score) => sum + score, 0) / 48;
    expect(Math.abs(mean - (world?.truth(x) ?? 0))).toBeLessThan(0.05);
  });
});
