/** Pause, go on and stop within a proof on fresh images, between two of its pictures. */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { appendRequest, type NewRequest } from '../../src/journal/control.ts';
import { filesOf } from '../../src/journal/name-run.ts';
import { parseJournal } from '../../src/journal/read.ts';
import type { JournalRecord, RecordOf } from '../../src/journal/record.ts';
import type { RunObserver } from '../../src/observers/observer.ts';
import { proofsOf } from '../../src/proof/read-proofs.ts';
import { proveRun } from '../../src/run/prove-run.ts';
import { systemClock, type Clock } from '../../src/shared/clock.ts';
import { environmentOf, resumeTiny, searchTiny, temporaryFolder } from '../helpers/run-search.ts';
import { searchSimulated } from '../helpers/simulated-search.ts';
import { TinyRenderer } from '../helpers/tiny-renderer.ts';
import { filesIn } from '../helpers/files-in.ts';

const CONFIG = { prove: 4, iterations: 3, saveImages: 'best' };

function recordsOf(journal: string): readonly JournalRecord[] {
  return parseJournal(readFileSync(journal, 'utf8'), 'the test').records;
}

function ofKind<K extends JournalRecord['kind']>(journal: string, kind: K): RecordOf<K>[] {
  return recordsOf(journal).filter((one): one is RecordOf<K> => one.kind === kind);
}

function journalIn(folder: string): string {
  const history = path.join(folder, 'csv', 'history');
  const [file] = filesIn(history).filter((name) => name.endsWith('.journal.jsonl'));
  if (file === undefined) throw new Error('there is no journal');
  return path.join(history, file);
}

/** Asks while the n-th image of the proof is being made, and waits until the run has heard it. */
function askingAt(
  journal: () => string,
  n: number,
  request: NewRequest,
): { readonly renderer: TinyRenderer; readonly drawn: string[]; readonly rearmed: () => number } {
  const drawn: string[] = [];
  let rearmed = 0;
  const renderer = new TinyRenderer({
    onRearm: () => void rearmed++,
    onImage: async (weights, { id }) => {
      if (!id.startsWith('proof/stripes')) return;
      drawn.push(JSON.stringify([id, weights]));
      if (drawn.length !== n) return;
      const { id: asked } = appendRequest(journal(), request);
      await vi.waitUntil(() => recordsOf(journal()).some((record) => 'id' in record && record.id === asked), {
        timeout: 20_000,
        interval: 50,
      });
    },
  });
  return { renderer, drawn, rearmed: () => rearmed };
}

const whole = async () => (await searchTiny({ config: CONFIG })).summary.proof?.verdict;

describe('a proof', () => {
  it('that is paused draws nothing more until it goes on, proves the merge again, and comes to the same', async () => {
    const folder = temporaryFolder();
    const journal = (): string => journalIn(folder);
    const { renderer, drawn, rearmed } = askingAt(journal, 6, { request: 'pause', by: 'the page' });
    const counts: number[] = [];
    const rearms: number[] = [];
    const clock: Clock = {
      ...systemClock,
      sleep: async (_, signal) => {
        counts.push(drawn.length);
        rearms.push(rearmed());
        if (counts.length === 3) appendRequest(journal(), { request: 'go-on', by: 'the page' });
        await systemClock.sleep(1, signal);
      },
    };
    const { summary } = await searchTiny({ folder, config: CONFIG, renderers: [renderer], clock });
    // The picture under way was finished, and none after it.
    expect(new Set(counts)).toEqual(new Set([6]));
    expect(rearmed()).toBe((rearms[0] ?? 0) + 1);
    expect(drawn).toHaveLength(20);
    expect(new Set(drawn).size).toBe(20);
    expect(summary.reason.kind).toBe('goal');
    expect(summary.proof?.verdict).toEqual(await whole());
    expect(ofKind(journal(), 'paused')).toHaveLength(1);
    expect(ofKind(journal(), 'proved')).toHaveLength(5);
  });

  it('that is stopped keeps every picture, and resume goes on with it', async () => {
    const folder = temporaryFolder();
    const journal = (): string => journalIn(folder);
    const { renderer, drawn } = askingAt(journal, 6, { request: 'stop', by: 'the page' });
    const { summary } = await searchTiny({ folder, config: CONFIG, renderers: [renderer] });
    expect(summary.reason).toMatchObject({
      code: 'interrupted',
      message: 'Stopped by the page during the proof on fresh images.',
    });
    expect(summary.proof).toBeUndefined();
    expect(summary.canResume).toBe(true);
    expect(drawn).toHaveLength(6);
    expect(ofKind(journal(), 'proved').map(({ images, unfinished }) => [images.length, unfinished])).toEqual([
      [4, undefined],
      [2, true],
    ]);
    expect(proofsOf(recordsOf(journal()))[0]?.results).toHaveLength(1);
    const kept = readdirSync(filesOf(journal()).images).filter((file) => file.startsWith('proof1-'));
    expect(kept).toHaveLength(6);
    const later = askingAt(journal, Infinity, { request: 'stop' });
    const again = await resumeTiny(journal(), { renderers: [later.renderer] });
    expect(later.drawn).toHaveLength(14);
    expect(again.summary.reason.kind).toBe('goal');
    expect(again.summary.proof?.verdict).toEqual(await whole());
  });

  it('of autombw prove is stopped and gone on with as well; the search stays done', async () => {
    const first = await searchTiny({ config: { ...CONFIG, prove: 0 } });
    const { journal } = first;
    const options = { overrides: { prove: 4 }, scoring: {} };
    const { renderer, drawn } = askingAt(() => journal, 3, { request: 'stop', by: 'autombw stop' });
    const stopped = proveRun(journal, options, environmentOf({ renderers: [renderer] }));
    await expect(stopped).rejects.toMatchObject({ code: 'proof-stopped' });
    expect(drawn).toHaveLength(3);
    expect(recordsOf(journal).at(-1)).toMatchObject({ kind: 'stopped', reason: { code: 'iterations' } });
    const later = askingAt(() => journal, Infinity, { request: 'stop' });
    const { verdict } = await proveRun(journal, options, environmentOf({ renderers: [later.renderer] }));
    expect(later.drawn).toHaveLength(17);
    expect(verdict).toEqual(await whole());
    expect(recordsOf(journal).at(-1)).toMatchObject({ kind: 'stopped', reason: { code: 'iterations' } });
  });

  it('over HTTP goes on after a pause as if there had been none', async () => {
    const folder = temporaryFolder();
    const journal = (): string => journalIn(folder);
    let asked = false;
    const observer: RunObserver = {
      name: 'asks',
      onProgress: ({ label, done }) => {
        if (asked || label === undefined || done < 1) return;
        asked = true;
        appendRequest(journal(), { request: 'pause' });
      },
      onPause: (pause) => void (pause && appendRequest(journal(), { request: 'go-on' })),
    };
    const config = { folder, prove: 6, iterations: 2 };
    const setting = { config, observers: [observer], clock: systemClock, simulator: { latencyMs: 300 } };
    const { summary, simulator, notices } = await searchSimulated(setting);
    await simulator.close();
    expect(summary.reason).toMatchObject({ code: 'iterations' });
    const proved = ofKind(journal(), 'proved');
    expect(proved.map(({ images, missing }) => [images.length, missing])).toEqual(
      proved.map(() => [6, undefined]),
    );
    const kinds = recordsOf(journal()).map((record) => record.kind);
    const at = kinds.indexOf('paused');
    expect(at).toBeGreaterThan(kinds.indexOf('proving'));
    expect(notices.filter((text) => /again|interrupted|lost/i.test(text))).toEqual([]);
    const plain = await searchSimulated({ config: { prove: 6, iterations: 2 } });
    await plain.simulator.close();
    expect(summary.proof?.verdict).toEqual(plain.summary.proof?.verdict);
  });

  it('leaves a rejection for the session that goes on with the search', async () => {
    const folder = temporaryFolder();
    const journal = (): string => journalIn(folder);
    let asked = false;
    const renderer = new TinyRenderer({
      onImage: async (_, { id }) => {
        if (asked || !id.startsWith('proof/stripes')) return;
        asked = true;
        appendRequest(journal(), { request: 'reject', trial: 1 });
        await delay(1500);
      },
    });
    const { summary } = await searchTiny({ folder, config: CONFIG, renderers: [renderer] });
    expect(summary.proof).toBeDefined();
    expect(ofKind(journal(), 'rejected')).toEqual([]);
    await resumeTiny(journal());
    expect(ofKind(journal(), 'rejected').map(({ trial }) => trial)).toEqual([1]);
  });
});
