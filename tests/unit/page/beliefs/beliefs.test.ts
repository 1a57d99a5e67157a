import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseJournal } from '../../../../src/journal/read.ts';
import type { JournalRecord } from '../../../../src/journal/record.ts';
import { createRng } from '../../../../src/optimizers/math/rng.ts';
import { beliefsOf } from '../../../../src/page/beliefs/beliefs.ts';
import { blockJournal } from '../../../helpers/block-journal.ts';

const order = (weights: Readonly<Record<string, number>>): number =>
  6 -
  3 * (weights['IN04'] ?? 0) -
  1.5 * ((weights['OUT03'] ?? 0) - 0.6) ** 2 * 4 +
  0.6 * (weights['M00'] ?? 0);

describe('what the optimizer believes of a run', () => {
  const beliefs = beliefsOf(blockJournal(80, order));

  it('ranks the weights by what decides the score', () => {
    expect(beliefs.reason).toBeNull();
    expect(beliefs.importance).toHaveLength(26);
    expect(beliefs.importance[0]?.name).toBe('IN04');
    expect(beliefs.importance[1]?.name).toBe('OUT03');
    expect(beliefs.explained).toBeGreaterThan(0.5);
    expect(beliefs.suggestions.map(({ option }) => option)).toContainEqual(expect.stringMatching(/^--/));
  });

  it('names the dimensions in the order of the search, and has a slice of each through the best', () => {
    expect(beliefs.dimensions.map(({ name }) => name)).toEqual(beliefs.slices.map(({ name }) => name));
    expect(beliefs.dimensions[0]).toMatchObject({ low: 0, high: 1, intervals: 10 });
    expect(beliefs.best).toEqual(beliefs.top[0]?.weights);
    const slice = beliefs.slices.find(({ name }) => name === 'IN04');
    const [first, last] = [slice?.curve[0]?.score.value ?? 0, slice?.curve.at(-1)?.score.value ?? 0];
    expect(first - last).toBeGreaterThan(1.5);
    expect(slice?.near[0]?.trial).toBe(beliefs.top[0]?.trial);
  });

  it('has the tenth with the best scores, the best first, and everything that was measured; models A and B are none', () => {
    expect(beliefs.trials).toBe(83);
    expect(beliefs.top).toHaveLength(9);
    const scores = beliefs.top.map(({ score }) => score);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    expect(beliefs.measured).toHaveLength(81);
    expect(beliefs.measured.map(({ trial }) => trial)).not.toContain(1);
  });

  it('says how many iterations are missing, and shows what there is', () => {
    const few = beliefsOf(blockJournal(5, order));
    expect(few).toMatchObject({ trials: 8, importance: [], slices: [], missing: 8, explained: null });
    expect(few.reason).toContain('8 different merges have a score, but 16');
    expect(few.top).toHaveLength(3);
    expect(few.dimensions).toHaveLength(26);
  });

  it('believes nothing of chance, and says so', () => {
    const random = createRng(3, 1);
    const chance = beliefsOf(blockJournal(40, () => random.normal()));
    expect(chance.importance).toEqual([]);
    expect(chance.reason).toContain('do not explain');
    expect(chance.missing).toBeNull();
  });

  it('thins out a long run', () => {
    // Scores that are all the same are explained at once: it is about the lists alone.
    const long = beliefsOf(blockJournal(1300, () => 5));
    expect(long.trials).toBe(1303);
    expect(long.top).toHaveLength(100);
    expect(long.measured).toHaveLength(500);
    const trials = long.measured.map(({ trial }) => trial);
    expect(trials).toEqual(trials.toSorted((a, b) => a - b));
    expect(trials[0]).toBeLessThan(10);
    expect(trials.at(-1)).toBeGreaterThan(1290);
  });

  it('leaves out what was rejected', () => {
    const few = blockJournal(5, order);
    const trialsOf = (records: readonly JournalRecord[]): readonly (number | undefined)[] =>
      beliefsOf(records).top.map(({ trial }) => trial);
    const [best = 0] = trialsOf(few);
    const rejected: JournalRecord = {
      kind: 'rejected',
      trial: best,
      trials: [best],
      id: 'a',
      by: 'x',
      time: { at: '2026-01-01T00:00:00.000Z' },
    };
    expect(best).toBeGreaterThan(0);
    expect(trialsOf([...few, rejected])).not.toContain(best);
  });

  it('is nothing before the journal holds anything', () => {
    expect(beliefsOf([])).toMatchObject({ trials: 0, reason: 'The journal is still empty.', best: null });
  });

  it.each(['v0.1.0', 'v0.1.0-hills', 'main-2026-11', 'main-2026-11-learnt', 'main-2026-11-pass'])(
    'is told of the released journal %s',
    (name) => {
      const file = path.resolve(import.meta.dirname, `../../../fixtures/journals/${name}.journal.jsonl`);
      const told = beliefsOf(parseJournal(readFileSync(file, 'utf8'), name).records);
      expect(told.trials).toBeGreaterThan(0);
      expect(told.reason === null).toBe(told.importance.length > 0);
      for (const { weights } of told.measured) expect(weights).toHaveLength(told.dimensions.length);
    },
  );
});
