/** A ranking that grows trial by trial says the same as one that is made of all trials at once. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJournal } from '../../../src/journal/read.ts';
import { TrialScores } from '../../../src/judging/trial-scores.ts';
import { Ranking } from '../../../src/run/ranking.ts';
import { uniformWeights } from '../../../src/space/blocks.ts';
import { triedScores } from '../../../src/stop/patience.ts';
import type { FinishedTrial } from '../../../src/types.ts';
import { failedTrial, scoredTrial } from '../../helpers/make-trial.ts';

const file = path.resolve(import.meta.dirname, '../../fixtures/journals/v0.1.0-hills.journal.jsonl');
const [first] = parseJournal(readFileSync(file, 'utf8'), file).records;
if (first?.kind !== 'plan') throw new Error('the journal has a plan');
const [request] = first.plan.requests;
if (request === undefined) throw new Error('the plan has requests');
const { imageOrder: _, ...planWithoutOrder } = first.plan;
const plan = {
  ...planWithoutOrder,
  requests: Array.from({ length: 2 }, (_, n) => ({ ...request, id: `p/${n}`, payload: 'p', seeds: [n] })),
};

const trialOf = fc.record({
  kind: fc.constantFrom('scored', 'scored', 'scored', 'failed', 'repeat', 'fewer', 'A', 'half'),
  score: fc.integer({ min: 0, max: 5 }),
  weight: fc.constantFrom(0, 0.5, 0.7),
});

function made(kinds: readonly { kind: string; score: number; weight: number }[]): FinishedTrial[] {
  return kinds.map(({ kind, score, weight }, index): FinishedTrial => {
    const id = index + 1;
    const parts = { id, score: score / 10, weight };
    if (kind === 'failed') return failedTrial({ id, message: 'no' });
    if (kind === 'repeat' && index > 0) return scoredTrial({ ...parts, repeatOf: 1 });
    const trial = scoredTrial({ ...parts, images: kind === 'fewer' ? 1 : 2 });
    if (kind !== 'A' && kind !== 'half') return trial;
    return { ...trial, baseline: kind, weights: uniformWeights(kind === 'A' ? 0 : 0.5, 'sd1') };
  });
}

describe('a ranking that grows', () => {
  it('has the scores and the best of one that is made anew', () => {
    fc.assert(
      fc.property(fc.array(trialOf, { maxLength: 12 }), (kinds) => {
        const trials: FinishedTrial[] = [];
        const growing = new Ranking(plan, new TrialScores(plan), trials);
        growing.renew();
        for (const trial of made(kinds)) {
          trials.push(trial);
          const before = new Map(growing.comparable);
          const areOthersTouched = growing.grow(trial);
          const anew = new Ranking(plan, new TrialScores(plan), trials);
          anew.renew();
          expect(growing.comparable).toEqual(anew.comparable);
          expect(growing.best()).toEqual(anew.best());
          expect(growing.candidates()).toEqual(anew.candidates());
          expect(growing.landmarks).toEqual(anew.landmarks);
          expect(growing.tried).toEqual(triedScores(trials, anew.comparable));
          const unlike = [...before].filter(([id, score]) => growing.comparable.get(id) !== score);
          expect(areOthersTouched || unlike.length === 0).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('touches no other where all have the same images', () => {
    const trials: FinishedTrial[] = [];
    const ranking = new Ranking(plan, new TrialScores(plan), trials);
    ranking.renew();
    const grown = made([
      { kind: 'scored', score: 1, weight: 0.5 },
      { kind: 'failed', score: 1, weight: 0.5 },
      { kind: 'scored', score: 3, weight: 0.7 },
      { kind: 'fewer', score: 2, weight: 0.7 },
    ]).map((trial) => {
      trials.push(trial);
      return ranking.grow(trial);
    });
    expect(grown).toEqual([false, false, false, true]);
  });
});
