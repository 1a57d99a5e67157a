import { describe, expect, it } from 'vitest';
import { measuredIn, measuredInHistory } from '../../../src/importance/measured.ts';
import { explainFile } from '../../../src/importance/read-run.ts';
import { readJournal, trialsOf } from '../../../src/journal/read.ts';
import type { SearchPlan } from '../../../src/journal/record.ts';
import { comparableIn } from '../../../src/judging/trial-scores.ts';
import { DOUBTED } from '../../../src/shared/error-codes.ts';
import { isLearned, type FinishedTrial } from '../../../src/types.ts';

const JOURNAL = 'tests/fixtures/journals/main-2026-11-images.journal.jsonl';

async function read(): Promise<{ plan: SearchPlan; trials: FinishedTrial[] }> {
  const { records } = await readJournal(JOURNAL);
  const [first] = records;
  if (first?.kind !== 'plan') throw new Error('no plan');
  return { plan: first.plan, trials: trialsOf(records).finished };
}

describe('the merges of a run', () => {
  it('are its scored trials with the scores made comparable, as points of the searched box', async () => {
    const { plan, trials } = await read();
    const comparable = comparableIn(plan, trials);
    const { searched, measured, noise, iterations, range } = measuredIn(plan, trials, comparable);
    expect(searched.map(({ name }) => name)).toEqual(plan.space.dimensions.map(({ name }) => name));
    expect(iterations).toBe(trials.length);
    expect(noise?.own).toBeGreaterThan(0);
    expect(range).toEqual({ low: -1, high: 2 });
    const scored = trials.filter((trial) => trial.state === 'scored');
    expect(measured.map(({ score }) => score)).toEqual(scored.map(({ id }) => comparable.get(id)));
    expect(measured.map(({ images }) => images)).toEqual(scored.map(({ images }) => images.length));
  });

  it('leave out what failed, was taken over, or lies outside of the search', async () => {
    const { plan, trials } = await read();
    const [one, other] = trials.flatMap((trial) =>
      trial.state === 'scored' && !isLearned(trial) ? [trial] : [],
    );
    if (one === undefined || other === undefined) throw new Error('no trials');
    const learned = (id: number, weights: FinishedTrial['weights']): FinishedTrial => ({
      state: 'scored',
      id,
      weights,
      source: { kind: 'learned' },
      score: 0.5,
      images: [],
    });
    const given: FinishedTrial[] = [
      one,
      { ...other, source: { kind: 'repeat', of: one.id } },
      learned(90, { ...one.weights, IN00: 1.7 }),
      learned(91, { ...one.weights, IN00: 0.05 }),
    ];
    const scores = new Map([[one.id, 0.25]]);
    const { measured } = measuredIn(plan, given, scores);
    expect(measured.map(({ score, images }) => [score, images])).toEqual([
      [0.25, one.images.length],
      [0.5, undefined],
    ]);
    const narrow = plan.server && { ...plan.server, mergeWay: 'bayesian-merger' };
    expect(measuredIn({ ...plan, server: narrow }, given, scores).range).toEqual({ low: 0, high: 1 });
  });

  it('count the iterations as --iterations does: no baseline, and none that was measured again', async () => {
    const { plan, trials } = await read();
    const [first, second, ...rest] = trials;
    if (first === undefined || second === undefined || isLearned(first)) throw new Error('no trials');
    const baseline: FinishedTrial = { ...first, baseline: 'A' };
    const doubted: FinishedTrial = {
      state: 'failed',
      id: second.id,
      origin: 'optimizer',
      point: [],
      weights: second.weights,
      failure: { code: DOUBTED, message: '' },
      images: [],
      time: { at: '', evaluation: 0, iteration: 0 },
    };
    const given = [baseline, doubted, ...rest];
    expect(measuredIn(plan, given, comparableIn(plan, given)).iterations).toBe(rest.length);
  });

  it('of a history without a plan: what moves together is one weight', () => {
    const rows = [
      { weights: { A: 0, B: 0, C: 0.5, D: 0.2 }, score: 1 },
      { weights: { A: 1, B: 1, C: 0.5, D: 1.4 }, score: 2 },
      { weights: { A: 0.3, B: 0.3, C: 0.9, D: 0 }, score: null },
    ];
    const { searched, measured, iterations } = measuredInHistory(rows);
    expect(searched).toEqual([
      { name: 'A+B', blocks: ['A', 'B'], low: 0, high: 1 },
      { name: 'D', blocks: ['D'], low: 0, high: 1.4 },
    ]);
    expect(measured.map(({ values }) => values)).toEqual([
      [0, 0.2],
      [1, 1.4],
    ]);
    expect(iterations).toBe(3);
    expect(measuredInHistory([]).searched).toEqual([]);
  });

  it('of every journal that was ever released can be read', async () => {
    for (const name of ['main-2026-11-learnt', 'main-2026-11-pass', 'v0.1.0', 'v0.1.0-hills'])
      expect(await explainFile(`tests/fixtures/journals/${name}.journal.jsonl`)).toMatchObject({
        enough: false,
        reason: expect.stringMatching(/^Not enough data: \d+ /),
      });
    expect(await explainFile('tests/fixtures/journals/main-2026-11.csv')).toMatchObject({ enough: false });
  });
});
