import { describe, expect, it } from 'vitest';
import { recoverLog } from '../../../src/recover/recover-log.ts';
import { fixture, HISTORIES, iterationsOf } from './fixtures.ts';
import { bestOf } from './python-log.ts';

describe("autombw's own files", () => {
  it('reads the log, failed and cut lines included', async () => {
    const expected = (await iterationsOf(HISTORIES.b208)).slice(0, 6);
    const { runs } = recoverLog(fixture('autombw.jsonl'));
    expect(runs).toHaveLength(1);
    expect(runs[0]).toMatchObject({ format: 'json-lines', seed: 42, optimizer: 'gaussian-process' });
    expect(runs[0]?.iterations).toEqual(expected.filter((_, index) => index !== 3));
    expect(runs[0]?.unfinished).toEqual([expected[3]?.weights]);
    expect(runs[0]?.notes).toEqual([
      'Line 5: trial 4 failed; it has no score.',
      'Line 8: a line about a trial is cut off or damaged; skipped.',
    ]);
  });

  it('reads the journal: weights from the asking, scores from the telling', async () => {
    const expected = (await iterationsOf(HISTORIES.b208)).slice(0, 5);
    const [run] = recoverLog(fixture('journal.jsonl')).runs;
    expect(run?.iterations).toEqual([expected[0], expected[2], expected[3]]);
    expect(run?.unfinished).toEqual([expected[1]?.weights, expected[4]?.weights]);
    expect(run?.best).toEqual({
      ...bestOf([0, 2, 3].flatMap((i) => expected[i] ?? [])),
      source: 'iterations',
    });
  });

  it('takes what a journal learnt from an older file as iterations', () => {
    const line = { kind: 'learnt', trial: 1, weights: { IN00: 0.5 }, score: 0.25 };
    const { runs } = recoverLog([JSON.stringify(line), JSON.stringify({ ...line, trial: 2, weights: {} })]);
    expect(runs[0]?.iterations).toEqual([{ weights: { IN00: 0.5 }, score: 0.25 }]);
    expect(runs[0]?.notes).toEqual(['Line 2: a line about a trial is cut off or damaged; skipped.']);
  });

  it('takes the score with all images, and looks for the best among those with the most', () => {
    const asked = (trial: number): string =>
      JSON.stringify({ kind: 'asked', trial, weights: { IN00: trial / 10 }, images: 2 });
    const images = [{}, {}];
    const { runs } = recoverLog([
      asked(1),
      JSON.stringify({ kind: 'scored', trial: 1, score: 0.9, images }),
      asked(2),
      JSON.stringify({ kind: 'scored', trial: 2, score: 0.8, images }),
      JSON.stringify({ kind: 'added', trial: 2, score: 0.6, images }),
    ]);
    expect(runs).toHaveLength(1);
    expect(runs[0]?.iterations.map(({ score }) => score)).toEqual([0.9, 0.6]);
    expect(runs[0]?.best).toMatchObject({ score: 0.6, weights: { IN00: 0.2 } });
  });

  it('starts a new run where trial numbers start again', () => {
    const line = (trial: number, score: number): string =>
      JSON.stringify({ event: 'trial', state: 'scored', trial, score, weights: { IN00: score } });
    const { runs } = recoverLog([line(1, 0.1), line(2, 0.2), line(1, 0.3)]);
    expect(runs.map((run) => run.iterations.map(({ score }) => score))).toEqual([[0.1, 0.2], [0.3]]);
  });
});

describe('JSON lines of others', () => {
  it.each([
    ['a word as weight', '{"event":"trial","state":"scored","trial":1,"score":0.5,"weights":{"IN00":"0.5"}}'],
    ['an unknown block', '{"event":"trial","state":"scored","trial":1,"score":0.5,"weights":{"IN12":0.5}}'],
    ['no score', '{"kind":"scored","trial":1,"weights":{"IN00":0.5}}'],
    ['a cut line', '{"kind":"scored","trial":1,"score":0.5'],
  ])('leaves out a trial with %s, and says so', (_, line) => {
    expect(recoverLog([line])).toEqual({
      runs: [],
      notes: ['Line 1: a line about a trial is cut off or damaged; skipped.'],
    });
  });

  it('takes no words out of JSON texts for records', () => {
    const line = JSON.stringify({ msg: 'AutoMBWrt - INFO - test score: 0.9', seed: 5 });
    expect(recoverLog([line, line])).toEqual({ runs: [], notes: [] });
  });
});
