import { describe, expect, it } from 'vitest';
import { explainMeasured } from '../../../src/importance/explain.ts';
import type { Importance, Suggestion } from '../../../src/importance/importance.ts';
import type { MeasuredRun } from '../../../src/importance/measured.ts';
import { createOptimizer } from '../../../src/optimizers/index.ts';
import { createRng } from '../../../src/optimizers/math/rng.ts';

const NAMES = ['IN00', 'IN01', 'IN02', 'M00', 'OUT00', 'OUT01'];

/** Scores of random merges. */
function runOf(
  count: number,
  f: (x: readonly number[]) => number,
  change: Partial<MeasuredRun> = {},
): MeasuredRun {
  const random = createRng(7, count);
  return {
    searched: NAMES.map((name) => ({ name, blocks: [name], low: 0, high: 1 })),
    measured: Array.from({ length: count }, () => {
      const values = NAMES.map(() => random.uniform());
      return { values, score: f(values), images: undefined };
    }),
    noise: undefined,
    iterations: count,
    range: { low: -1, high: 2 },
    ...change,
  };
}

type Enough = Extract<Importance, { enough: true }>;

function enough(importance: Importance): Enough {
  if (!importance.enough) throw new Error(importance.reason);
  return importance;
}

function ofKind<Kind extends Suggestion['kind']>(
  { suggestions }: Enough,
  kind: Kind,
): (Suggestion & { readonly kind: Kind })[] {
  return suggestions.filter((one): one is Suggestion & { readonly kind: Kind } => one.kind === kind);
}

/** A slope, half a slope down, a hill, and a product: true shares follow from their variances. */
function mixed(x: readonly number[]): number {
  const [a = 0, b = 0, c = 0, , e = 0, g = 0] = x;
  return 0.5 + 0.2 * a - 0.1 * b - 0.4 * (c - 0.5) ** 2 + 0.6 * (e - 0.5) * (g - 0.5);
}
const VARIANCES = { a: 0.04 / 12, b: 0.01 / 12, c: 0.16 / 180, pair: 0.36 / 144 };
const SUM = VARIANCES.a + VARIANCES.b + VARIANCES.c + VARIANCES.pair;

describe('explain', () => {
  const explained = enough(explainMeasured(runOf(120, mixed)));

  it('ranks the weights by what they decide, and its intervals hold the truth', () => {
    const { dimensions } = explained;
    expect(dimensions[0]?.name).toBe('IN00');
    expect(dimensions.at(-1)?.name).toBe('M00');
    const truth: Record<string, [number, number]> = {
      IN00: [VARIANCES.a, VARIANCES.a],
      IN01: [VARIANCES.b, VARIANCES.b],
      IN02: [VARIANCES.c, VARIANCES.c],
      M00: [0, 0],
      OUT00: [VARIANCES.pair, 0],
      OUT01: [VARIANCES.pair, 0],
    };
    for (const { name, total, first } of dimensions) {
      const [wantedTotal = 0, wantedFirst = 0] = truth[name] ?? [];
      for (const [effect, wanted] of [
        [total, wantedTotal / SUM],
        [first, wantedFirst / SUM],
      ] as const) {
        expect(effect.low).toBeLessThanOrEqual(wanted + 0.02);
        expect(effect.high).toBeGreaterThanOrEqual(wanted - 0.02);
        expect(effect.low).toBeLessThanOrEqual(effect.value);
        expect(effect.value).toBeLessThanOrEqual(effect.high);
      }
      expect(first.value).toBeLessThanOrEqual(total.value);
    }
    expect(explained.explained).toBeGreaterThan(0.9);
  });

  it('names the pair that acts together, and no other', () => {
    expect(explained.interactions.map(({ names }) => names.toSorted())).toEqual([['OUT00', 'OUT01']]);
    expect(explained.interactions[0]?.effect.value).toBeCloseTo(VARIANCES.pair / SUM, 1);
  });

  it('gives the same answer again, and another run another one', () => {
    expect(explainMeasured(runOf(120, mixed))).toEqual(explained);
    expect(explainMeasured(runOf(119, mixed))).not.toEqual(explained);
  });

  it('says why where it cannot tell', () => {
    const reason = (run: MeasuredRun): string => {
      const importance = explainMeasured(run);
      return importance.enough ? 'enough' : importance.reason;
    };
    expect(reason(runOf(3, mixed))).toMatch(/^Not enough data: 3 different merges have a score/);
    expect(reason(runOf(1, mixed))).toMatch(/^Not enough data: 1 merge has a score/);
    expect(reason(runOf(30, () => 0.5))).toMatch(/all merges have the same score/);
    expect(reason(runOf(30, mixed, { searched: [] }))).toMatch(/No weight was searched/);
    const random = createRng(1);
    expect(reason(runOf(60, () => random.normal()))).toMatch(
      /the weights explain only \d+ % of the score differences/,
    );
  });

  it('finds three blocks out of 27 with the scores of a search of 60 iterations', () => {
    const names = Array.from({ length: 27 }, (_, d) => `B${d}`);
    const f = (x: readonly number[]): number =>
      (x[3] ?? 0) + 0.7 * (x[11] ?? 0) - 2 * ((x[20] ?? 0) - 0.4) ** 2;
    const random = createRng(1);
    const dimensions = names.map((name) => ({ name, low: 0, high: 1, intervals: 10 }));
    const optimizer = createOptimizer('bayesian', { space: { dimensions }, seed: 1 });
    const measured = Array.from({ length: 60 }, () => {
      const { id, values } = optimizer.ask();
      const score = f(values) + 0.03 * random.normal();
      optimizer.tell(id, score);
      return { values, score, images: undefined };
    });
    const searched = names.map((name) => ({ name, blocks: [name], low: 0, high: 1 }));
    const ranked = enough(
      explainMeasured({ ...runOf(0, f), searched, measured, iterations: 60 }),
    ).dimensions.map(({ name }) => name);
    expect(ranked.slice(0, 3).toSorted()).toEqual(['B11', 'B20', 'B3']);
    expect(ranked).toHaveLength(27);
  });

  it('keeps the last of very many merges, and some of those before', () => {
    const run = runOf(340, mixed);
    const last = { values: [1, 0, 0.5, 0.5, 1, 1], score: mixed([1, 0, 0.5, 0.5, 1, 1]), images: undefined };
    const importance = enough(explainMeasured({ ...run, measured: [...run.measured, last] }));
    expect(importance.trials).toBe(300);
    expect(importance.dimensions[0]?.name).toBe('IN00');
    // The best merge is the last one, whatever became of the places before it.
    const [freeze] = ofKind(importance, 'freeze');
    expect(freeze?.weights).toEqual({ M00: 0.5 });
  });

  it('does not depend on the scale of the scores', () => {
    const order = (scale: number): string[] =>
      enough(explainMeasured(runOf(60, (x) => scale * mixed(x)))).dimensions.map(({ name }) => name);
    expect(order(1e-6)).toEqual(order(1e6));
  });
});

describe('suggestions', () => {
  it('freezes what does not matter at its weight in the best merge', () => {
    const run = runOf(120, mixed);
    const [freeze] = ofKind(enough(explainMeasured(run)), 'freeze');
    expect(Object.keys(freeze?.weights ?? {})).toEqual(['M00']);
    expect(freeze?.share).toBeLessThanOrEqual(0.05);
    expect(freeze?.option).toMatch(/^--block M00=\d/);
  });

  it('widens a bound where the score still rises, as far as the backend goes', () => {
    const measured = [
      ...runOf(100, mixed).measured,
      { values: [1, 0.1, 0.5, 0.5, 0.9, 0.9], score: mixed([1, 0.1, 0.5, 0.5, 0.9, 0.9]), images: undefined },
    ];
    const explain = (range: MeasuredRun['range']): string[] =>
      ofKind(enough(explainMeasured(runOf(101, mixed, { measured, range }))), 'widen').map(
        ({ option = '' }) => option,
      );
    expect(explain({ low: -1, high: 2 })).toEqual(['--block IN00=0:1.3']);
    expect(explain({ low: 0, high: 1 })).toEqual([]);
  });

  it('groups neighbours that act alike, and leaves those alone that do not', () => {
    const alike = runOf(150, ([a = 0, b = 0, , , e = 0, g = 0]) => a + b + e - g);
    expect(ofKind(enough(explainMeasured(alike)), 'group').map(({ blocks }) => blocks)).not.toContainEqual([
      'OUT00',
      'OUT01',
    ]);
    const best = { values: [1, 1, 0.5, 0.5, 1, 0], score: 3, images: undefined };
    const found = ofKind(enough(explainMeasured({ ...alike, measured: [...alike.measured, best] })), 'group');
    expect(found.map(({ option }) => option)).toEqual(['--group IN00,IN01']);
  });

  it('expects more of a search that still rises than of one that stands', () => {
    const rising = runOf(60, mixed);
    const sorted = { ...rising, measured: rising.measured.toSorted((x, y) => x.score - y.score) };
    const standing = { ...sorted, measured: sorted.measured.toReversed() };
    const gain = (run: MeasuredRun): number => enough(explainMeasured(run)).expectedGain.value;
    expect(gain(sorted)).toBeGreaterThan(1.3 * gain(standing));
    expect(gain(standing)).toBeGreaterThan(0);
    const advice = enough(explainMeasured(sorted)).suggestions.at(-1);
    expect(advice).toMatchObject({ kind: 'go-on', iterations: 20, option: '--iterations 80' });
  });
});
