import { describe, expect, it } from 'vitest';
import { builtinLandscape } from '../../../src/landscape/index.ts';
import { createPainter, qualityOf } from '../../../src/simulator/worlds/painter.ts';
import type { PaintJob } from '../../../src/simulator/worlds/world.ts';
import { bestAt } from '../../../src/simulator/worlds/depth.ts';
import { blocksOf, uniformWeights } from '../../../src/space/blocks.ts';
import { weightsFromList } from '../../../src/architectures/sd-lists.ts';

const landscape = builtinLandscape();
const BEST = weightsFromList(landscape.best_x, 'search');
const JOB: PaintJob = {
  prompt: 'a cat',
  negativePrompt: '',
  seed: 1,
  subseed: 0,
  subseedStrength: 0,
  width: 64,
  height: 48,
  steps: 4,
  finished: 1,
  cfgScale: 7,
  sampler: 'Euler',
  scheduler: 'Automatic',
  clipSkip: 1,
  batch: { size: 1, index: 0 },
  hires: null,
  weights: uniformWeights(0, 'sd1'),
  textEncoder: 'A',
  vae: 'A',
  damaged: false,
};

describe('the painter', () => {
  it('paints equal pixels for equal jobs, also in another instance', async () => {
    const [painter, another] = [createPainter(), createPainter()];
    const first = await painter.paint(JOB);
    expect(await painter.paint(JOB)).toEqual(first);
    expect(await another.paint(JOB)).toEqual(first);
    expect([first.width, first.height, first.data.length]).toEqual([64, 48, 3 * 64 * 48]);
  });

  it.each<[string, Partial<PaintJob>]>([
    ['prompt', { prompt: 'a dog' }],
    ['negative prompt', { negativePrompt: 'ugly' }],
    ['seed', { seed: 2 }],
    ['steps', { steps: 5 }],
    ['cfg', { cfgScale: 7.5 }],
    ['sampler', { sampler: 'DDIM' }],
    ['schedule', { scheduler: 'Karras' }],
    ['clip skip', { clipSkip: 2 }],
    ['variation', { subseed: 3, subseedStrength: 0.1 }],
    ['batch', { batch: { size: 2, index: 0 } }],
    ['second pass', { hires: 'x' }],
    ['text encoder', { textEncoder: 'B' }],
    ['VAE', { vae: 'B' }],
    ['an interrupt', { finished: 0.5 }],
    ['a failed load', { damaged: true }],
    ['a trace of B', { weights: { ...uniformWeights(0, 'sd1'), IN04: 1e-6 } }],
  ])('paints other pixels for another %s', async (_, change) => {
    const painter = createPainter();
    const [one, other] = [await painter.paint(JOB), await painter.paint({ ...JOB, ...change })];
    expect(Buffer.compare(one.data, other.data)).not.toBe(0);
  });

  it('ignores a subseed without strength', async () => {
    const painter = createPainter();
    expect(await painter.paint({ ...JOB, subseed: 9 })).toEqual(await painter.paint(JOB));
  });
});

describe('qualityOf', () => {
  it('is higher at the best known weights than at A, B and half way, for every prompt', () => {
    for (const prompt of ['a cat', 'castle', 'portrait of a sailor']) {
      const at = (weights: PaintJob['weights']): number => qualityOf({ ...JOB, prompt, weights }, landscape);
      const others = [0, 0.5, 1].map((value) => at(uniformWeights(value, 'sd1')));
      expect(at(BEST)).toBeGreaterThan(0.8);
      expect(Math.max(...others)).toBeLessThan(0.6);
    }
  });

  it('differs a little between prompts and seeds', () => {
    const qualities = [1, 2, 3, 4].map((seed) => qualityOf({ ...JOB, seed }, landscape));
    expect(new Set(qualities).size).toBe(4);
    expect(Math.max(...qualities) - Math.min(...qualities)).toBeLessThan(0.2);
  });

  it('falls with the share of steps taken and with damage', () => {
    const whole = qualityOf(JOB, landscape);
    expect(qualityOf({ ...JOB, finished: 0.5 }, landscape)).toBeCloseTo(whole / 2, 12);
    expect(qualityOf({ ...JOB, damaged: true }, landscape)).toBeCloseTo(whole / 5, 12);
  });

  it('stays within 0 and 1 far outside the cube', () => {
    for (const value of [-30, 30]) {
      const quality = qualityOf({ ...JOB, weights: uniformWeights(value, 'sd1') }, landscape);
      expect(quality).toBeGreaterThanOrEqual(0);
      expect(quality).toBeLessThanOrEqual(1);
    }
  });
});

describe('the landscape of transformers', () => {
  const names = blocksOf('flux1:double_blocks=4,single_blocks=8');
  const at = (weightOf: (name: string) => number): number =>
    qualityOf(
      { ...JOB, weights: Object.fromEntries(names.map((name) => [name, weightOf(name)])) },
      landscape,
    );

  it('is best on a curve over depth, and worse at both models than half way', () => {
    const best = bestAt(names);
    const curve = at((name) => best.get(name)?.best ?? 0);
    const half = at(() => 0.5);
    expect(curve).toBeGreaterThan(half + 0.02);
    expect(half).toBeGreaterThan(at(() => 0) + 0.2);
    expect(half).toBeGreaterThan(at(() => 1) + 0.2);
    const row = names.filter((name) => name.startsWith('single_blocks.'));
    const steps = row
      .slice(1)
      .map((name, i) => (best.get(name)?.best ?? 0) - (best.get(row[i] ?? '')?.best ?? 0));
    // Neighbours are alike.
    expect(Math.max(...steps.map(Math.abs))).toBeLessThan(0.25);
  });

  it('counts every block, those of no row less', () => {
    const base = at(() => 0.5);
    for (const name of names)
      expect([name, at((one) => (one === name ? 1.5 : 0.5)) < base]).toEqual([name, true]);
    const lossOf = (name: string): number => base - at((one) => (one === name ? 1.5 : 0.5));
    expect(lossOf('img_in')).toBeLessThan(lossOf('double_blocks.2'));
  });
});
