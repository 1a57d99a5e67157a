import { describe, expect, it } from 'vitest';
import { createRng } from '../../../../../src/optimizers/math/rng.ts';
import {
  conditionOn,
  type GaussianProcess,
} from '../../../../../src/optimizers/model/gp/gaussian-process.ts';
import { knowledgeGradient } from '../../../../../src/optimizers/model/gp/knowledge-gradient.ts';
import { noiseRatio, worthOf, type MeasuredRow } from '../../../../../src/optimizers/model/gp/worth.ts';

describe('knowledgeGradient', () => {
  it('is the expected rise of the maximum, as drawn numbers have it', () => {
    const random = createRng(4);
    for (let round = 0; round < 8; round++) {
      const means = Array.from({ length: 6 }, () => random.normal());
      const slopes = means.map(() => 0.7 * random.normal());
      let sum = 0;
      const draws = 40_000;
      for (let i = 0; i < draws; i++) {
        const z = random.normal();
        sum += Math.max(...means.map((mean, k) => mean + (slopes[k] ?? 0) * z));
      }
      expect(knowledgeGradient(means, slopes)).toBeCloseTo(sum / draws - Math.max(...means), 1.6);
    }
  });

  it('is 0 where nothing changes, or all change alike', () => {
    expect(knowledgeGradient([1, 2, 3], [0, 0, 0])).toBe(0);
    expect(knowledgeGradient([1, 2, 3], [0.5, 0.5, 0.5])).toBe(0);
    expect(knowledgeGradient([], [])).toBe(0);
    expect(knowledgeGradient([0, 0], [0, 1])).toBeCloseTo(1 / Math.sqrt(2 * Math.PI), 12);
  });
});

const PARAMETERS = {
  amplitude: 0.8,
  lengthscale: 0.9,
  linear: 0.3,
  noise: 0.01,
  relevance: Float64Array.of(1, 1),
};
const POINTS = [
  [0.2, 0.2],
  [0.8, 0.3],
  [0.5, 0.9],
] as const;
const NOISE = { shared: 0.6, own: 0.3 };

function processOf(targets: readonly number[], images: readonly number[]): GaussianProcess {
  return conditionOn(
    {
      points: Float64Array.from(POINTS.flat()),
      count: 3,
      size: 2,
      targets: Float64Array.from(targets),
      extraNoise: Float64Array.from(images, (count) => NOISE.own / count),
      shared: Float64Array.from(images, (count) => NOISE.shared / count),
    },
    PARAMETERS,
    0,
  );
}

const rowsOf = (images: readonly number[]): MeasuredRow[] =>
  POINTS.map((point, i) => ({ point, images: images[i] ?? 1, isTrial: true }));

describe('worthOf', () => {
  const images = [3, 3, 12];
  const targets = [1, 0.95, -1.5];
  const process = processOf(targets, images);
  const worth = (row: number, had: number, to: number): number =>
    worthOf(process, rowsOf(images), NOISE, [{ point: POINTS[row] ?? [], row, had, images: to }])[0] ?? 0;

  it('rises with the images, by less and less for each', () => {
    const rises = [4, 6, 12, 48].map((to) => worth(0, 3, to));
    for (const [k, rise] of rises.entries()) expect(rise).toBeGreaterThan(rises[k - 1] ?? 0);
    expect((rises[0] ?? 0) / 1).toBeGreaterThan((rises[3] ?? 0) / 45);
  });

  it('is more for a rival of the best than for a hopeless merge', () => {
    expect(worth(1, 3, 6)).toBeGreaterThan(20 * worth(2, 12, 15));
  });

  it('foretells what the model then learns: the spread of the new means is the slope', () => {
    // Conditioning by hand on one more mean at the second point, as a fourth row with images 4 to 6.
    const [value] = worthOf(process, rowsOf(images), { shared: 0, own: 0.3 }, [
      { point: [0.75, 0.4], row: undefined, had: 0, images: 3 },
    ]);
    const plain = conditionOn(
      {
        points: Float64Array.from([...POINTS.flat(), 0.75, 0.4]),
        count: 4,
        size: 2,
        targets: Float64Array.from([...targets, 0]),
        extraNoise: Float64Array.from([...images.map((count) => NOISE.own / count), 0.1]),
        shared: Float64Array.from([...images.map((count) => NOISE.shared / count), 0]),
      },
      PARAMETERS,
      0,
    );
    const shifted = conditionOn(
      {
        points: Float64Array.from([...POINTS.flat(), 0.75, 0.4]),
        count: 4,
        size: 2,
        targets: Float64Array.from([...targets, 1]),
        extraNoise: Float64Array.from([...images.map((count) => NOISE.own / count), 0.1]),
        shared: Float64Array.from([...images.map((count) => NOISE.shared / count), 0]),
      },
      PARAMETERS,
      0,
    );
    const all = [...POINTS, [0.75, 0.4]];
    const { variance } = process.predict([0.75, 0.4]);
    const deviation = Math.sqrt(variance + PARAMETERS.noise + 0.1);
    const slopes = all.map((point) => (shifted.mean(point) - plain.mean(point)) * deviation);
    expect(value).toBeCloseTo(
      knowledgeGradient(
        all.map((point) => process.mean(point)),
        slopes,
      ),
      9,
    );
  });

  it('calls images noisy where they blur what is unknown', () => {
    const far = noiseRatio(process, NOISE, POINTS[0], [0.5, 0.5]);
    const near = noiseRatio(process, NOISE, POINTS[0], [0.21, 0.2]);
    expect(near.own).toBeGreaterThan(10 * far.own);
    expect(near.shared).toBeCloseTo(0.6 / 1.1, 12);
    expect(far.shared).toBe(near.shared);
  });
});
