/** When a search may work: hours of the day, and a file that keeps it waiting. */
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { appendRequest } from '../../src/journal/control.ts';
import { parseJournal, pauseOf } from '../../src/journal/read.ts';
import type { JournalRecord, RecordOf } from '../../src/journal/record.ts';
import type { Pause, RunObserver } from '../../src/observers/observer.ts';
import { pauseText } from '../../src/observers/progress-text.ts';
import { systemClock, type Clock } from '../../src/shared/clock.ts';
import { clockTime } from '../../src/shared/hours.ts';
import { resumeTiny, searchTiny, temporaryFolder } from '../helpers/run-search.ts';
import { TinyRenderer } from '../helpers/tiny-renderer.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** A clock on the wall that jumps ahead with every wait, and one that measures, which does as well. */
class WallClock implements Clock {
  wall: number;
  measured = 0;
  readonly sleeps: number[] = [];
  readonly #onSleep: (sleep: number) => void;
  readonly #step: number;

  constructor(begin: Date, step = HOUR, onSleep: (sleep: number) => void = () => {}) {
    this.wall = begin.getTime();
    this.#step = step;
    this.#onSleep = onSleep;
  }

  now(): number {
    return this.wall;
  }

  elapsed(): number {
    return this.measured;
  }

  async sleep(_: number, signal: AbortSignal): Promise<void> {
    this.sleeps.push(this.wall);
    this.pass(this.#step);
    this.#onSleep(this.sleeps.length);
    await systemClock.sleep(1, signal);
  }

  pass(milliseconds: number): void {
    this.wall += milliseconds;
    this.measured += milliseconds;
  }
}

function journalIn(folder: string): string {
  const history = path.join(folder, 'csv', 'history');
  const file = readdirSync(history, { recursive: true, encoding: 'utf8' }).find((name) =>
    name.endsWith('.journal.jsonl'),
  );
  return path.join(history, file ?? '');
}

function recordsIn(text: string): readonly JournalRecord[] {
  return parseJournal(text, 'test').records;
}

function pausing(records: readonly JournalRecord[]): readonly (readonly [string, string])[] {
  return records
    .filter((record) => record.kind === 'paused' || record.kind === 'continued')
    .map(({ kind, by }) => [kind, by] as const);
}

function listener(): { readonly observer: RunObserver; said: string[]; pauses: (Pause | undefined)[] } {
  const said: string[] = [];
  const pauses: (Pause | undefined)[] = [];
  return {
    said,
    pauses,
    observer: {
      name: 'test',
      onNotice: ({ message }) => void said.push(message),
      onPause: (pause) => void pauses.push(pause),
    },
  };
}

describe('--only-between', () => {
  it('says before the first iteration when it begins, and that time does not count', async () => {
    const clock = new WallClock(new Date(2026, 0, 14, 20, 30));
    const { observer, said, pauses } = listener();
    const config = { onlyBetween: ['23:00-07:00'], iterations: 3, minutes: 60 };
    const { summary, journalText } = await searchTiny({ clock, observers: [observer], config });
    expect(summary).toMatchObject({ reason: { code: 'iterations' }, iterations: 3, minutes: 0 });
    expect(clock.sleeps).toHaveLength(3);
    expect(said[0]).toBe('Paused by --only-between until 23:00; autombw go-on continues it now.');
    expect(said).toContain('The run continues (--only-between).');
    const until = new Date(2026, 0, 14, 23).toISOString();
    expect(pauses).toMatchObject([{ by: '--only-between', until }, undefined]);
    const records = recordsIn(journalText);
    expect(pausing(records)).toEqual([
      ['paused', '--only-between'],
      ['continued', '--only-between'],
    ]);
    expect(records.find(({ kind }) => kind === 'paused')).toMatchObject({ until });
  });

  it('finishes the iteration that it is in, waits for the evening, and goes on', async () => {
    const clock = new WallClock(new Date(2026, 0, 14, 6, 50));
    let images = 0;
    // Two images an iteration, three minutes each: the hours end in the second iteration.
    const renderer = new TinyRenderer({
      onImage: () => {
        images++;
        clock.pass(3 * MINUTE);
      },
    });
    const waiting: number[] = [];
    const counting: RunObserver = { name: 'test', onPause: (pause) => void (pause && waiting.push(images)) };
    const config = { onlyBetween: ['23:00-07:00'], iterations: 4 };
    const run = { clock, renderers: [renderer], observers: [counting], config };
    const { summary, journalText } = await searchTiny(run);
    expect(summary).toMatchObject({ reason: { code: 'iterations' }, iterations: 4 });
    expect(waiting).toEqual([4]);
    expect(clock.sleeps).toHaveLength(16);
    // The pace is that of the images alone.
    const times = recordsIn(journalText).flatMap((record) =>
      record.kind === 'scored' ? [record.time.iteration] : [],
    );
    expect(times).toEqual([360, 360, 360, 360]);
  });

  it('goes on at once where somebody says so, until the next hours have ended', async () => {
    const folder = temporaryFolder();
    const clock = new WallClock(new Date(2026, 0, 14, 12), HOUR, (sleep) => {
      if (sleep === 2) appendRequest(journalIn(folder), { request: 'go-on', by: 'autombw go-on' });
    });
    const renderer = new TinyRenderer({ onImage: () => clock.pass(3 * HOUR) });
    const config = { onlyBetween: ['23:00-07:00'], iterations: 4 };
    const { summary, journalText } = await searchTiny({ folder, clock, renderers: [renderer], config });
    expect(summary).toMatchObject({ reason: { code: 'iterations' }, iterations: 4 });
    expect(pausing(recordsIn(journalText))).toEqual([
      ['paused', '--only-between'],
      ['continued', 'autombw go-on'],
      ['paused', '--only-between'],
      ['continued', '--only-between'],
    ]);
  });

  it('stands behind a pause that somebody asks for', async () => {
    const folder = temporaryFolder();
    const clock = new WallClock(new Date(2026, 0, 14, 20), HOUR, (sleep) => {
      if (sleep === 1) appendRequest(journalIn(folder), { request: 'pause', by: 'the page' });
      // Within the hours by now.
      if (sleep === 6) appendRequest(journalIn(folder), { request: 'go-on', by: 'the page' });
    });
    const config = { onlyBetween: ['23:00-07:00'], iterations: 2 };
    const { journalText } = await searchTiny({ folder, clock, config });
    expect(clock.sleeps).toHaveLength(6);
    expect(pausing(recordsIn(journalText))).toEqual([
      ['paused', '--only-between'],
      ['paused', 'the page'],
      ['continued', 'the page'],
    ]);
  });

  it('follows a clock that is set, forward and backward', async () => {
    const clock = new WallClock(new Date(2026, 0, 14, 12), MINUTE, (sleep) => {
      // Back by a day, which is another evening to wait for, then ahead into the night.
      if (sleep === 2) clock.wall -= 24 * HOUR;
      if (sleep === 4) clock.wall += 13 * HOUR;
    });
    const { observer, pauses } = listener();
    const config = { onlyBetween: ['23:00-07:00'], iterations: 2, minutes: 60 };
    const { summary } = await searchTiny({ clock, observers: [observer], config });
    expect(clock.sleeps).toHaveLength(4);
    expect(summary).toMatchObject({ reason: { code: 'iterations' }, minutes: 0 });
    expect(pauses.map((pause) => pause?.until)).toEqual([
      new Date(2026, 0, 14, 23).toISOString(),
      new Date(2026, 0, 13, 23).toISOString(),
      undefined,
    ]);
  });

  it('is ended by Ctrl-C, and may be another one when the run is resumed', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const noon = new Date(2026, 0, 14, 12);
    const waits = new WallClock(noon, 0, () => controller.abort());
    const config = { onlyBetween: ['23:00-07:00'], iterations: 2 };
    const first = await searchTiny({ clock: waits, signal, config });
    expect(first.summary).toMatchObject({ reason: { code: 'interrupted' }, iterations: 0 });
    const pause = pauseOf(recordsIn(first.journalText)) as RecordOf<'paused'>;
    expect(pauseText({ ...pause, since: pause.time.at })).toBe(
      `waits until ${clockTime(new Date(2026, 0, 14, 23).getTime(), Date.now())} (--only-between)`,
    );
    const warnings: string[] = [];
    const onWarning = (sentence: string): void => void warnings.push(sentence);
    const clock = new WallClock(noon);
    const again = { clock, onWarning, config: { onlyBetween: ['always'] } };
    const { summary } = await resumeTiny(first.journal, again);
    expect(summary).toMatchObject({ reason: { code: 'iterations' }, iterations: 2 });
    expect(clock.sleeps).toEqual([]);
    expect(warnings).toEqual([]);
  });
});

describe('--pause-file', () => {
  it('keeps the search waiting for as long as it is there, whoever says go on', async () => {
    const folder = temporaryFolder();
    const file = path.join(folder, 'gaming');
    let images = 0;
    const renderer = new TinyRenderer({ onImage: () => void (++images === 3 && writeFileSync(file, '')) });
    const clock = new WallClock(new Date(2026, 0, 14, 12), MINUTE, (sleep) => {
      if (sleep === 2) appendRequest(journalIn(folder), { request: 'go-on', by: 'autombw go-on' });
      if (sleep === 5) rmSync(file);
    });
    const { observer, said } = listener();
    const run = { folder, clock, renderers: [renderer], observers: [observer] };
    const { summary, journalText } = await searchTiny({ ...run, config: { pauseFile: file, iterations: 4 } });
    expect(summary).toMatchObject({ reason: { code: 'iterations' }, iterations: 4 });
    expect(clock.sleeps).toHaveLength(5);
    const by = `--pause-file ${file}`;
    const records = recordsIn(journalText);
    expect(pausing(records)).toEqual([
      ['paused', by],
      ['continued', by],
    ]);
    expect(records.find(({ kind }) => kind === 'refused')).toMatchObject({
      request: 'go-on',
      reason: `The run waits because of ${by}; it continues once that file is removed.`,
    });
    expect(said.join('\n')).toContain(`Paused by ${by}; it continues once that file is removed.`);
  });
});

it('measures with a clock that nobody sets', async () => {
  const clock = new WallClock(new Date(2026, 0, 14, 12));
  let images = 0;
  // The clock on the wall is set by hours, forward and backward, in the middle of iterations.
  const renderer = new TinyRenderer({
    onImage: () => {
      images++;
      clock.pass(10_000);
      clock.wall += images % 2 === 0 ? -17 * HOUR : 29 * HOUR;
    },
  });
  const config = { iterations: 4, minutes: 30 };
  const { summary, journalText } = await searchTiny({ clock, renderers: [renderer], config });
  expect(summary).toMatchObject({ reason: { code: 'iterations' }, iterations: 4 });
  const records = recordsIn(journalText);
  const times = records.flatMap((record) => (record.kind === 'scored' ? [record.time.iteration] : []));
  expect(times).toEqual([20, 20, 20, 20]);
});

it('keeps the proof at the end to its hours as well', async () => {
  const clock = new WallClock(new Date(2026, 0, 14, 6, 30), 4 * HOUR);
  // Two iterations of two images until 6:50; the hours end within the proof.
  const renderer = new TinyRenderer({ onImage: () => clock.pass(5 * MINUTE) });
  const config = { onlyBetween: ['23:00-07:00'], iterations: 2, prove: 2 };
  const { summary, journalText } = await searchTiny({ clock, renderers: [renderer], config });
  expect(summary.proof?.verdict.images).toBe(2);
  const kinds = recordsIn(journalText)
    .map(({ kind }) => kind)
    .filter((kind) => ['scored', 'proving', 'paused', 'continued', 'verdict'].includes(kind));
  expect(kinds).toEqual(['scored', 'scored', 'proving', 'paused', 'continued', 'verdict']);
});
