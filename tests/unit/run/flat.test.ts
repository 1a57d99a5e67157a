/** One iteration of a long run takes no longer than one of a short one: how many trials it looks at, and what it keeps. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it, vi } from 'vitest';
import { parseSearchConfig } from '../../../src/config/load.ts';
import { parseJournal } from '../../../src/journal/read.ts';
import { TrialScores } from '../../../src/judging/trial-scores.ts';
import { Baselines } from '../../../src/run/baselines.ts';
import { keptTrials } from '../../../src/run/kept-images.ts';
import { Ranking } from '../../../src/run/ranking.ts';
import { RunState } from '../../../src/run/run-state.ts';
import { makeRules } from '../../../src/run/stop-rules.ts';
import { firstReason } from '../../../src/stop/stop-rule.ts';
import type { FinishedTrial } from '../../../src/types.ts';
import { failedTrial, scoredTrial } from '../../helpers/make-trial.ts';
import { resumeTiny, searchTiny } from '../../helpers/run-search.ts';

const file = path.resolve(import.meta.dirname, '../../fixtures/journals/v0.1.0-hills.journal.jsonl');
const [first] = parseJournal(readFileSync(file, 'utf8'), file).records;
if (first?.kind !== 'plan') throw new Error('the journal has a plan');
const { imageOrder: _, ...plan } = first.plan;

it('what ranks trials, stops a run and keeps its images looks at as many after 3000 iterations as after 100', () => {
  const config = parseSearchConfig({
    payload: ['p.json'],
    modelA: 'A',
    modelB: 'B',
    output: 'O',
    iterations: 10_000,
    patience: 9000,
  });
  const rules = makeRules(config);
  const baselines = new Baselines({ baselines: [{ name: 'A', weights: {} }] });
  const trials: FinishedTrial[] = [];
  const ranking = new Ranking(plan, new TrialScores(plan), trials);
  ranking.renew();
  let looks = 0;
  const looked = (trial: FinishedTrial): FinishedTrial =>
    new Proxy(trial, {
      get(target, key, receiver): unknown {
        looks++;
        return Reflect.get(target, key, receiver);
      },
      has(target, key) {
        looks++;
        return Reflect.has(target, key);
      },
    });
  const looksAt = new Map<number, number>();
  for (let id = 1; id <= 3000; id++) {
    const made =
      id % 20 === 0 ? failedTrial({ id, message: 'no' }) : scoredTrial({ id, score: (id * 7) % 50 });
    const trial = looked(id === 1 ? { ...made, baseline: 'A' } : made);
    looks = 0;
    trials.push(trial);
    ranking.grow(trial);
    const reason = firstReason(rules, { trials, open: 0, minutes: 0, tried: ranking.tried });
    const kept = keptTrials(ranking, ranking.candidates());
    const baseline = baselines.next(trials);
    looksAt.set(id, looks);
    expect([reason, baseline]).toEqual([undefined, undefined]);
    expect(kept.length).toBeLessThanOrEqual(5 + 2);
  }
  expect(looksAt.get(101)).toBeGreaterThan(10);
  expect(looksAt.get(2901)).toBeLessThanOrEqual(looksAt.get(101) ?? 0);
});

it('a run that goes on lets go of the records that it was read from', async () => {
  const { journal } = await searchTiny({ config: { iterations: 3 } });
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  let records: WeakRef<object> | undefined;
  // With all that it was called with, so it must forget before it is of any use.
  const replay = vi.spyOn(RunState.prototype, 'replay');
  const onBegin = (): void => {
    records = new WeakRef(replay.mock.calls[0]?.[0] ?? {});
    replay.mockClear();
  };
  const held: boolean[] = [];
  const onTrial = (): void => {
    collect();
    held.push(records?.deref() !== undefined);
  };
  const observers = [{ name: 'collector', onBegin, onTrial }];
  await resumeTiny(journal, { config: { iterations: 5 }, observers }).finally(() => replay.mockRestore());
  expect(held).toEqual([false, false]);
});
