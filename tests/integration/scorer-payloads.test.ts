/** A scorer for some payloads, through a whole search, its resuming and its rescoring. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { parseSearchConfig } from '../../src/config/load.ts';
import { calibrate } from '../../src/run/calibrate.ts';
import { parseJournal } from '../../src/journal/read.ts';
import { rescore } from '../../src/judging/rescore.ts';
import { brokenToy } from '../unit/score/onnx/scorers.ts';
import {
  environmentOf,
  resumeTiny,
  searchTiny,
  temporaryFolder,
  type SearchResult,
} from '../helpers/run-search.ts';

/** A network of a few kilobytes. */
const scorerOptions = { onnx: { manifest: brokenToy('toy-linear', (text) => text).manifest } };

/** Two payloads: `stripes`, and `1`, whose name looks like a number. */
function writePayloads(folder: string): string[] {
  const size = { width: 64, height: 64 };
  return Object.entries({ stripes: { seed: 7, n_iter: 2 }, 1: { seed: 9 } }).map(([name, own]) => {
    const file = path.join(folder, `${name}.json`);
    writeFileSync(file, JSON.stringify({ prompt: name, ...size, ...own }));
    return file;
  });
}

async function searchTwo(config: Readonly<Record<string, unknown>>): Promise<SearchResult> {
  const folder = temporaryFolder();
  return searchTiny({
    folder,
    config: {
      payload: writePayloads(folder),
      scorer: ['quality', 'onnx'],
      scorerOptions,
      imagesPerTrial: 'all',
      iterations: 3,
      ...config,
    },
  });
}

function imagesOf({ journalText }: SearchResult): { readonly payload: string; readonly scorers: string[] }[] {
  return parseJournal(journalText, 'test').records.flatMap((record) =>
    record.kind === 'scored'
      ? record.images.map(({ payload, raw }) => ({ payload, scorers: Object.keys(raw) }))
      : [],
  );
}

it('a scorer judges its payloads alone, also in a resumed run, and the plan says which', async () => {
  const run = await searchTwo({ scorerPayloads: { onnx: '1' } });
  const [first] = parseJournal(run.journalText, 'test').records;
  expect(first).toMatchObject({
    plan: {
      config: { scorerPayloads: { onnx: '1' } },
      scorers: [{ id: 'quality' }, { id: 'onnx', payloads: ['1'] }],
    },
  });
  expect(first).not.toMatchObject({ plan: { scorers: [{ payloads: expect.anything() }, {}] } });
  const resumed = await resumeTiny(run.journal, { config: { iterations: 5 } });
  const images = imagesOf(resumed);
  expect(images).toHaveLength(5 * 3);
  for (const { payload, scorers } of images)
    expect(scorers).toEqual(payload === '1' ? ['quality', 'onnx'] : ['quality']);
});

it('rescoring keeps what the run had, and takes another choice', async () => {
  const run = await searchTwo({ scorerPayloads: { onnx: '1' }, saveImages: 'all' });
  const { signal } = new AbortController();
  const again = async (given: Readonly<Record<string, unknown>>) =>
    rescore({ journal: run.journal, given, signal, onProgress: () => {} });
  for (const { oldScore, newScore } of (await again({})).iterations) expect(newScore).toBe(oldScore);
  const turned = await again({ scorerPayloads: { onnx: ['!1'] } });
  for (const { oldScore, newScore } of turned.iterations) expect(newScore).not.toBe(oldScore);
  // Other scorers begin without what was said of the old ones.
  expect((await again({ scorer: ['onnx'], scorerOptions })).iterations).toHaveLength(3);
  await expect(again({ scorerPayloads: { onnx: '2' } })).rejects.toThrow(/no payload with that name/);
});

it('a calibration has the images of its payloads alone', async () => {
  const folder = temporaryFolder();
  const config = parseSearchConfig({
    payload: writePayloads(folder),
    modelA: 'A',
    modelB: 'B',
    output: 'O',
    folder,
    check: false,
    scorer: ['quality', 'onnx'],
    scorerOptions,
    scorerPayloads: { onnx: '!stripes' },
  });
  const { scorers } = await calibrate(config, environmentOf({}), () => {});
  expect(scorers['quality']?.images).toBe(6);
  expect(scorers['onnx']?.images).toBe(2);
});

it('a search with a payload that nothing judges does not begin', async () => {
  await expect(
    searchTwo({ scorer: ['quality'], scorerOptions: {}, scorerPayloads: { quality: 'stripes' } }),
  ).rejects.toThrow(expect.objectContaining({ code: 'scorer-payloads' }));
  await expect(searchTwo({ scorerPayloads: { onxx: '1' } })).rejects.toThrow(
    /--scorer-payloads onxx does not match any scorer of this run .* Did you mean "onnx"/,
  );
});
