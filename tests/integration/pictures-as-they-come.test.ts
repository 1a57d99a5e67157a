/** Pictures of an iteration before it has a score: on the disk, on the page, and what is left of them. */
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { decodeImage, hashPixels } from '../../src/images/decode.ts';
import { filesOf, type RunFiles } from '../../src/journal/name-run.ts';
import type { LaneState } from '../../src/observers/observer.ts';
import { readStatus } from '../../src/observers/run-status.ts';
import { webuiError } from '../../src/renderers/index.ts';
import { runId } from '../../src/page/watched-run.ts';
import { endedPid } from '../helpers/ended-process.ts';
import { eventsUntil, listedRun, usePages } from '../helpers/page.ts';
import { resumeTiny, searchTiny, temporaryFolder } from '../helpers/run-search.ts';
import { TinyRenderer } from '../helpers/tiny-renderer.ts';
import { filesIn } from '../helpers/files-in.ts';

const open = usePages();

function runFilesIn(folder: string): RunFiles | undefined {
  const history = path.join(folder, 'csv', 'history');
  if (!existsSync(history)) return undefined;
  const [file] = filesIn(history).filter((name) => name.endsWith('.journal.jsonl'));
  return file === undefined ? undefined : filesOf(path.join(history, file));
}

function picturesOf({ images }: Pick<RunFiles, 'images'>, trial: number): string[] {
  return existsSync(images) ? readdirSync(images).filter((file) => file.startsWith(`${trial}-`)) : [];
}

/** Looks before the n-th image of the search is made: its iterations have two each. */
function lookingAt(looks: Readonly<Record<number, () => Promise<void>>>): TinyRenderer {
  let images = 0;
  return new TinyRenderer({
    address: 'http://127.0.0.1:7860',
    onImage: async (_, { id }) => {
      if (id.startsWith('stripes/')) await looks[++images]?.();
    },
  });
}

describe('pictures as they come', () => {
  it('are on the disk and on the page while the next one is made', async () => {
    const folder = temporaryFolder();
    let looks = 0;
    const look = async (): Promise<void> => {
      const files = runFilesIn(folder);
      if (files === undefined) throw new Error('there is no run');
      const { url } = await open({ list: () => [listedRun(files.journal)] });
      const run = `${url}api/runs/${runId(files.journal)}`;
      const events = await eventsUntil(`${run}/events`, ({ data }) =>
        (data.summary.arriving?.images ?? []).some(({ score }) => score !== null),
      );
      const { arriving, servers, progress } = events.at(-1)?.data.summary ?? {};
      expect(arriving).toMatchObject({ trial: 3, done: 1, total: 2 });
      const [image] = arriving?.images ?? [];
      const address = `${run}/images/3/${image?.position}?v=`;
      await vi.waitUntil(async () => (await fetch(address + image?.version)).ok, 20_000);
      const bytes = new Uint8Array(await (await fetch(address + image?.version)).arrayBuffer());
      expect(hashPixels(await decodeImage(bytes)).slice(0, 12)).toBe(image?.version);
      // Another picture by that position would stay in the browser for ever.
      expect((await fetch(`${address}000000000000`)).status).toBe(404);
      expect(servers).toEqual([
        {
          name: 'tiny',
          address: 'http://127.0.0.1:7860',
          state: 'drawing',
          sentence: 'Drawing the images of iteration 3.',
          since: expect.stringMatching(/^\d{4}-/),
        },
      ]);
      expect(progress).toMatchObject({ trial: 3, done: 1, total: 2 });
      looks++;
    };
    const { journal } = await searchTiny({
      folder,
      config: { saveImages: 'best', iterations: 3 },
      renderers: [lookingAt({ 6: look })],
    });
    expect(looks).toBe(1);
    const { url } = await open({ list: () => [listedRun(journal)] });
    const [end] = await eventsUntil(`${url}api/runs/${runId(journal)}/events`, () => true);
    expect(end?.data.summary).toMatchObject({ arriving: null, progress: null, bestPictures: { kept: true } });
    expect(end?.data.summary.servers).toBeUndefined();
    expect(existsSync(filesOf(journal).status)).toBe(false);
  });

  it('of the latest iteration stay until the next one has its own, and only what is kept is left', async () => {
    const folder = temporaryFolder();
    // One that is not among the best ones.
    const WORSE = 9;
    const seen: string[][] = [];
    const look = async (): Promise<void> => {
      const files = runFilesIn(folder);
      if (files === undefined) throw new Error('there is no run');
      await vi.waitUntil(() => picturesOf(files, WORSE).length === 2, 20_000);
      seen.push(picturesOf(files, WORSE));
    };
    const { journal, summary } = await searchTiny({
      folder,
      config: { saveImages: 'best', iterations: 12 },
      renderers: [lookingAt({ [2 * WORSE + 1]: look, [2 * WORSE + 2]: look })],
    });
    expect(seen).toHaveLength(2);
    const kept = new Set(readdirSync(filesOf(journal).images).map((file) => Number.parseInt(file)));
    expect(kept).toEqual(new Set([1, summary.best?.trial, summary.recommended?.trial]));
    expect(kept).not.toContain(WORSE);
  });

  it('are not kept with none, and the page does not ask for them', async () => {
    const { journal } = await searchTiny({ config: { saveImages: 'none', iterations: 2 } });
    expect(existsSync(filesOf(journal).images)).toBe(false);
    const { url } = await open({ list: () => [listedRun(journal)] });
    const [state] = await eventsUntil(`${url}api/runs/${runId(journal)}/events`, () => true);
    expect(state?.data.summary.pictures?.kept).toBe(false);
  });

  it('of an iteration that was interrupted stay where they are finished, and are not drawn again', async () => {
    const folder = temporaryFolder();
    const abort = new AbortController();
    const { journal } = await searchTiny({
      folder,
      signal: abort.signal,
      config: { saveImages: 'all', iterations: 4 },
      renderers: [
        lookingAt({
          6: async () => {
            const files = runFilesIn(folder);
            if (files === undefined) throw new Error('there is no run');
            await vi.waitUntil(
              () => readFileSync(files.journal, 'utf8').includes('"kind":"image","trial":3,'),
              20_000,
            );
            abort.abort();
          },
        }),
      ],
    });
    const files = filesOf(journal);
    expect(picturesOf(files, 3)).toHaveLength(1);
    expect(picturesOf(files, 2)).toHaveLength(2);
    expect(existsSync(files.status)).toBe(false);
    const renderer = new TinyRenderer();
    await resumeTiny(journal, { renderers: [renderer] });
    expect(renderer.images).toBe(3);
    expect(picturesOf(files, 3)).toHaveLength(2);
  });

  it('that a killed session has left are gone when the next one begins', async () => {
    const { journal } = await searchTiny({ config: { saveImages: 'all', iterations: 3 } });
    const files = filesOf(journal);
    const lines = readFileSync(journal, 'utf8').split('\n');
    const last = lines.findLastIndex((line) => line.startsWith('{"kind":"asked"'));
    // As after kill -9 while the last iteration was measured.
    writeFileSync(journal, `${lines.slice(0, last + 1).join('\n')}\n`);
    expect(picturesOf(files, 3)).toHaveLength(2);
    const halves = [
      `${files.status}.${endedPid()}-3.tmp`,
      path.join(files.images, `1-stripes-1-7.png.${endedPid()}-3.tmp`),
    ];
    for (const half of halves) writeFileSync(half, 'as far as it came');
    const seen: number[] = [];
    const renderer = new TinyRenderer({
      onImage: async (_, { id }) => {
        if (!id.startsWith('stripes/') || seen.length > 0) return;
        await vi.waitUntil(() => picturesOf(files, 3).length === 0, 20_000);
        seen.push(picturesOf(files, 2).length);
      },
    });
    await resumeTiny(journal, { renderers: [renderer] });
    expect(seen).toEqual([2]);
    expect(picturesOf(files, 3)).toHaveLength(2);
    expect(halves.filter((half) => existsSync(half))).toEqual([]);
  });
});

describe('what a WebUI does', () => {
  it('is told in the order in which it does it', async () => {
    const states: LaneState[] = [];
    await searchTiny({
      config: { iterations: 1, baselines: false, prove: 0, check: true, checkEvery: 1 },
      observers: [{ name: 'ear', onServer: (state) => void states.push(state) }],
    });
    expect(states.map(({ state, sentence }) => `${state}: ${sentence}`)).toEqual([
      'idle: Choosing the next iteration.',
      'merging: Merging the weights of iteration 1.',
      'drawing: Drawing the images of iteration 1.',
      'drawing: Checking the merge with images of a known one.',
      'idle: Choosing the next iteration.',
      'idle: The search is over for this server.',
    ]);
  });

  it('that is away is down until it is back', async () => {
    const states: string[] = [];
    let failed = 0;
    let rearmed = 0;
    const renderer = new TinyRenderer({
      failAt: (_, { id }) =>
        id.startsWith('stripes/') && failed++ === 0 ? webuiError('webui-lost', 'It is gone.') : undefined,
      onRearm: () => {
        if (rearmed++ === 0) throw webuiError('webui-lost', 'It is gone.');
      },
    });
    await searchTiny({
      renderers: [renderer],
      config: { iterations: 1, baselines: false, prove: 0 },
      clock: { now: () => Date.now(), sleep: async () => undefined },
      observers: [{ name: 'ear', onServer: ({ state }) => void states.push(state) }],
    });
    expect(states.slice(0, 4)).toEqual(['idle', 'merging', 'down', 'merging']);
  });

  it('is readable beside the journal while the run lives', async () => {
    const folder = temporaryFolder();
    const read: unknown[] = [];
    await searchTiny({
      folder,
      config: { iterations: 2, saveImages: 'none' },
      renderers: [
        lookingAt({
          4: async () => {
            const { status = '' } = runFilesIn(folder) ?? {};
            await vi.waitUntil(async () => (await readStatus(status))?.measured.length === 1, 20_000);
            read.push(await readStatus(status));
          },
        }),
      ],
    });
    expect(read).toEqual([
      {
        version: 1,
        servers: [expect.objectContaining({ state: 'drawing', work: expect.objectContaining({ trial: 2 }) })],
        measured: [{ trial: 2, had: 0, total: 2, images: [expect.objectContaining({ payload: 'stripes' })] }],
      },
    ]);
  });
});
