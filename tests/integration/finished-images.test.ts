/** Images that were finished before a run was killed, whatever it was doing, are neither drawn again nor counted twice. */
import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { filesOf } from '../../src/journal/name-run.ts';
import { parseJournal } from '../../src/journal/read.ts';
import type { JournalRecord } from '../../src/journal/record.ts';
import { verifyRun } from '../../src/run/verify/verify-run.ts';
import { webuiError } from '../../src/renderers/index.ts';
import { uniformWeights } from '../../src/space/blocks.ts';
import {
  resumeTiny,
  searchTiny,
  temporaryFolder,
  timelessJournal,
  type SearchResult,
} from '../helpers/run-search.ts';
import { TinyRenderer, type TinyRendererOptions } from '../helpers/tiny-renderer.ts';

const CONFIG = { iterations: 2, check: true, checkEvery: 2, prove: 3, saveImages: 'all', earlyStop: false };
const PAYLOAD = { n_iter: 3 };
const NAME = 'O-0-2026-01-01-00-00-00';

const recordsOf = (text: string): readonly JournalRecord[] => parseJournal(text, 'the test').records;
const isFinished = (line: string): boolean => /^\{"kind":"(?:image|proof-image)"/.test(line);
/** What says how the run went, and not in how many sessions. */
const isOfRun = (line: string): boolean => !/^\{"kind":"(?:plan|proof|resumed|stopped)"/.test(line);
const wentSo = ({ journalText, folder }: SearchResult): string[] =>
  timelessJournal(journalText, folder).split('\n').filter(isOfRun);

/** Counts the images of the run, without those of known merges. */
function counting(options: TinyRendererOptions = {}): { renderer: TinyRenderer; drawn: string[] } {
  const drawn: string[] = [];
  const renderer = new TinyRenderer({
    ...options,
    onImage: async (weights, request) => {
      await options.onImage?.(weights, request);
      if (request.id !== 'proof/0') drawn.push(`${request.id} ${JSON.stringify(weights)}`);
    },
  });
  return { renderer, drawn };
}

let whole: SearchResult;
let lines: string[];
let pictures: string[];

beforeAll(async () => {
  whole = await searchTiny({ config: CONFIG, payload: PAYLOAD });
  lines = whole.journalText.split('\n').slice(0, -1);
  pictures = readdirSync(filesOf(whole.journal).images).toSorted();
});

/** As kill -9 behind that many lines of the journal leaves it. */
function killedAfter(count: number): string {
  const folder = path.join(temporaryFolder(), 'csv', 'history', 'A - B');
  mkdirSync(folder, { recursive: true });
  const journal = path.join(folder, `${NAME}.journal.jsonl`);
  writeFileSync(journal, `${lines.slice(0, count).join('\n')}\n`);
  const images = filesOf(journal).images;
  mkdirSync(images);
  const from = filesOf(whole.journal).images;
  // Those that come later are not there yet.
  const seen = lines.slice(0, count).filter(isFinished).length;
  const order = lines.filter(isFinished).map((line) => pictureOf(line, from));
  for (const file of order.slice(0, seen)) cpSync(path.join(from, file), path.join(images, file));
  return journal;
}

function pictureOf(line: string, folder: string): string {
  const [record] = parseJournal(`${lines[0]}\n${line}\n`, 'the test').records.slice(1);
  if (record?.kind !== 'image' && record?.kind !== 'proof-image') throw new Error('no image');
  const { seed } = record.image;
  const begin = record.kind === 'image' ? `${record.trial}-` : `proof${record.proof}-${record.candidate}-`;
  const file = readdirSync(folder).find((name) => name.startsWith(begin) && name.endsWith(`-${seed}.png`));
  if (file === undefined) throw new Error(`no picture of ${line}`);
  return file;
}

const lineAfter = (wanted: RegExp, nth = 1): number => {
  let found = 0;
  return lines.findIndex((line) => wanted.test(line) && ++found === nth) + 1;
};

describe('a run that was killed anywhere', () => {
  it('draws what it had not finished, once, and comes to the same', async () => {
    const total = lines.filter(isFinished).length;
    // Two merges, and the best, the runner-up and three baselines on fresh images.
    expect(total).toBe(2 * 3 + 5 * 3);
    const first = lines.findIndex(isOfRun);
    for (let count = first; count < lines.length; count++) {
      const journal = killedAfter(count);
      const { renderer, drawn } = counting();
      const resumed = await resumeTiny(journal, { renderers: [renderer] });
      const before = lines.slice(0, count).filter(isFinished).length;
      expect(drawn, `killed after line ${count}`).toHaveLength(total - before);
      expect(resumed.csv).toBe(whole.csv);
      expect(wentSo(resumed)).toEqual(wentSo(whole));
      expect(readdirSync(filesOf(journal).images).toSorted()).toEqual(pictures);
    }
  });

  it('says what it takes up, and verify finds nothing wrong with it', async () => {
    const journal = killedAfter(lineAfter(/"kind":"image","trial":2/, 2));
    const notices: string[] = [];
    const observer = {
      name: 'ear',
      onNotice: ({ message }: { message: string }) => void notices.push(message),
    };
    await resumeTiny(journal, { observers: [observer] });
    expect(notices).toContain('Iteration 2: 2 images were finished before and are not drawn again.');
    const { checks } = await verifyRun({ journal, tolerance: 1e-6, signal: new AbortController().signal });
    expect(checks.flatMap(({ differences }) => differences)).toEqual([]);
  });

  it('draws all of an iteration again on a server that gives another image of the known merge', async () => {
    const journal = killedAfter(lineAfter(/"kind":"image","trial":2/, 2));
    const { renderer, drawn } = counting({
      merges: (weights) => ({ ...weights, IN00: (weights.IN00 ?? 0) / 2 }),
    });
    const notices: string[] = [];
    const observer = {
      name: 'ear',
      onNotice: ({ message }: { message: string }) => void notices.push(message),
    };
    const { journalText } = await resumeTiny(journal, {
      renderers: [renderer],
      observers: [observer],
      config: { prove: 0 },
    });
    expect(drawn).toHaveLength(3);
    expect(notices.join('\n')).toMatch(
      /^Iteration 2: 2 images were finished before and are drawn again, because no WebUI/m,
    );
    const scored = recordsOf(journalText).find((one) => one.kind === 'scored' && one.trial === 2);
    expect(scored?.kind === 'scored' && scored.images).toHaveLength(3);
  });

  it('counts them where it is asked whether half of the images came', async () => {
    const journal = killedAfter(lineAfter(/"kind":"image","trial":2/, 2));
    const { renderer } = counting({
      failAt: (_, { id: request }) =>
        request === 'proof/0'
          ? undefined
          : webuiError('webui-rejected', 'It cannot.', { retry: 'never', image: { request } }),
    });
    const { journalText } = await resumeTiny(journal, { renderers: [renderer], config: { prove: 0 } });
    const last = recordsOf(journalText).findLast((one) => one.kind === 'scored' || one.kind === 'failed');
    expect(last).toMatchObject({ kind: 'scored', trial: 2, missing: [{ code: 'webui-rejected' }] });
  });
});

describe('images that were finished under a merge that turns out to be broken', () => {
  it('are taken back in the journal before anything is drawn again', async () => {
    let isBroken = false;
    let drawn = 0;
    const renderer = new TinyRenderer({
      merges: (weights) => (isBroken ? uniformWeights(0.3, 'sd1') : weights),
      onRearm: () => {
        isBroken = false;
      },
      onImage: (_, { id }) => {
        if (id !== 'proof/0' && ++drawn === 4) isBroken = true;
      },
    });
    const config = { ...CONFIG, checkEvery: 1, prove: 0 };
    const run = await searchTiny({ config, payload: PAYLOAD, renderers: [renderer] });
    const kinds = recordsOf(run.journalText).flatMap((one) =>
      'trial' in one && one.trial === 2 ? [one.kind] : [],
    );
    expect(kinds).toEqual([
      'asked',
      'image',
      'image',
      'image',
      'forgotten',
      'image',
      'image',
      'image',
      'scored',
    ]);
    const sound = await searchTiny({ config, payload: PAYLOAD });
    expect(run.csv).toBe(sound.csv);
  });
});
