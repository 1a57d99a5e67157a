/** The images of the simulated server are worth searching in: a classical measure of them follows the landscape. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import sharp from 'sharp';
import { builtinLandscape, truthAt } from '../../src/landscape/index.ts';
import { scoreQuality } from '../../src/score/quality.ts';
import { startSimulator } from '../../src/simulator/index.ts';
import type { Simulator } from '../../src/simulator/index.ts';
import { randomStream } from '../../src/simulator/random.ts';
import { IS_NIGHTLY } from '../setup/settings.ts';
import { loadB, merged, shoot } from '../unit/simulator/client.ts';

const POINTS = IS_NIGHTLY ? 60 : 24;
const PROMPTS = ['a cat on a sofa', 'castle on a lake, sunset', 'portrait of a sailor'];
const SEEDS = [1, 77];

let simulator: Simulator;

beforeAll(async () => {
  simulator = await startSimulator();
  await loadB(simulator.url);
});

afterAll(async () => {
  await simulator.close();
});

it('ranks random merges as the landscape does, over a wide range', async () => {
  const random = randomStream(2026);
  const points = Array.from({ length: POINTS }, () =>
    Array.from({ length: 27 }, () => Math.round(10 * random()) / 10),
  );
  const truths = points.map((point) => truthAt(builtinLandscape(), point));
  const scores: number[] = [];
  for (const point of points) scores.push(await meanQuality(point));

  expect(spearman(truths, scores)).toBeGreaterThanOrEqual(0.9);
  expect(Math.max(...scores) - Math.min(...scores)).toBeGreaterThanOrEqual(0.2);

  const { best_x: best } = builtinLandscape();
  expect(await meanQuality(best)).toBeGreaterThan(Math.max(...scores));
});

async function meanQuality(point: readonly number[]): Promise<number> {
  let sum = 0;
  for (const prompt of PROMPTS) {
    for (const seed of SEEDS) sum += await quality(point, prompt, seed);
  }
  return sum / (PROMPTS.length * SEEDS.length);
}

async function quality(point: readonly number[], prompt: string, seed: number): Promise<number> {
  const request = { prompt, seed, steps: 20, width: 256, height: 256, ...merged(point) };
  const { images } = await shoot(simulator.url, request);
  const { data, info } = await sharp(Buffer.from(images[0] ?? '', 'base64'))
    .raw()
    .toBuffer({ resolveWithObject: true });
  const result = scoreQuality({ width: info.width, height: info.height, data });
  if (result.state === 'invalid') throw new Error(result.reason);
  return result.value;
}

/** Rank correlation; the truths have no ties, tied scores get ranks in order of appearance. */
function spearman(p: readonly number[], q: readonly number[]): number {
  const ranks = (values: readonly number[]): number[] => {
    const order = values.map((value, i) => ({ value, i })).sort((a, b) => a.value - b.value);
    return order.reduce<number[]>(
      (all, { i }, rank) => all.with(i, rank),
      values.map(() => 0),
    );
  };
  const [left, right] = [ranks(p), ranks(q)];
  const squares = left.reduce((sum, rank, i) => sum + (rank - (right[i] ?? 0)) ** 2, 0);
  return 1 - (6 * squares) / (p.length * (p.length ** 2 - 1));
}
