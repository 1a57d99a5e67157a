import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { journalFromLog } from '../../../src/journal/from-log.ts';
import { Broadcast } from '../../../src/observers/broadcast.ts';
import { createLog } from '../../../src/observers/log.ts';
import type { RunFacts, RunObserver, RunProgress } from '../../../src/observers/observer.ts';
import { duration } from '../../../src/shared/duration.ts';
import { secondsPerTrial } from '../../../src/observers/pace.ts';
import { scoreText } from '../../../src/shared/score-text.ts';
import { progressParts } from '../../../src/observers/progress-text.ts';
import { createProgressLines } from '../../../src/observers/progress-lines.ts';
import { failedTrial, scoredTrial } from '../../helpers/make-trial.ts';
import { searchTiny, temporaryFolder } from '../../helpers/run-search.ts';

const empty: RunProgress = { trials: [], best: undefined, untilEarlyStop: 27, comparable: new Map() };
const facts: RunFacts = {
  output: 'O',
  modelA: 'A',
  modelB: 'B',
  optimizer: 'random',
  iterations: 10,
  imagesPerTrial: 1,
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
      'The broken one failed and is incomplete from here on (boom); the run continues.',
      'begin',
      'hello',
      'end',
    ]);
  });
});

describe('progress lines', () => {
  it('counts an iteration with the weights of a baseline no more than the search does', () => {
    let text = '';
    const lines = createProgressLines((line) => {
      text += line;
    });
    lines.onBegin?.(facts);
    const a = { ...scoredTrial({ id: 1, score: 0.25 }), baseline: 'A' as const };
    const repeat = scoredTrial({ id: 2, score: 0.25, repeatOf: 1 });
    const next = scoredTrial({ id: 3, score: 0.5 });
    lines.onTrial?.(a, { ...empty, trials: [a] });
    lines.onTrial?.(repeat, { ...empty, trials: [a, repeat] });
    lines.onTrial?.(next, { ...empty, trials: [a, repeat, next] });
    expect(text.split('\n').map((line) => line.split(' ', 1)[0])).toEqual(['1/10', '1/10', '2/10', '']);
    expect(text).toMatch(/^1\/10 {2}model A: 0\.25.*\n1\/10 {2}0\.25/);
  });

  it('append one line for every iteration', () => {
    let text = '';
    const lines = createProgressLines((line) => {
      text += line;
    });
    lines.onBegin?.(facts);
    const first = scoredTrial({ id: 1, score: 0.25 });
    const best = { trial: 1, score: 0.25, weights: first.weights };
    lines.onTrial?.(first, { trials: [first], best, untilEarlyStop: 27, comparable: new Map() });
    const repeat = scoredTrial({ id: 2, score: 0.25, repeatOf: 1 });
    lines.onTrial?.(repeat, { trials: [first, repeat], best, untilEarlyStop: 27, comparable: new Map() });
    const failed = failedTrial({ id: 3, message: 'out of memory' });
    lines.onTrial?.(failed, {
      trials: [first, repeat, failed],
      best,
      untilEarlyStop: 26,
      comparable: new Map(),
    });
    lines.onNotice?.({ level: 'warn', message: 'careful' });
    expect(text.split('\n')).toEqual([
      '1/10  0.2500  in 1 s  best 0.2500 (#1)  9 s left  early stop in 27',
      '2/10  0.2500  as iteration 1, no image made  best 0.2500 (#1)  8 s left  early stop in 27',
      '3/10  failed: out of memory  best 0.2500 (#1)  7 s left  early stop in 26',
      '! careful',
      '',
    ]);
  });
});

describe('progress of trials with unequal numbers of images', () => {
  const some = { ...facts, imagesPerTrial: 12 };
  const few = scoredTrial({ id: 1, score: 0.25, images: 4 });
  const best = { trial: 1, score: 0.25, weights: few.weights };

  it('tells how many each has, how many there are, and who got more', () => {
    let text = '';
    const lines = createProgressLines((line) => {
      text += line;
    });
    lines.onBegin?.(some);
    const whole = scoredTrial({ id: 2, score: 0.2, images: 12 });
    const more = scoredTrial({ id: 1, score: 0.3, images: 8 });
    lines.onTrial?.(few, { trials: [few], best, untilEarlyStop: null, comparable: new Map() });
    lines.onTrial?.(whole, { trials: [few, whole], best, untilEarlyStop: null, comparable: new Map() });
    lines.onTrial?.(more, { trials: [more, whole], best, untilEarlyStop: null, comparable: new Map() });
    const all = scoredTrial({ id: 1, score: 0.28, images: 12 });
    lines.onTrial?.(all, { trials: [all, whole], best, untilEarlyStop: null, comparable: new Map() });
    expect(text.split('\n').slice(0, -1)).toEqual([
      '1/10  0.2500  of 4 images  in 1 s  best 0.2500 (#1)  9 s left  4 images',
      '2/10  0.2000  in 1 s  best 0.2500 (#1)  8 s left  16 images',
      '2/10  #1 more images: 0.3000  of 8 images  in 1 s  best 0.2500 (#1)  8 s left  20 images',
      '2/10  #1 more images: 0.2800  of all 12 images  in 1 s  best 0.2500 (#1)  8 s left',
    ]);
  });

  it('shows the scores by which iterations are compared, as that of the best, and names the one of its own images', () => {
    let text = '';
    const lines = createProgressLines((line) => {
      text += line;
    });
    lines.onBegin?.(some);
    const whole = scoredTrial({ id: 1, score: 0.3, images: 12 });
    // On its first images, which look good on every merge.
    const easy = scoredTrial({ id: 2, score: 0.4, images: 4 });
    const progress = {
      trials: [whole, easy],
      best: { trial: 1, score: 0.3, weights: whole.weights },
      comparable: new Map([
        [1, 0.3],
        [2, 0.28],
      ]),
      untilEarlyStop: null,
    };
    lines.onTrial?.(easy, progress);
    expect(text).toBe(
      '2/10  0.2800  adjusted (0.4000 on its 4 images)  in 1 s  best 0.3000 (#1)  8 s left  16 images\n',
    );
    expect(progressParts({ facts: some, progress, image: undefined }).slice(0, 2)).toEqual([
      'best 0.3000 (#1)',
      'last 0.2800',
    ]);
  });

  it('knows the trials of earlier sessions', () => {
    let text = '';
    const lines = createProgressLines((line) => {
      text += line;
    });
    const progress = { trials: [few], best, untilEarlyStop: null, comparable: new Map() };
    lines.onBegin?.({ ...some, progress });
    lines.onTrial?.(few, progress);
    expect(text).toMatch(/^1\/10 {2}#1 more images: 0\.2500/);
  });

  it('says first who has paused the run, and since when', () => {
    const pause = { by: 'autombw pause', since: '2026-01-02T03:04:05.000Z' };
    const [first] = progressParts({ facts, progress: empty, image: undefined, pause });
    const at = new Date(pause.since);
    const hours = String(at.getHours()).padStart(2, '0');
    expect(first).toBe(`paused by autombw pause since ${hours}:${String(at.getMinutes()).padStart(2, '0')}`);
  });

  it('names the trial that gets more while they are made', () => {
    const image = { trial: 1, lane: 'l', done: 4, total: 8, step: null, steps: null };
    const progress = { trials: [few], best, untilEarlyStop: null, comparable: new Map() };
    expect(progressParts({ facts: some, progress, image })).toContain('#1 more images: image 5 of 8');
    const first = { ...image, trial: 2, done: 0 };
    expect(progressParts({ facts: some, progress, image: first })).toContain('image 1 of 8');
  });
});

describe('pace', () => {
  it('is divided by how many are measured at the same time', () => {
    const time = (second: number): object => ({
      time: { at: new Date(second * 1000).toISOString(), evaluation: 2, iteration: 2 },
    });
    const trials = [2, 3, 4, 5, 6].map((second, n) => ({
      ...scoredTrial({ id: n + 1, score: 0 }),
      ...time(second),
    }));
    expect(secondsPerTrial(trials)).toBeCloseTo(1.2, 5);
  });

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
    [59.7, '1 min'],
    [239.6, '4 min'],
    [9.97, '10 s'],
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
