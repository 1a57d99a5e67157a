import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { landscapeProblems, worldProblems } from '../../../bench/optimizer-problems.mjs';
import { differences, meanAndError } from '../../../bench/optimizer-tables.mjs';
import { startPeers, type Peers } from '../../../bench/peer-optimizers.mjs';
import { loadLandscapes } from '../../../bench/landscapes.mjs';
import { loadWorlds } from '../../../bench/worlds.mjs';
import { randomStream } from '../../../src/simulator/random.ts';

const LANDSCAPES = path.resolve(import.meta.dirname, '../../fixtures/landscapes');
const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

describe('the tables of the optimizers', () => {
  it('take the error from the means of the problems', () => {
    const items = [1, 3, 6, 8].map((value, i) => ({ problem: i < 2 ? 'a' : 'b', value }));
    // Means 2 and 7, standard deviation 5 / √2, divided by √2.
    expect(meanAndError(items).mean).toBeCloseTo(4.5, 12);
    expect(meanAndError(items).error).toBeCloseTo(2.5, 12);
  });

  it('weigh every problem alike, however many runs it has', () => {
    const items = [0, 0, 0, 4].map((value, i) => ({ problem: i < 3 ? 'a' : 'b', value }));
    expect(meanAndError(items).mean).toBe(2);
  });

  it('take the error of a single problem from its runs, and have none of one run', () => {
    const items = [1, 3].map((value) => ({ problem: 'a', value }));
    expect(meanAndError(items)).toEqual({ mean: 2, error: 1 });
    expect(meanAndError(items.slice(1))).toEqual({ mean: 3, error: undefined });
  });

  it('compare runs of the same problem and seed only', () => {
    const run = (problem: string, seed: number, gain?: number) => ({ problem, seed, gain });
    const others = [run('a', 1, 0.25), run('a', 2, 0.5), run('b', 2)];
    const own = [run('a', 2, 1), run('a', 3, 1), run('b', 2, 1)];
    expect(differences(own, others, ({ gain }) => gain)).toEqual([{ problem: 'a', value: 0.5 }]);
  });
});

describe('what the optimizers search', () => {
  it.each([1, 3, 12, 48])('is scored by the mean of the first %i pictures', (images) => {
    const random = randomStream(7);
    const x = Array.from({ length: 27 }, random);
    const pictures = Array.from({ length: images }, (_, p) => p);
    const [world] = loadWorlds();
    const [problem] = worldProblems(images);
    expect(problem?.score(x, 1)).toBeCloseTo(mean(pictures.map((p) => world?.picture(x, p) ?? NaN)), 12);
    const [landscape] = loadLandscapes(LANDSCAPES);
    const [rough] = landscapeProblems(images, LANDSCAPES);
    const wanted =
      images === 12 ? landscape?.score(x) : mean(pictures.map((p) => landscape?.picture(x, p) ?? NaN));
    expect(rough?.score(x, 1)).toBeCloseTo(wanted ?? NaN, 12);
  });
});

const hasPython = spawnSync('python3', ['-c', ''], { stdio: 'ignore' }).status === 0;

describe.skipIf(!hasPython)('a peer', () => {
  const opened: Peers[] = [];
  afterAll(async () => {
    for (const peers of opened) await peers.close();
  });
  const open = (): Peers => {
    const peers = startPeers('python3');
    opened.push(peers);
    return peers;
  };
  const dimensions = [
    { low: 0, high: 1, intervals: 10 },
    { low: -1, high: -0.5, intervals: 0 },
  ];

  it('is asked and told over lines, within its bounds, and repeats a seed', async () => {
    const peers = open();
    const points = [];
    for (const seed of [1, 1, 2]) {
      const search = await peers.start('uniform', dimensions, seed);
      expect(search.versions.Python).toMatch(/^3\./);
      const first = await search.ask();
      await search.tell(0.5);
      const second = await search.ask();
      expect(second).not.toEqual(first);
      for (const [x, y] of [first, second]) {
        expect(x).toBeGreaterThanOrEqual(0);
        expect(y).toBeLessThanOrEqual(-0.5);
        expect(y).toBeGreaterThanOrEqual(-1);
      }
      points.push([first, second]);
    }
    expect(points[1]).toEqual(points[0]);
    expect(points[2]).not.toEqual(points[0]);
  });

  it('that ends without a reply is an error', async () => {
    await expect(open().start('nobody', dimensions, 1)).rejects.toThrow('ended without a reply');
  });
});
