import { describe, expect, it } from 'vitest';
import type { Progress } from '../../../src/stop/stop-rule.ts';
import { coverage, frontOf } from '../../../src/goals/front.ts';
import { kneeOf, parseGoalWeights, pickByWeights, someOf } from '../../../src/goals/pick.ts';
import { mergesOnFront } from '../../../src/goals/standing.ts';
import { patienceRule, stopAhead, triedScores } from '../../../src/stop/patience.ts';
import { scoredTrial } from '../../helpers/make-trial.ts';

const VALUES: readonly (readonly number[])[] = [
  [0, 10],
  [2, 9],
  [1, 5],
  [6, 6],
  [10, 0],
  [9, 2],
];
const trials = VALUES.map((_, i) => scoredTrial({ id: i + 1, score: i }));
const values = new Map(VALUES.map((point, i) => [i + 1, point]));

describe('the front of a run', () => {
  const front = frontOf(trials, values);

  it('has what nothing beats, in falling order of the first goal', () => {
    expect(front?.trials.map(({ trial }) => trial)).toEqual([5, 6, 4, 2, 1]);
    expect(front?.reference).toEqual([-1, -1]);
    expect(front?.ideal).toEqual([10, 10]);
    // Strips from the right, of 11 × 11.
    expect(front?.share).toBeCloseTo((1 * 1 + 3 * 3 + 4 * 7 + 2 * 10 + 1 * 11) / 121, 12);
  });

  it('has baselines, which are not picked, and nothing that was taken over', () => {
    const [model, ...others] = trials;
    if (model === undefined) throw new Error('there are trials');
    const repeat = scoredTrial({ id: 7, score: 1, repeatOf: 4 });
    const withModel = frontOf(
      [{ ...model, baseline: 'A' as const }, ...others, repeat],
      new Map([...values, [7, [6, 6]]]),
    );
    expect(withModel?.trials.map(({ trial }) => trial)).toEqual([5, 6, 4, 2, 1]);
    expect(withModel?.trials.at(-1)?.baseline).toBe('A');
    expect(withModel && mergesOnFront(withModel).map(({ trial }) => trial)).toEqual([5, 6, 4, 2]);
  });

  it('is none while nothing was measured', () => {
    expect(frontOf(trials, new Map())).toBeUndefined();
  });

  it('covers all where a goal is the same for all', () => {
    expect(frontOf(trials, new Map([[1, [3, 3]]]))?.share).toBe(1);
  });
});

describe('choosing', () => {
  const front = frontOf(trials, values)?.trials ?? [];

  it.each([
    ['a=1', 5],
    ['b=2', 1],
    ['a=1,b=1', 4],
    ['a=0.95,b=0.05', 5],
    ['a=0.6, b=0.4', 6],
  ])('%s picks iteration %d', (text, trial) => {
    expect(pickByWeights(front, parseGoalWeights(text, ['a', 'b']))?.trial).toBe(trial);
  });

  it('scales do not matter', () => {
    const scaled = front.map((one) => ({
      ...one,
      values: one.values.map((value, k) => (k === 0 ? 1000 * value - 5 : value)),
    }));
    expect(pickByWeights(scaled, [1, 1])?.trial).toBe(4);
    expect(kneeOf(front)?.trial).toBe(4);
    expect(pickByWeights([], [1, 1])).toBeUndefined();
  });

  it.each([
    ['c=1', /no goal "c"; its goals are a, b/],
    ['a=-1', /weight of a must be a number of 0 or more/],
    ['a=', /weight of a/],
    ['a', /weight of a/],
    ['a=0,b=0', /at least one goal/],
  ])('refuses --weights %s', (text, message) => {
    expect(() => parseGoalWeights(text, ['a', 'b'])).toThrow(message);
  });

  it('of a long front shows the ends, the knee and some between', () => {
    const long = Array.from({ length: 40 }, (_, i) => ({ trial: i + 1, values: [40 - i, i === 5 ? 39 : i] }));
    const shown = someOf(long, 7).map(({ trial }) => trial);
    expect(shown).toHaveLength(7);
    expect([shown[0], shown.at(-1)]).toEqual([1, 40]);
    expect(shown).toContain(6);
    expect(shown).toEqual(shown.toSorted((a, b) => a - b));
    expect(someOf(front, 7)).toEqual(front);
  });
});

describe('the early stop with goals', () => {
  it('counts iterations that add nothing to the front', () => {
    const shares = coverage(VALUES);
    expect(shares[2]).toBe(shares[1]);
    expect(shares.every((share, i) => share >= (shares[i - 1] ?? 0))).toBe(true);
    expect(shares.at(-1)).toBeCloseTo(frontOf(trials, values)?.share ?? 0, 12);
    expect(triedScores(trials, undefined, values)).toEqual(shares);
  });

  it('stops by them, whatever the one score does', () => {
    const rule = patienceRule({ patience: 2, tolAbs: 0, tolRel: 0 });
    const dull = [...VALUES.slice(0, 3), [1, 4]];
    const tried = dull.map((_, i) => scoredTrial({ id: i + 1, score: i }));
    const goals = new Map(dull.map((point, i) => [i + 1, point]));
    const progressOf = (trials: typeof tried): Progress => ({
      trials,
      open: 0,
      minutes: 0,
      tried: triedScores(trials, undefined, goals),
    });
    expect(rule({ trials: tried, open: 0, minutes: 0 })).toBeUndefined();
    expect(rule(progressOf(tried))?.code).toBe('early-stop');
    expect(rule(progressOf(tried.slice(0, 3)))).toBeUndefined();
    expect(
      stopAhead(triedScores(tried.slice(0, 3), undefined, goals), { patience: 2, tolAbs: 0, tolRel: 0 })
        ?.left,
    ).toBe(1);
  });
});
