import { describe, expect, it } from 'vitest';
import { imageNoise, type NoiseSample } from '../../../src/allocation/index.ts';
import { createRng } from '../../../src/optimizers/math/rng.ts';

const SIZE = 20;

/** Merges whose images differ from the merge's score by `own` noise and by a smooth function of the merge each. */
function samples({
  own,
  smooth,
  trials = 40,
  images = 8,
}: Record<'own' | 'smooth', number> & { trials?: number; images?: number }): NoiseSample[] {
  const random = createRng(5);
  const waves = Array.from({ length: images }, () => ({
    offset: 3 * random.normal(),
    slopes: Array.from({ length: SIZE }, () => random.normal() / Math.sqrt(SIZE / 12)),
  }));
  return Array.from({ length: trials }, (_, i) => {
    const point = Array.from({ length: SIZE }, () => random.uniform());
    const score = random.normal();
    const scores = waves.map(({ offset, slopes }) => {
      const wave = slopes.reduce((sum, slope, d) => sum + slope * ((point[d] ?? 0) - 0.5), 0);
      return score + offset + smooth * wave + own * random.normal();
    });
    // Nested: some have all, some the first three.
    return { point, scores: i % 3 === 0 ? scores : scores.slice(0, 3) };
  });
}

describe('imageNoise', () => {
  it.each([
    [0.5, 0],
    [0, 0.5],
    [0.4, 0.4],
    [0.3, 0.6],
  ])('tells what is own (deviation %d) from what is smooth (%d)', (own, smooth) => {
    const noise = imageNoise(samples({ own, smooth }), 8);
    const variance = own ** 2 + smooth ** 2;
    expect((noise?.own ?? 0) + (noise?.shared ?? 0)).toBeGreaterThan(0.6 * variance);
    expect((noise?.own ?? 0) + (noise?.shared ?? 0)).toBeLessThan(1.6 * variance);
    const share = (noise?.shared ?? 0) / ((noise?.own ?? 0) + (noise?.shared ?? 0));
    expect(Math.abs(share - smooth ** 2 / variance)).toBeLessThan(0.3);
  });

  it('says nothing of a single trial, and little of images that all agree', () => {
    expect(imageNoise([], 8)).toBeUndefined();
    expect(imageNoise(samples({ own: 1, smooth: 0, trials: 1 }), 8)).toBeUndefined();
    const quiet = imageNoise(samples({ own: 0, smooth: 0 }), 8);
    expect((quiet?.own ?? 0) + (quiet?.shared ?? 0)).toBeLessThan(0.1);
  });

  it('does not mind missing images, nor the order of the trials', () => {
    const all = samples({ own: 0.4, smooth: 0.4 });
    const holed = all.map(({ point, scores }, i) => ({
      point,
      scores: i === 4 ? [undefined, ...scores.slice(1)] : scores,
    }));
    const noise = imageNoise(holed, 8);
    const turned = imageNoise(holed.toReversed(), 8);
    expect(noise?.own).toBeGreaterThan(0);
    expect(turned?.own).toBeCloseTo(noise?.own ?? 0, 12);
    expect(turned?.shared).toBeCloseTo(noise?.shared ?? 0, 12);
  });
});
