import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TinyWorldData } from '../../../bench/tiny-world-data.mjs';
import { imageSearch, imageTable, type ImageSearch } from '../../../bench/tiny-world-images.mjs';
import { orderImages } from '../../../src/allocation/index.ts';
import { RunState } from '../../../src/run/run-state.ts';
import { createSpace } from '../../../src/space/space.ts';

const PROMPTS = [
  'a red circle',
  'a blue star',
  'a green heart',
  'a pink moon',
  'a grey ring',
  'a white square',
];

/** Every image likes high weights, some a little more than others. */
async function searched(
  mode: string,
  budget: number,
): Promise<{ search: ImageSearch; asked: Map<string, number[]> }> {
  const asked = new Map<string, number[]>();
  const search = await imageSearch(
    { RunState, orderImages, createSpace },
    {
      mode,
      seed: 1,
      prompts: PROMPTS,
      budget,
      scoresOf: async (weights, places) => {
        const mean = weights.reduce((sum, weight) => sum + weight, 0) / weights.length;
        asked.set(weights.join(' '), [...(asked.get(weights.join(' ')) ?? []), places.length]);
        return places.map((place) => mean + place / 100);
      },
    },
  );
  return { search, asked };
}

describe('searches that count images', () => {
  it('give every merge all images, as many merges as fit', async () => {
    const { search, asked } = await searched('all', 40);
    expect(search).toMatchObject({ imagesPerTrial: 'all', seed: 1, images: 36, trials: 6 });
    expect(new Set([...asked.values()].flat())).toEqual(new Set([6]));
    expect(search.handed[0]?.[0]).toBe(6);
  });

  it('let the allocation begin with fewer, and judge what would be handed out by all of them', async () => {
    const { search, asked } = await searched('auto', 40);
    expect(search.images).toBeLessThanOrEqual(40);
    expect(search.trials).toBeGreaterThan(6);
    expect(search.handed[0]?.[0]).toBe(2);
    expect(Math.min(...[...asked.values()].flat())).toBeLessThan(6);
    const whole = [...asked].map(
      ([weights]) => weights.split(' ').reduce((sum, weight) => sum + Number(weight), 0) / 27 + 0.025,
    );
    for (const [, truth] of search.handed)
      expect(Math.min(...whole.map((value) => Math.abs(value - truth)))).toBeLessThan(1e-9);
  });

  it('say when a level is reached, and by how many seeds', () => {
    const search = (seed: number, handed: [number, number][]): ImageSearch => ({
      imagesPerTrial: 'auto',
      seed,
      images: 60,
      trials: 20,
      handed,
    });
    const searches = [
      search(1, [
        [2, 0.1],
        [14, 0.5],
        [30, 0.9],
      ]),
      search(2, [[20, 0.6]]),
      search(3, [[2, 0.1]]),
    ];
    const table = imageTable(searches, () => [0.5, 0.8]);
    expect(table).toContain(
      '| auto | 20 images (2 of 3: 14 20 –) | not reached (1 of 3: 30 – –) | 0.600 | 20 |',
    );
  });
});

describe('what is kept of them', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'autombw-tiny-world-'));
    vi.spyOn(console, 'log').mockReturnValue();
  });
  afterEach(() => {
    vi.restoreAllMocks();
    rmSync(folder, { recursive: true, force: true });
  });

  it('stays until it is repeated; images are joined, and the best has all of them', () => {
    const file = path.join(folder, 'data.json');
    const first = new TinyWorldData(file, PROMPTS.slice(0, 2));
    first.evaluations.push(
      { optimizer: 'bayesian auto', seed: 1, weights: [1, 2], scores: [0.9, null] },
      { optimizer: 'bayesian auto', seed: 1, weights: [3, 4], scores: [0.2, 0.4] },
    );
    first.searches.push({ imagesPerTrial: 'auto', seed: 1, images: 3, trials: 2, handed: [[1, 0.3]] });
    first.save();
    const second = new TinyWorldData(file, PROMPTS.slice(0, 2));
    second.evaluations.push({ optimizer: 'random', seed: 1, weights: [1, 2], scores: [null, 0.5] });
    second.searches.push({ imagesPerTrial: 'all', seed: 1, images: 2, trials: 1, handed: [[2, 0.2]] });
    second.save();
    const kept = new TinyWorldData(file, PROMPTS.slice(0, 2));
    expect(kept.allEvaluations()).toHaveLength(3);
    expect(kept.allSearches().map(({ imagesPerTrial }) => imagesPerTrial)).toEqual(['auto', 'all']);
    expect(kept.bestOf(1)).toBeCloseTo(0.3, 12);
    expect(kept.imagesOf(1).get('1 2')).toEqual([0.9, 0.5]);
    kept.searches.push({ imagesPerTrial: 'auto', seed: 1, images: 9, trials: 4, handed: [[1, 0.3]] });
    expect(kept.allSearches().map(({ images }) => images)).toEqual([2, 9]);
  });
});
