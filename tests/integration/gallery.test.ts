/** The gallery over HTTP: what is kept, merges with their pictures, how a picture was made; also of hostile journals and files. */
import { readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { GalleryIndex, GalleryInfo, GalleryMerge } from '../../src/page/gallery/state.ts';
import { runId } from '../../src/page/watched-run.ts';
import { galleryRun, INFOTEXT, type GalleryRunParts } from '../helpers/gallery-run.ts';
import { listedRun, usePages } from '../helpers/page.ts';

const open = usePages();

async function opened(parts: GalleryRunParts = {}) {
  const run = await galleryRun(parts);
  const { url } = await open({ list: () => [listedRun(run.journal)] });
  const base = `${url}api/runs/${runId(run.journal)}/gallery`;
  return { ...run, get: async (rest = '', init: RequestInit = {}) => fetch(base + rest, init) };
}

describe('the index', () => {
  it('holds every iteration with pictures, the scorers, the pictures of the set, and the proof', async () => {
    const { get } = await opened();
    const index = (await (await get()).json()) as GalleryIndex;
    expect(index.scorers).toEqual(['quality', 'niqe']);
    expect(index.slots.map(({ payload, seed }) => `${payload} ${seed}`)).toEqual([
      'coast 1',
      'coast 2',
      'village 3',
      'village 4',
    ]);
    expect(index.rows.map(({ id, baseline }) => baseline ?? id)).toEqual(['A', 'B', 'half', 4, 5, 6, 7]);
    expect(index.rows[4]).toMatchObject({ id: 5, score: 0.9, means: [0.9, 9.1], kept: [0, 1, 2, 3] });
    expect(index.drawn).toBe(7);
    expect(index.proofs).toMatchObject([
      {
        proof: 1,
        slots: [
          { payload: 'coast', seed: 900 },
          { payload: 'village', seed: 900 },
        ],
        candidates: [
          { id: 'proof1-best', trial: 5, kept: 2 },
          { id: 'proof1-A', kept: 2 },
        ],
        words: ['The best is better than model A.'],
      },
    ]);
  });

  it('leaves out what is not kept', async () => {
    const { get } = await opened({ isKept: (trial, slot) => trial < 3 && slot !== 1 });
    const { rows, drawn } = (await (await get()).json()) as GalleryIndex;
    expect(rows.map(({ id, kept }) => [id, kept])).toEqual([
      [1, [0, 2, 3]],
      [2, [0, 2, 3]],
    ]);
    expect(drawn).toBe(7);
  });

  it('is sent again only when something has changed', async () => {
    const { get, images } = await opened();
    const etag = (await get()).headers.get('etag') ?? '';
    const unchanged = { headers: { 'if-none-match': etag } };
    expect((await get('', unchanged)).status).toBe(304);
    writeFileSync(path.join(images, 'other.txt'), 'x');
    expect((await get('', unchanged)).status).toBe(304);
    for (const file of readdirSync(images)) if (file.startsWith('6-')) rmSync(path.join(images, file));
    const later = await get('', unchanged);
    expect(later.status).toBe(200);
    expect(((await later.json()) as GalleryIndex).rows.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 7]);
  });

  it('is packed only for whoever can unpack it', async () => {
    const { get } = await opened();
    const packed = await get('', { headers: { 'accept-encoding': 'gzip' } });
    const plain = await get('', { headers: { 'accept-encoding': 'identity' } });
    expect(packed.headers.get('content-encoding')).toBe('gzip');
    expect(plain.headers.get('content-encoding')).toBeNull();
    expect(await packed.json()).toEqual(await plain.json());
  });

  it('sees a picture that came within the same tick of the clock of a coarse disk', async () => {
    const { get, images } = await opened({ isKept: (trial) => trial !== 6 });
    const now = new Date();
    utimesSync(images, now, now);
    expect(((await (await get()).json()) as GalleryIndex).rows).toHaveLength(6);
    writeFileSync(path.join(images, '6-coast-1-1.png'), 'x');
    utimesSync(images, now, now);
    expect(((await (await get()).json()) as GalleryIndex).rows).toHaveLength(7);
  });
});

describe('one of two that are compared', () => {
  it('has the scores of its pictures by slot, of every scorer', async () => {
    const { get } = await opened({ isKept: (trial, slot) => trial !== 5 || slot < 2 });
    const merge = (await (await get('/5')).json()) as GalleryMerge;
    expect(merge).toMatchObject({ id: '5', trial: 5, state: 'scored', score: 0.9 });
    expect(merge.weights['IN00']).toBe(0.05);
    expect(merge.pictures.map(({ slot, isKept }) => [slot, isKept])).toEqual([
      [0, true],
      [1, true],
      [2, false],
      [3, false],
    ]);
    expect(merge.pictures[1]).toMatchObject({ score: 0.91, raw: { quality: 0.9, niqe: 9.1 } });
  });

  it('shows the pictures of the iteration whose score it took over', async () => {
    const { get, repeat } = await opened();
    const merge = (await (await get(`/${repeat}`)).json()) as GalleryMerge;
    expect(merge).toMatchObject({ trial: repeat, picturesOf: 4 });
    expect(merge.pictures).toHaveLength(4);
    const [one, other] = await Promise.all([get(`/${repeat}/2`), get('/4/2')]);
    expect(await one.arrayBuffer()).toEqual(await other.arrayBuffer());
  });

  it('says why there are none of a failed one', async () => {
    const { get, failed } = await opened();
    expect(await (await get(`/${failed}`)).json()).toMatchObject({
      state: 'failed',
      score: null,
      note: 'It broke.',
      pictures: [],
    });
  });

  it('may be one that a proof compares, with its own pictures', async () => {
    const { get } = await opened();
    const merge = (await (await get('/proof1-best')).json()) as GalleryMerge;
    expect(merge).toMatchObject({ id: 'proof1-best', trial: 5, pictures: [{ slot: 0 }, { slot: 1 }] });
    expect((await get('/proof1-best/1')).headers.get('content-type')).toBe('image/webp');
    expect((await get('/proof1-best/2')).status).toBe(404);
  });

  it.each(['/99', '/proof9-best', '/proof1-half', '/0'])('is not found at %s', async (rest) => {
    const { get } = await opened();
    expect((await get(rest)).status).toBe(404);
  });

  it.each([
    '/..',
    '/%2e%2e%2f',
    '/5/-1',
    '/5/..%2f..%2fO.journal.jsonl',
    '/proof1-__proto__',
    '/5/1%00',
    '/5/1/info/x',
  ])('nor is anything else at %s', async (rest) => {
    const { get } = await opened();
    expect([400, 404]).toContain((await get(rest)).status);
  });
});

describe('a picture', () => {
  it('is sent small, and may be kept by the browser for ever', async () => {
    const { get } = await opened();
    const reply = await get('/5/0?size=small&v=1');
    expect(reply.headers.get('cache-control')).toContain('immutable');
    const { width, format } = await sharp(Buffer.from(await reply.arrayBuffer())).metadata();
    expect({ width, format }).toEqual({ width: 96, format: 'webp' });
  });

  it('that is gone, or no picture, is said to be not there', async () => {
    const { get, images } = await opened();
    const name = readdirSync(images).find((file) => file.startsWith('5-coast-1-')) ?? '';
    writeFileSync(path.join(images, name), 'no picture');
    expect((await get('/5/0?size=small')).status).toBe(404);
    expect(await (await get('/5/0/info')).json()).toMatchObject({ file: null, source: 'request' });
    rmSync(path.join(images, name));
    expect((await get('/5/0')).status).toBe(404);
  });

  it.runIf(process.platform !== 'win32')(
    'that is a link to another file does not give that away',
    async () => {
      const { get, images, journal } = await opened();
      const file = path.join(images, readdirSync(images).find((name) => name.startsWith('5-coast-1-')) ?? '');
      rmSync(file);
      symlinkSync(journal, file);
      const reply = await get('/5/0');
      expect(reply.status).toBe(404);
      expect(await reply.text()).not.toContain('"plan"');
    },
  );

  it('says how it was made: the text of its file, its settings, server, size', async () => {
    const { get } = await opened();
    expect(await (await get('/5/3/info')).json()).toEqual({
      file: { name: '5-village-4-4.webp', bytes: expect.any(Number), width: 96, height: 64 },
      infotext: INFOTEXT,
      isCut: false,
      source: 'file',
      prompt: 'a quiet coast',
      negativePrompt: 'blurry',
      settings: [
        { name: 'Steps', value: '4' },
        { name: 'Sampler', value: 'Euler, a' },
        { name: 'Seed', value: '1' },
      ],
      server: 'a1111 1.10, merged by runtime-block-merge',
    } satisfies GalleryInfo);
  });

  it('that is not kept says what was asked for', async () => {
    const { get } = await opened({ isKept: () => false });
    expect(await (await get('/5/0/info')).json()).toMatchObject({
      file: null,
      infotext: null,
      source: 'request',
      prompt: 'a quiet coast',
      settings: [
        { name: 'steps', value: '4' },
        { name: 'sampler_name', value: 'Euler' },
      ],
    });
  });
});

describe('hostile words', () => {
  it('of an infotext lose what moves text about, and their end where they are endless', async () => {
    const infotext = `<script>alert(1)</script>\u202E\u001B[2J${'x'.repeat(200_000)}\nSteps: 1, ${'y'.repeat(5000)}: ${'z'.repeat(9000)}`;
    const { get } = await opened({ infotext });
    const text = await (await get('/5/0/info')).text();
    const info = JSON.parse(text) as GalleryInfo;
    expect(info.isCut).toBe(true);
    expect(info.infotext).not.toContain('\u202E');
    expect(info.infotext).not.toContain('\u001B');
    expect(info.prompt).toContain(String.raw`<script>alert(1)</script>\u202e\x1b[2J`);
    expect(text.length).toBeLessThan(80_000);
  });

  it('in the name of a payload lead nowhere', async () => {
    const { get } = await opened({ payload: `../../<img src=x onerror=alert(1)>\u0007${'n'.repeat(500)}` });
    const { slots, rows } = (await (await get()).json()) as GalleryIndex;
    expect(slots[0]?.payload.length).toBeLessThan(120);
    expect(slots[0]?.payload).toContain(String.raw`\x07`);
    expect(rows.every(({ kept }) => kept.length === 4)).toBe(true);
    expect((await get('/5/0')).status).toBe(200);
  });

  it.skipIf(process.platform === 'win32')('nor is a device read in the place of a picture', async () => {
    const { get, images } = await opened();
    const name = readdirSync(images).find((file) => file.startsWith('5-coast-1-')) ?? '';
    rmSync(path.join(images, name));
    symlinkSync('/dev/zero', path.join(images, name));
    for (const rest of ['/5/0', '/5/0?size=small']) expect((await get(rest)).status).toBe(404);
    expect(await (await get('/5/0/info')).json()).toMatchObject({ file: null });
  });
});
