/** What is looked at in an image before it is scored, and what its scorers are told. */
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Judge, Judgement } from '../../../src/score/score-image.ts';
import type { Image, ImageRequest } from '../../../src/types.ts';
import { decodeInTurn, judgeImage } from '../../../src/trial/judge-image.ts';
import { makeRequest } from '../renderers/make-request.ts';

const { signal } = new AbortController();
let bytes: Uint8Array;
let black: Uint8Array;
beforeAll(async () => {
  const size = { width: 64, height: 48, channels: 3 } as const;
  const noise = { ...size, background: 'grey', noise: { type: 'gaussian', mean: 128, sigma: 40 } } as const;
  bytes = await sharp({ create: noise }).png().toBuffer();
  black = await sharp({ create: { ...size, background: 'black' } })
    .png()
    .toBuffer();
});

type Asked = Parameters<Judge['judge']>[0];

/** A judge that says the same of every image, and keeps what it was told. */
function judgeThat(judgement: Partial<Judgement> = {}): { readonly judge: Judge; readonly asked: Asked[] } {
  const asked: Asked[] = [];
  const judge: Judge = {
    range: { min: 0, max: 1 },
    scorers: [],
    open: async () => undefined,
    judge: async (item) => {
      asked.push(item);
      return { score: 0.5, raw: { quality: 0.5 }, ...judgement };
    },
    close: async () => undefined,
  };
  return { judge, asked };
}

const REPORTED = {
  seed: null,
  modelName: null,
  modelHash: null,
  samplerName: null,
  width: null,
  height: null,
  infotext: 'a cat',
};
const imageOf = (request: ImageRequest, over: Partial<Image> = {}): Image => ({
  request,
  index: 0,
  bytes,
  reported: REPORTED,
  seconds: 2,
  ...over,
});
const request = makeRequest({ width: 64, height: 48 }, { seeds: [7] });

describe('an image', () => {
  it('is scored with its place, where it is one of a trial', async () => {
    const { judge, asked } = judgeThat();
    const batch = { nth: 1, of: 2 };
    await judgeImage({ judge, checksSize: true, batch }, imageOf(request), signal, 3);
    await judgeImage({ judge, checksSize: true }, imageOf(request), signal);
    expect(asked[0]).toMatchObject({ place: { trial: 3, request: 'cats/0', index: 0 }, batch, seed: 7 });
    expect(asked[1]).not.toHaveProperty('place');
    expect(asked[1]).not.toHaveProperty('batch');
  });

  it('keeps what people have said of it, and nothing where nobody was asked', async () => {
    const answer = { against: 1, outcome: 2 } as const;
    const record = async (judgement: Partial<Judgement>) =>
      judgeImage({ ...judgeThat(judgement), checksSize: true }, imageOf(request), signal, 1);
    expect(await record({ answer })).toMatchObject({ answer });
    expect(await record({ answers: [answer] })).toMatchObject({ answers: [answer] });
    const plain = await record({});
    expect(Object.keys(plain)).toEqual([
      'request',
      'index',
      'payload',
      'seed',
      'score',
      'raw',
      'pixels',
      'seconds',
    ]);
    expect(plain).toMatchObject({ seed: 7, score: 0.5, seconds: 2 });
  });

  it('has the seed of its request, or else the one that was reported', async () => {
    const settings = { ...judgeThat(), checksSize: true };
    const reported = { ...REPORTED, seed: 99 };
    expect((await judgeImage(settings, imageOf(request, { reported }), signal)).seed).toBe(7);
    expect((await judgeImage(settings, imageOf(request, { reported, index: 1 }), signal)).seed).toBe(99);
  });

  it('that shows nothing reaches no scorer', async () => {
    const { judge, asked } = judgeThat();
    await expect(
      judgeImage({ judge, checksSize: true }, imageOf(request, { bytes: black }), signal),
    ).rejects.toThrow(expect.objectContaining({ code: 'image-degenerate' }));
    expect(asked).toEqual([]);
  });
});

describe('the size of an image', () => {
  const judged = async (body: Record<string, unknown>, checksSize = true): Promise<unknown> =>
    judgeImage({ ...judgeThat(), checksSize }, imageOf(makeRequest(body)), signal).catch(
      (error: unknown) => error,
    );

  it.each([
    [{ width: 64, height: 48 }],
    // The server rounds down to multiples of 8.
    [{ width: 71, height: 55 }],
    [{ width: 64, height: 48, enable_hr: true }],
    [{ width: 32, height: 24, enable_hr: true }],
  ])('is right: %j', async (body) => {
    expect(await judged(body)).toMatchObject({ score: 0.5 });
  });

  it.each([
    [{ width: 32, height: 48 }],
    [{ width: 64, height: 24 }],
    [{ width: 128, height: 48 }],
    [{ width: 72, height: 48, enable_hr: true }],
    [{ width: 64, height: 56, enable_hr: true }],
    [{ width: 32, height: 24, enable_hr: false }],
  ])('is wrong, and the image is asked for once more: %j', async (body) => {
    expect(await judged(body)).toMatchObject({ code: 'picture-size', retry: 'image', retryLimit: 1 });
  });

  it('may be any where a workflow enlarges', async () => {
    expect(await judged({ width: 8, height: 8 }, false)).toMatchObject({ score: 0.5 });
  });
});

it('images are decoded in the order in which they came, and a broken one holds up none', async () => {
  const decode = decodeInTurn();
  const order: string[] = [];
  const large = await sharp({
    create: { width: 1500, height: 1500, channels: 3, background: 'white' },
  })
    .png()
    .toBuffer();
  await Promise.all([
    decode(large).then(() => order.push('large')),
    decode(new Uint8Array(8)).catch(() => order.push('broken')),
    decode(bytes).then(() => order.push('small')),
  ]);
  expect(order).toEqual(['large', 'broken', 'small']);
});
