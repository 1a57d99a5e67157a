/** The CSV of a long run that grows and changes, beside that of the same trials at once. */
import { describe, expect, it } from 'vitest';
import { RunCsv, trialsCsv } from '../../../src/outputs/run-csv.ts';
import type { FinishedTrial } from '../../../src/types.ts';
import { scoredTrial } from '../../helpers/make-trial.ts';

const trialOf = (id: number, score: number, weights: Record<string, number>): FinishedTrial => ({
  ...scoredTrial({ id, score }),
  weights,
});

describe('the CSV of a run that goes on', () => {
  it('is that of its trials whatever becomes of them', () => {
    const csv = new RunCsv(undefined);
    const trials: FinishedTrial[] = [];
    const grow = (count: number): void => {
      for (let i = 0; i < count; i++) {
        const id = trials.length + 1;
        trials.push(trialOf(id, id / 7, { IN00: (id % 11) / 10, OUT00: 1 / id }));
      }
    };
    const check = (): void => expect(csv.text(trials) === trialsCsv(trials)).toBe(true);
    check();
    for (const count of [1, 200, 54, 1, 1, 300, 256, 0]) {
      grow(count);
      check();
    }
    // Early ones, late ones, and the last one.
    for (const at of [3, 255, 256, 511, trials.length - 1]) {
      trials[at] = trialOf(at + 1, -at, { IN00: 0.5, OUT00: 0 });
      check();
    }
    trials.length = 300;
    check();
    trials.push(trialOf(301, 1, { IN00: 0.5, OUT00: 0, M00: 1 }));
    check();
    expect(csv.text(trials).split('\n')).toHaveLength(303);
  });
});
