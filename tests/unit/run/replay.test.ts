/** Replaying says which event is not what the optimizer proposes. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseJournal } from '../../../src/journal/read.ts';
import type { JournalRecord } from '../../../src/journal/record.ts';
import { describeReplay } from '../../../src/run/replay.ts';
import { RunState } from '../../../src/run/run-state.ts';

const file = path.resolve(import.meta.dirname, '../../fixtures/journals/main-2026-11-images.journal.jsonl');
const { records } = parseJournal(readFileSync(file, 'utf8'), file);
const [first] = records;
if (first?.kind !== 'plan') throw new Error('the journal has a plan');
const { plan } = first;

/** The journal as if the optimizer had asked for another first dimension in these trials. */
function moved(...trials: readonly number[]): JournalRecord[] {
  return records.map((record) =>
    record.kind === 'asked' && trials.includes(record.trial)
      ? { ...record, point: [0.25, ...record.point.slice(1)] }
      : record,
  );
}

describe('replay', () => {
  it('is faithful where every point is proposed again', () => {
    expect(new RunState(plan).replay(records)).toEqual({ faithful: true });
    expect(describeReplay({ faithful: true }, plan.space)).toBeUndefined();
  });

  it('names the first trial whose point is another one, both points, and its record', () => {
    const journal = moved(4, 6);
    const index = journal.findIndex((record) => record.kind === 'asked' && record.trial === 4);
    const was = records[index];
    const state = new RunState(plan);
    const replay = state.replay(journal);
    const proposed = was?.kind === 'asked' ? was.point : [];
    expect(replay).toEqual({
      faithful: false,
      trial: 4,
      asked: [0.25, ...proposed.slice(1)],
      proposed,
      index,
    });
    expect(describeReplay(replay, plan.space)).toBe(
      `The optimizer has changed since this run was started: it proposes different points from iteration 4 (line ${index + 1} of the journal), where IN00 was 0.25 and would now be ${proposed[0]}. It has learned all scores so far and continues from there.`,
    );
    // All that was found is known nevertheless.
    expect(state.trials.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(state.ask().trial.id).toBe(10);
  });

  it('says so as well when the space has other dimensions', () => {
    const replay = { faithful: false, trial: 2, asked: [], proposed: [], index: 4 } as const;
    expect(describeReplay(replay, { ...plan.space, dimensions: [] })).toMatch(
      /first at iteration 2 \(line 5 of the journal\)\. It has learned/,
    );
  });
});
