import { describe, expect, it } from 'vitest';
import { parseJournal, trialsOf } from '../../../src/journal/read.ts';
import { kindOfStop, recordedReason, stopFor } from '../../../src/stop/stop-reason.ts';
import { exitCodeOf, summaryJson } from '../../../src/cli/commands/summary.ts';
import { trialsBeforeMending } from '../../../src/run/resume.ts';
import type { RunSummary } from '../../../src/run/5-finish.ts';

describe('the kind of a reason to stop', () => {
  it.each([
    ['iterations', 'goal'],
    ['minutes', 'goal'],
    ['early-stop', 'goal'],
    ['space-exhausted', 'goal'],
    ['failures', 'sick'],
    ['pictures-unchanged', 'sick'],
    ['interrupted', 'halted'],
    ['error', 'error'],
  ] as const)('%s is %s', (code, kind) => {
    expect(stopFor(code, 'Because.')).toEqual({ kind, code, message: 'Because.' });
    expect(kindOfStop(code)).toBe(kind);
  });

  it.each(['raced', '', 'toString', '__proto__'])('the code "%s" of another version is an error', (code) => {
    expect(kindOfStop(code)).toBe('error');
  });

  it('is not written: older versions would refuse the line', () => {
    expect(recordedReason(stopFor('minutes', 'Time is up.'))).toEqual({
      code: 'minutes',
      message: 'Time is up.',
    });
  });
});

describe('what follows from the kind', () => {
  const summary: RunSummary = {
    reason: stopFor('iterations', 'Done.'),
    scorers: ['quality'],
    best: undefined,
    recommended: undefined,
    baselines: [],
    iterations: 1,
    failed: 0,
    images: 1,
    minutes: 1,
    files: {},
    leftOut: [],
    unwritten: [],
    checkpoint: undefined,
    checkpointKept: false,
    savedBy: 'none',
    canResume: false,
  };

  it.each([
    ['iterations', 0],
    ['space-exhausted', 0],
    ['failures', 1],
    ['pictures-unchanged', 1],
    ['error', 1],
    ['interrupted', 130],
  ] as const)('%s: exit code %i', (code, exit) => {
    expect(exitCodeOf({ ...summary, reason: stopFor(code, '') }, undefined)).toBe(exit);
  });

  it('the JSON of a summary has the code and the message', () => {
    expect(summaryJson(summary)['reason']).toEqual({ code: 'iterations', message: 'Done.' });
  });

  it('whoever resumes has put a sick server right, and a journal of a newer version does no harm', () => {
    const time = { at: '2026-01-01T00:00:00.000Z' };
    const lines = [
      { kind: 'recovered', version: 1, source: 'x.log', modelA: null, modelB: null, output: null, queue: [] },
      { kind: 'learnt', trial: 1, weights: { IN00: 0.5 }, score: 1 },
      { kind: 'learnt', trial: 2, weights: { IN00: 0.6 }, score: 2 },
      { kind: 'stopped', reason: { code: 'failures', message: 'Three in a row.' }, time },
      { kind: 'learnt', trial: 3, weights: { IN00: 0.7 }, score: 3 },
      { kind: 'stopped', reason: { code: 'raced', message: 'Of a newer version.' }, time },
    ];
    const { records } = parseJournal(lines.map((line) => `${JSON.stringify(line)}\n`).join(''), 'x');
    expect(trialsOf(records).finished).toHaveLength(3);
    expect(trialsBeforeMending(records)).toBe(2);
  });
});
