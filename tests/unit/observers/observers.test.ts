import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { journalFromLog } from '../../../src/journal/from-log.ts';
import { Broadcast } from '../../../src/observers/broadcast.ts';
import { createLog } from '../../../src/observers/log.ts';
import type { RunFacts, RunObserver, RunProgress } from '../../../src/observers/observer.ts';
import { duration, secondsPerTrial } from '../../../src/observers/pace.ts';
import { scoreText } from '../../../src/shared/score-text.ts';
import { createProgressLines } from '../../../src/observers/progress-lines.ts';
import { failedTrial, scoredTrial } from '../../helpers/make-trial.ts';
import { searchTiny, temporaryFolder } from '../../helpers/run-search.ts';

const empty: RunProgress = { trials: [], best: undefined, untilEarlyStop: 27 };
const facts: RunFacts = {
  output: 'O',
  modelA: 'A',
  modelB: 'B',
  optimizer: 'random',
  iterations: 10,
  imagesPerTrial: 2,
  journal: 'j',
  progress: empty,
};

describe('broadcast', () => {
  it('keeps a throwing observer from hurting the others, and reports it once', async () => {
    const heard: string[] = [];
    const broken: RunObserver = {
      name: 'broken one',
      onBegin() {
        throw new Error('boom');
      },
      onNotice() {
        throw new Error('again');
      },
      onEnd() {
        throw new Error('still');
      },
    };
    const good: RunObserver = {
      name: 'good one',
      onBegin: () => void heard.push('begin'),
      onNotice: ({ message }) => void heard.push(message),
      onEnd: () => void heard.push('end'),
    };
    const broadcast = new Broadcast([broken, good]);
    broadcast.onBegin(facts);
    broadcast.onNotice({ level: 'info', message: 'hello' });
    await broadcast.onEnd({
      reason: { code: 'iterations', message: '' },
      best: undefined,
      weights: undefined,
    });
    // The report comes before the event itself reaches those further down.
    expect(heard).toEqual([
      'The broken one failed and is incomplete from here on (boom); the run goes on.',
      'begin',
      'hello',
      'end',
    ]);
  });
});

describe('progress lines', () => {
  it('append one line for every iteration', () => {
    let text = '';
    const lines = createProgressLines((line) => {
      text += line;
    });
    lines.onBegin?.(facts);
    const first = scoredTrial({ id: 1, score: 0.25 });
    const best = { trial: 1, score: 0.25, weights: first.weights };
    lines.onTrial?.(first, { trials: [first], best, untilEarlyStop: 27 });
    const repeat = scoredTrial({ id: 2, score: 0.25, repeatOf: 1 });
    lines.onTrial?.(repeat, { trials: [first, repeat], best, untilEarlyStop: 27 });
    const failed = failedTrial({ id: 3, message: 'out of memory' });
    lines.onTrial?.(failed, { trials: [first, repeat, failed], best, untilEarlyStop: 26 });
    lines.onNotice?.({ level: 'warn', message: 'careful' });
    expect(text.split('\n')).toEqual([
      '1/10  0.2500  in 1.0 s  best 0.2500 (#1)  9.0 s left  early stop in 27',
      '2/10  0.2500  as iteration 1, no image made  best 0.2500 (#1)  8.0 s left  early stop in 27',
      '3/10  failed: out of memory  best 0.2500 (#1)  7.0 s left  early stop in 26',
      '! careful',
      '',
    ]);
  });
});

describe('pace', () => {
  it('is the median of what iterations with images have cost', () => {
    expect(secondsPerTrial([])).toBeUndefined();
    const trials = [1, 2, 3].map((id) => scoredTrial({ id, score: 0 }));
    expect(secondsPerTrial([...trials, scoredTrial({ id: 4, score: 0, repeatOf: 1 })])).toBe(1);
  });

  it.each([
    [0.84, '0.8 s'],
    [59, '59 s'],
    [61, '1 min 1 s'],
    [3 * 3600 + 120, '3 h 2 min'],
  ])('%d s reads %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });

  it.each([
    [0.61326, '0.6133'],
    [-2, '-2.0000'],
    [1e6, '1.000e+6'],
    [1e-5, '1.000e-5'],
  ])('score %d reads %s', (score, text) => {
    expect(scoreText(score)).toBe(text);
  });
});

describe('log file', () => {
  it('holds the whole journal', async () => {
    const file = path.join(temporaryFolder(), 'run.log');
    const { journalText } = await searchTiny({ observers: [createLog({ file, level: 'info' })] });
    const records = journalText
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(journalFromLog(readFileSync(file, 'utf8'), 'the log')).toEqual(records);
  });
});
