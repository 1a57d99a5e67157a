import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createOptimizer } from '../../../src/optimizers/index.ts';
import type { Dimension, Optimizer } from '../../../src/optimizers/index.ts';
import { createRng } from '../../../src/optimizers/math/rng.ts';
import { cube, run, sphere } from '../../contracts/optimizer.contract.ts';

const create = (dimensions: readonly Dimension[], seed = 1): Optimizer =>
  createOptimizer('bayesian', { space: { dimensions }, seed });

describe('bayesian', () => {
  it('visits every point of a small grid once, the best part first', () => {
    const dimensions = cube(2, 5);
    const places = run(create(dimensions), sphere(dimensions), 36).map(({ values }) => values.join());
    expect(new Set(places).size).toBe(36);
    expect(places.indexOf('0.6,0.6')).toBeLessThan(18);
  });

  it('proposes another point for every open ask', () => {
    const dimensions = cube(4, 10);
    const optimizer = create(dimensions);
    run(optimizer, sphere(dimensions), 15);
    const open = [1, 2, 3, 4, 5, 6].map(() => optimizer.ask().values);
    expect(new Set(open.map(String)).size).toBe(6);
  });

  it('recommends by the model: a lucky score between bad ones is not handed out', () => {
    const optimizer = create(cube(1, 100));
    const tell = (x: number, score: number): void => {
      optimizer.enqueue([x]);
      optimizer.tell(optimizer.ask().id, score);
    };
    const random = createRng(1);
    for (let x = 0; x <= 1.0001; x += 0.04)
      tell(Number(x.toFixed(2)), -((x - 0.8) ** 2) + 0.005 * random.normal());
    tell(0.1, 0.05);
    const best = optimizer.best();
    expect(best?.values[0]).toBeGreaterThan(0.6);
    expect(best?.observed).toBeLessThan(0.05);
    expect(Math.abs((best?.expected ?? 9) - (best?.observed ?? 0))).toBeLessThan(0.05);
  });

  it('learns from an old history: asks its best point first, knows its way from there', () => {
    const dimensions = cube(8, 10);
    const objective = sphere(dimensions);
    const random = createRng(4);
    const optimizer = create(dimensions);
    for (let i = 0; i < 60; i++) {
      const x = dimensions.map(() => random.integer(11) / 10);
      optimizer.learn(x, objective(x));
    }
    const scores = run(optimizer, objective, 10).map(({ values }) => objective(values));
    const fresh = run(create(dimensions), objective, 10).map(({ values }) => objective(values));
    expect(scores[0]).toBeGreaterThan(-0.15);
    expect(Math.max(...scores)).toBeGreaterThan(Math.max(...fresh));
  });

  it('trusts scores with a large variance less', () => {
    const ask = (variance: number): readonly number[] => {
      const optimizer = create(cube(3, 0), 2);
      for (let i = 0; i < 20; i++) {
        const { id, values } = optimizer.ask();
        optimizer.tell(id, {
          score: (values[0] ?? 0) + (i === 12 ? -1 : 0),
          variance: i === 12 ? variance : 0,
        });
      }
      return optimizer.ask().values;
    };
    expect(ask(1)).not.toEqual(ask(0));
  });

  it('keeps to a continuous cube without repeats', () => {
    const dimensions = cube(3, 0);
    const values = run(create(dimensions), sphere(dimensions), 30).map((asked) => asked.values);
    expect(new Set(values.map(String)).size).toBe(30);
    expect(Math.max(...values.map(sphere(dimensions)))).toBeGreaterThan(-0.005);
  });

  it('looks between the ends of a weight where both are poor and the others show clear trends', () => {
    const dimensions = cube(10, 10);
    const objective = (x: readonly number[]): number =>
      x.slice(1).reduce((sum, value, i) => sum + (i % 2 === 0 ? value : -value) * (1 + (i % 3)), 0) / 10 +
      Math.exp(-((((x[0] ?? 0) - 0.6) / 0.2) ** 2));
    for (const seed of [1, 2, 3, 4]) {
      const optimizer = createOptimizer('bayesian', {
        space: { dimensions },
        seed,
        options: { middle: null },
      });
      run(optimizer, objective, 40);
      expect(Math.abs((optimizer.best()?.values[0] ?? 0) - 0.6)).toBeLessThan(0.15);
    }
  });

  it('goes far on a landscape of 27 weights in 60 trials', () => {
    const landscape = readLandscape('02b');
    const optimizer = create(cube(27, 10));
    run(optimizer, landscape.score, 60);
    const handed = optimizer.best()?.values ?? [];
    // Random search is at 0.3, the published surrogates at 0.2 to 0.75.
    expect(landscape.gain(handed)).toBeGreaterThan(0.6);
  });
});

interface LandscapeFile {
  readonly [key: string]: unknown;
}

/** Score with its roughness, and the normalised true gain of a point: see bench/landscapes.mjs. */
function readLandscape(name: string): {
  score: (x: readonly number[]) => number;
  gain: (x: readonly number[]) => number;
} {
  const file = new URL(`../../fixtures/landscapes/${name}.json`, import.meta.url);
  const data = JSON.parse(readFileSync(file, 'utf8')) as LandscapeFile;
  const numbers = (key: string): number[] => data[key] as number[];
  const rows = (key: string): number[][] => data[key] as number[][];
  const one = (key: string): number => data[key] as number;
  const inner = (a: readonly number[], b: readonly number[]): number =>
    a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
  const centred = (x: readonly number[]): number[] => x.map((value) => value - 0.5);
  const smooth = (x: readonly number[]): number =>
    inner(numbers('beta'), centred(x)) +
    one('amp') *
      inner(
        numbers('a'),
        rows('W').map((w, j) => Math.cos(inner(w, x) + (numbers('b')[j] ?? 0))),
      ) +
    inner(
      numbers('v'),
      rows('X').map((z) => {
        const distance = z.reduce((sum, value, d) => sum + (value - (x[d] ?? 0)) ** 2, 0);
        const near = Math.exp(-distance / (2 * one('lengthscale') ** 2));
        return one('lin2') * inner(centred(x), centred(z)) + one('amp2') * near;
      }),
    );
  const rough = (x: readonly number[]): number =>
    one('noise_sd') *
    Math.sqrt(2 / 64) *
    rows('Wr').reduce((sum, w, j) => sum + Math.cos(inner(w, x) + (numbers('br')[j] ?? 0)), 0);
  return {
    score: (x) => one('mean') + one('sd') * (smooth(x) + rough(x)),
    gain: (x) =>
      (one('mean') + one('sd') * smooth(x) - one('random_mean')) / (one('best_known') - one('random_mean')),
  };
}

describe('the best among some points', () => {
  it('leaves the others out, with a model and without one', () => {
    for (const name of ['bayesian', 'random']) {
      const dimensions = [{ name: 'x', low: 0, high: 1, intervals: 10 }];
      const optimizer = createOptimizer(name, { space: { dimensions }, seed: 3 });
      for (let i = 0; i < 8; i++) {
        const { id, values } = optimizer.ask();
        optimizer.tell(id, -(((values[0] ?? 0) - 0.6) ** 2));
      }
      const best = optimizer.best()?.values[0] ?? -1;
      const other = optimizer.best(([x = 0]) => Math.abs(x - best) > 0.15)?.values[0] ?? -1;
      expect(Math.abs(other - best)).toBeGreaterThan(0.15);
      expect(optimizer.best(() => false)).toBeUndefined();
    }
  });
});
