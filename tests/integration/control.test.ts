/** What a run is asked for while it is under way: pause, go on, stop, reject, next. */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { appendRequest, controlFile, type NewRequest } from '../../src/journal/control.ts';
import { parseJournal, trialsOf } from '../../src/journal/read.ts';
import type { JournalRecord } from '../../src/journal/record.ts';
import type { Notice, RunObserver } from '../../src/observers/observer.ts';
import { systemClock, type Clock } from '../../src/shared/clock.ts';
import { blocksOf } from '../../src/space/blocks.ts';
import { resumeTiny, searchTiny, STANDING_CLOCK, temporaryFolder } from '../helpers/run-search.ts';
import { TinyRenderer } from '../helpers/tiny-renderer.ts';
import { filesIn } from '../helpers/files-in.ts';

/** Asks while the n-th image of a session is being made. */
function askingAt(
  folder: string,
  requests: Readonly<Record<number, readonly NewRequest[]>>,
): { readonly renderer: TinyRenderer; readonly images: () => number } {
  let images = 0;
  const renderer = new TinyRenderer({
    onImage: () => {
      for (const request of requests[++images] ?? []) appendRequest(journalIn(folder), request);
    },
  });
  return { renderer, images: () => images };
}

function journalIn(folder: string): string {
  const history = path.join(folder, 'csv', 'history');
  const [file] = filesIn(history).filter((name) => name.endsWith('.journal.jsonl'));
  if (file === undefined) throw new Error('there is no journal');
  return path.join(history, file);
}

function recordsOf(text: string): readonly JournalRecord[] {
  return parseJournal(text, 'test').records;
}

function countOf(records: readonly JournalRecord[], kind: JournalRecord['kind']): number {
  return records.filter((record) => record.kind === kind).length;
}

function listener(): { readonly observer: RunObserver; readonly said: () => string } {
  const notices: Notice[] = [];
  return {
    observer: { name: 'test', onNotice: (notice) => void notices.push(notice) },
    said: () => notices.map(({ message }) => message).join('\n'),
  };
}

describe('a pause', () => {
  it('sends nothing to the WebUI until it ends, and its time does not count', async () => {
    const folder = temporaryFolder();
    const { renderer, images } = askingAt(folder, { 3: [{ request: 'pause', by: 'autombw pause' }] });
    let now = Date.UTC(2026, 0, 1);
    let sleeps = 0;
    const counts: number[] = [];
    const clock: Clock = {
      now: () => now,
      sleep: async (_, signal) => {
        counts.push(images());
        now += 3_600_000;
        if (++sleeps === 3) appendRequest(journalIn(folder), { request: 'go-on', by: 'autombw go-on' });
        await systemClock.sleep(1, signal);
      },
    };
    const { observer, said } = listener();
    const pauses: unknown[] = [];
    const watcher: RunObserver = { ...observer, onPause: (pause) => void pauses.push(pause) };
    const config = { iterations: 4, minutes: 60 };
    const run = { folder, config, renderers: [renderer], clock, observers: [watcher] };
    const { summary, journalText } = await searchTiny(run);
    expect(counts).toEqual([4, 4, 4]);
    expect(summary).toMatchObject({ reason: { code: 'iterations' }, iterations: 4, minutes: 0 });
    expect(pauses).toEqual([{ by: 'autombw pause', since: '2026-01-01T00:00:00.000Z' }, undefined]);
    expect(said()).toMatch(/^Paused by autombw pause; autombw go-on ends the pause\./m);
    expect(said()).toMatch(/^The run continues \(autombw go-on\)\.$/m);
    const records = recordsOf(journalText);
    expect([countOf(records, 'paused'), countOf(records, 'continued')]).toEqual([1, 1]);
  });

  it('holds all WebUIs of a run, and counts only the time when none of them works', async () => {
    const folder = temporaryFolder();
    const begin = Date.UTC(2026, 0, 1);
    let now = begin;
    let asleep = 0;
    let isHeld = false;
    let images = 0;
    const drew = new Set<string>();
    const atRest = new Set<number>();
    const lane = (name: string): TinyRenderer =>
      new TinyRenderer({
        onImage: async () => {
          images++;
          drew.add(name);
          if (!isHeld && drew.size === 2) appendRequest(journalIn(folder), { request: 'pause' });
          isHeld = drew.size === 2;
          await systemClock.sleep(5, new AbortController().signal);
        },
      });
    const clock: Clock = {
      now: () => now,
      sleep: async (_, signal) => {
        // The first that has nothing to do waits while the other one still works, however long that takes.
        if (++asleep === 2) {
          now += 3_600_000;
          atRest.add(images);
          if (now - begin > 10 * 3_600_000) appendRequest(journalIn(folder), { request: 'go-on' });
        }
        await systemClock.sleep(1, signal);
        asleep--;
      },
    };
    const config = { iterations: 8 };
    const renderers = [lane('one'), lane('two')];
    const { summary } = await searchTiny({ folder, renderers, config, clock });
    expect(summary).toMatchObject({ reason: { code: 'iterations' }, iterations: 8 });
    expect([...atRest]).toHaveLength(1);
    expect(now).toBeGreaterThan(begin);
    expect(summary.minutes).toBe(0);
  });

  it('is ended by Ctrl-C, which leaves a run that goes on when it is resumed', async () => {
    const folder = temporaryFolder();
    const { renderer } = askingAt(folder, { 3: [{ request: 'pause' }] });
    const controller = new AbortController();
    const clock: Clock = {
      ...systemClock,
      sleep: async (_, signal) => {
        controller.abort();
        await systemClock.sleep(1000, signal);
      },
    };
    const { signal } = controller;
    const first = await searchTiny({
      folder,
      renderers: [renderer],
      clock,
      signal,
      config: { iterations: 4 },
    });
    expect(first.summary).toMatchObject({ reason: { code: 'interrupted' }, iterations: 2 });
    const warnings: string[] = [];
    const onWarning = (sentence: string): void => void warnings.push(sentence);
    const { summary } = await resumeTiny(first.journal, { onWarning });
    expect(summary).toMatchObject({ reason: { code: 'iterations' }, iterations: 4 });
    expect(warnings).toContain('The run was paused by a request to pause; continuing now.');
  });
});

describe('a stop', () => {
  it('comes when the trial is finished, leaves the best, and is over when the run is resumed', async () => {
    const folder = temporaryFolder();
    const { renderer } = askingAt(folder, { 5: [{ request: 'stop', by: 'autombw stop' }] });
    const first = await searchTiny({ folder, renderers: [renderer] });
    expect(first.summary).toMatchObject({
      reason: { code: 'interrupted', message: 'Stopped by autombw stop.' },
      iterations: 3,
      images: 6,
      canResume: true,
    });
    expect(first.summary.best).toBeDefined();
    const { summary } = await resumeTiny(first.journal);
    expect(summary).toMatchObject({ reason: { code: 'iterations' }, iterations: 6 });
  });

  it('also ends a pause', async () => {
    const folder = temporaryFolder();
    const { renderer } = askingAt(folder, { 1: [{ request: 'pause' }] });
    const clock: Clock = {
      ...systemClock,
      sleep: async (_, signal) => {
        appendRequest(journalIn(folder), { request: 'stop' });
        await systemClock.sleep(1, signal);
      },
    };
    const { summary } = await searchTiny({ folder, renderers: [renderer], clock });
    expect(summary).toMatchObject({ reason: { code: 'interrupted' }, iterations: 1 });
  });

  it('that nobody followed before the run was killed does not end the next session', async () => {
    const first = await searchTiny({ config: { iterations: 2 } });
    appendRequest(first.journal, { request: 'stop' });
    appendRequest(first.journal, { request: 'pause' });
    const { summary } = await resumeTiny(first.journal, { config: { iterations: 3 } });
    expect(summary).toMatchObject({ reason: { code: 'iterations' }, iterations: 3 });
  });
});

describe('a rejection', () => {
  it('takes the score of the best away, and of all that took it over', async () => {
    const first = await searchTiny({ config: { iterations: 4 } });
    const best = first.summary.best?.trial ?? 0;
    appendRequest(first.journal, { request: 'reject', trial: best, by: 'the page' });
    const { observer, said } = listener();
    const again = await resumeTiny(first.journal, { config: { iterations: 5 }, observers: [observer] });
    const { finished } = trialsOf(recordsOf(again.journalText));
    expect(finished.find(({ id }) => id === best)).toMatchObject({
      state: 'failed',
      failure: { code: 'rejected', message: 'It was rejected by the page.' },
    });
    expect(again.summary.best?.trial).not.toBe(best);
    expect(again.summary.failed).toBe(1);
    expect(said()).toMatch(
      new RegExp(`Iteration ${best} was rejected by the page; the best is now iteration \\d+\\.`),
    );
    // Whoever reads the journal later sees the same.
    const later = await resumeTiny(first.journal, { config: { iterations: 5 } });
    expect(later.summary.best).toEqual(again.summary.best);
  });

  it('of a trial that is being measured waits for it', async () => {
    const folder = temporaryFolder();
    const { renderer } = askingAt(folder, { 3: [{ request: 'reject', trial: 2 }] });
    const { journalText, summary } = await searchTiny({ folder, renderers: [renderer] });
    const kinds = recordsOf(journalText).map((record) =>
      'trial' in record ? `${record.kind} ${record.trial}` : record.kind,
    );
    expect(kinds.indexOf('rejected 2')).toBe(kinds.indexOf('scored 2') + 1);
    expect(summary).toMatchObject({ iterations: 6, failed: 1 });
  });

  it('of a baseline, an unknown or a rejected one is refused, once', async () => {
    const config = { iterations: 2, baselines: true };
    const first = await searchTiny({ config });
    for (const trial of [1, 99, 4, 4]) appendRequest(first.journal, { request: 'reject', trial });
    const { observer, said } = listener();
    const again = await resumeTiny(first.journal, { config: { iterations: 3 }, observers: [observer] });
    expect(said()).toMatch(/iteration 1 is model A, a baseline: it cannot be rejected\./);
    expect(said()).toMatch(/there is no iteration 99\./);
    expect(said()).toMatch(/iteration 4 has already been rejected\./);
    expect(countOf(recordsOf(again.journalText), 'refused')).toBe(3);
    const more = await resumeTiny(first.journal, { config: { iterations: 4 } });
    const records = recordsOf(more.journalText);
    expect([countOf(records, 'refused'), countOf(records, 'rejected')]).toEqual([3, 1]);
  });

  it('makes no image of the same weights again, unless somebody asks for them', async () => {
    const weights = Object.fromEntries(blocksOf('sd1').map((block) => [block, 0.5]));
    const first = await searchTiny({ config: { iterations: 2, warmStart: ['0.5'] } });
    appendRequest(first.journal, { request: 'reject', trial: 1 });
    appendRequest(first.journal, { request: 'next', weights });
    const again = await resumeTiny(first.journal, { config: { iterations: 3 } });
    const { finished } = trialsOf(recordsOf(again.journalText));
    expect(finished.find(({ id }) => id === 3)).toMatchObject({ state: 'scored', weights, byHand: true });
  });
});

describe('weights that are asked for', () => {
  it('are measured next, rounded to the steps of the search, the others as in the best', async () => {
    const folder = temporaryFolder();
    const request: NewRequest = { request: 'next', weights: { IN00: 0.333, OUT11: 0 }, by: 'autombw next' };
    const { renderer } = askingAt(folder, { 3: [request] });
    const { observer, said } = listener();
    const run = { folder, renderers: [renderer], observers: [observer] };
    const { journalText } = await searchTiny(run);
    const { finished } = trialsOf(recordsOf(journalText));
    const [asked] = finished.filter((trial) => 'byHand' in trial);
    const best = finished
      .slice(0, 2)
      .toSorted((a, b) => Number(b.state === 'scored' && b.score) - Number(a.state === 'scored' && a.score));
    expect(asked).toMatchObject({ id: 3, origin: 'queued', state: 'scored' });
    expect(best.map(({ weights }) => ({ ...weights, IN00: 0.3, OUT11: 0 }))).toContainEqual(asked?.weights);
    expect(said()).toMatch(/The weights from autombw next are measured next \(IN00 0\.333 becomes 0\.3\)/);
  });

  it('that the search does not reach are refused by name', async () => {
    const first = await searchTiny({
      config: { iterations: 1, block: { IN01: 0.2 }, group: ['OUT00,OUT01'] },
    });
    const ask = (weights: Record<string, number>): unknown =>
      appendRequest(first.journal, { request: 'next', weights });
    ask({ IN00: 1.5, IN01: 0.4, IN77: 0.5 });
    ask({ OUT00: 0.2, OUT01: 0.8 });
    const { observer, said } = listener();
    await resumeTiny(first.journal, { config: { iterations: 2 }, observers: [observer] });
    expect(said()).toContain(
      'IN00 is searched from 0 to 1, not at 1.5; IN01 is fixed at 0.2, not 0.4; IN77 is not a block of this search.',
    );
    expect(said()).toContain('OUT00, OUT01 share one weight: OUT00 cannot be 0.2 alone');
  });
});

describe.each([
  { optimizer: 'random' },
  { optimizer: 'hill-climbing' },
  { optimizer: 'bayesian' },
  { optimizer: 'bayesian', imagesPerTrial: 'auto', baselines: true },
])('a run by $optimizer ($imagesPerTrial images an iteration) that was asked for things', (settings) => {
  const isUneven = settings.imagesPerTrial !== undefined;
  const payload = isUneven ? { n_iter: 8 } : {};

  it('goes on from every line of its journal as if it had never stopped, and follows every request once', async () => {
    const folder = temporaryFolder();
    const before = isUneven ? 3 : 0;
    const requests = new Map<number, NewRequest>([
      [before + 3, { request: 'next', weights: { IN00: 0.9, OUT03: 0.1 } }],
      [before + 5, { request: 'reject', trial: before + 2 }],
      [before + 7, { request: 'reject', trial: before + 1 }],
    ]);
    const asking: RunObserver = {
      name: 'test',
      onTrial({ id }) {
        const request = requests.get(id);
        if (request !== undefined && requests.delete(id)) appendRequest(journalIn(folder), request);
      },
    };
    const config = { ...settings, iterations: 9, earlyStop: false, warmStart: ['0.2', '0.4'] };
    const clock = STANDING_CLOCK;
    const whole = await searchTiny({ folder, payload, config, observers: [asking], clock });
    const lines = whole.journalText.split('\n').slice(0, -1);
    const kinds = recordsOf(whole.journalText).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'queued' || kind === 'rejected')).toHaveLength(3);
    const last = kinds.lastIndexOf('rejected');
    for (let count = kinds.indexOf('queued'); count <= lines.length; count += isUneven ? 3 : 1) {
      const place = path.join(temporaryFolder(), 'csv', 'history', 'A - B');
      mkdirSync(place, { recursive: true });
      const journal = path.join(place, 'O-0-2026-01-01-00-00-00.journal.jsonl');
      const beginning = lines.slice(0, count).map((line) => `${line}\n`);
      writeFileSync(journal, beginning.join(''));
      copyFileSync(controlFile(whole.journal), controlFile(journal));
      const resumed = await resumeTiny(journal, { clock });
      // Before that, a request may be followed at another moment than it was.
      const expected = count > last ? whole.csv : resumed.csv;
      expect(resumed.csv, `stopped after line ${count}`).toBe(expected);
      const ids = recordsOf(readFileSync(journal, 'utf8')).flatMap((entry) =>
        'id' in entry ? [entry.id] : [],
      );
      expect(new Set(ids).size).toBe(3);
      expect(ids).toHaveLength(3);
    }
  });
});
