import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadLandscapes } from '../../../bench/landscapes.mjs';
import { loadWorlds, meanScore, score } from '../../../bench/worlds.mjs';
import { randomStream } from '../../../src/simulator/random.ts';

const DATA = path.resolve(import.meta.dirname, '../../../bench/data/worlds');
const LANDSCAPES = path.resolve(import.meta.dirname, '../../fixtures/landscapes');
const worlds = loadWorlds();
const point = (random: () => number): number[] => Array.from({ length: 27 }, random);

describe('worlds', () => {
  it('are at least ten, each with another name and 48 pictures', () => {
    expect(worlds.length).toBeGreaterThanOrEqual(10);
    expect(new Set(worlds.map(({ name }) => name)).size).toBe(worlds.length);
    for (const world of worlds) expect([world.size, world.pictures]).toEqual([27, 48]);
  });

  it.each(worlds.map((world) => [world.name, world] as const))(
    '%s: one picture, all pictures and their mean agree',
    (_, world) => {
      const random = randomStream(5);
      for (let i = 0; i < 3; i++) {
        const x = point(random);
        const all = world.scores(x);
        for (const [p, value] of all.entries()) expect(score(world, x, p)).toBeCloseTo(value, 12);
        const few = all.slice(0, 3);
        expect(meanScore(world, x, 3)).toBeCloseTo(few.reduce((a, b) => a + b) / 3, 12);
        expect(world.truth(x)).toBeCloseTo(meanScore(world, x), 12);
      }
    },
  );

  it.each(worlds.map((world) => [world.name, world] as const))(
    '%s: random points gain nothing on average, and the network fits unseen merges',
    (_, world) => {
      const random = randomStream(6);
      const gains = Array.from({ length: 300 }, () => world.gain(world.truth(point(random))));
      expect(Math.abs(gains.reduce((a, b) => a + b) / gains.length)).toBeLessThan(0.1);
      expect(Math.max(...gains)).toBeLessThan(1);
      for (const fit of [world.quality.design, world.quality.searches, world.quality.optimizers]) {
        expect(fit[2]).toBeGreaterThanOrEqual(0.97);
      }
    },
  );

  it('remember nothing of the merge before when its array is changed in place', () => {
    const [world] = worlds;
    const x = point(randomStream(7));
    const before = world?.picture(x, 0);
    x.fill(0.5);
    expect(world?.picture(x, 0)).not.toBe(before);
    expect(world?.picture(x, 0)).toBe(world?.picture([...x], 0));
  });

  it('say what is wrong with a point or a picture', () => {
    expect(() => worlds[0]?.picture([0.5], 0)).toThrow('a world takes 27 weights, not 1');
    expect(() => worlds[0]?.picture(point(randomStream(8)), 48)).toThrow('there is no picture 48');
  });

  describe('in a damaged folder', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'worlds-'));
    cpSync(DATA, folder, { recursive: true });
    const file = path.join(folder, 'demo.bin');
    const bytes = readFileSync(file);
    afterAll(() => {
      rmSync(folder, { recursive: true });
    });

    it('are refused when a parameter is another', () => {
      const other = Buffer.from(bytes);
      other.writeUInt16LE(0x4400, 0);
      writeFileSync(file, other);
      expect(() => loadWorlds(folder)).toThrow('world demo: a test point has another score');
    });

    it('are refused when some are missing', () => {
      writeFileSync(file, bytes.subarray(2));
      expect(() => loadWorlds(folder)).toThrow(/world demo: \d+ parameters, not what the index says/);
    });
  });
});

describe('landscapes with pictures', () => {
  it.each(loadLandscapes(LANDSCAPES).map((landscape) => [landscape.name, landscape] as const))(
    '%s: the mean of 12 pictures is as rough as the score of a trial',
    (_, landscape) => {
      const random = randomStream(9);
      const points = Array.from({ length: 200 }, () => point(random));
      const rough = points.map((x) => landscape.score(x) - landscape.truth(x));
      const pictures = points.map((x) => {
        const scores = Array.from({ length: 12 }, (_, p) => landscape.picture(x, p));
        return scores.reduce((a, b) => a + b) / 12 - landscape.truth(x);
      });
      expect(deviation(pictures) / deviation(rough)).toBeGreaterThan(0.7);
      expect(deviation(pictures) / deviation(rough)).toBeLessThan(1.4);
    },
  );
});

function deviation(values: readonly number[]): number {
  const mean = values.reduce((a, b) => a + b) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}
