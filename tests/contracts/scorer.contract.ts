import { createHash } from 'node:crypto';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeImage, hashPixels } from '../../src/images/decode.ts';
import type { Scorer, ScoreItem } from '../../src/score/scorer.ts';

export interface ScorerPeculiarities {
  /** Gives an image what this scorer needs: another prompt, a text under it. */
  readonly adapt?: (item: ScoreItem) => ScoreItem;
  /** It calls images invalid whose prompt says too little. */
  readonly mayRefusePrompts?: boolean;
}

/**
 * What every scorer keeps, whatever it measures. Call it inside a test file for each scorer; a new scorer is one more row of
 * the registry, for which tests/unit/score/scorer-contract.test.ts calls it.
 */
export function describeScorerContract(
  name: string,
  create: () => Scorer,
  { adapt = (item) => item, mayRefusePrompts = false }: ScorerPeculiarities = {},
): void {
  const makeItem = async (width: number, height: number, seed: number): Promise<ScoreItem> =>
    adapt(await makeRings(width, height, seed));

  describe(`scorer contract: ${name}`, () => {
    const { signal } = new AbortController();
    let scorer: Scorer;
    let items: readonly ScoreItem[];

    beforeAll(async () => {
      scorer = create();
      items = await Promise.all([0, 1, 2, 3, 4].map((seed) => makeItem(192, 128, seed)));
      await scorer.open?.(signal);
    });

    afterAll(async () => {
      await scorer.close?.();
    });

    it('has an id, a version and an ordered range', () => {
      expect(scorer.id).toBe(name);
      expect(scorer.version).not.toBe('');
      expect(scorer.range.min ?? -Infinity).toBeLessThan(scorer.range.max ?? Infinity);
    });

    it('scores ordinary images within its range, and not all alike', async () => {
      const values = await valuesOf(scorer, items, signal);
      for (const value of values) {
        expect(value).toBeGreaterThanOrEqual(scorer.range.min ?? -Infinity);
        expect(value).toBeLessThanOrEqual(scorer.range.max ?? Infinity);
      }
      expect(new Set(values).size).toBeGreaterThan(1);
    });

    it('gives each item its own result, in order, alone or in company', async () => {
      const together = await scorer.score(items, signal);
      const alone = await Promise.all(items.map((item) => scorer.score([item], signal)));
      expect(together).toEqual(alone.flat());
      expect(await scorer.score(items.toReversed(), signal)).toEqual(together.toReversed());
      expect(await scorer.score([], signal)).toEqual([]);
    });

    it('gives the same numbers again, and from a second scorer', async () => {
      const first = await scorer.score(items, signal);
      expect(await scorer.score(items, signal)).toEqual(first);
      const second = create();
      await second.open?.(signal);
      expect(await second.score(items, signal)).toEqual(first);
      await second.close?.();
    });

    it('leaves pixels and file as they were', async () => {
      const contents = (): unknown[] =>
        items.map(({ pixels, bytes, ...rest }) => ({ ...rest, sum: [hashPixels(pixels), sum(bytes)] }));
      const before = contents();
      await scorer.score(items, signal);
      expect(contents()).toEqual(before);
    });

    it.each([
      ['black', 64, 64, 0],
      ['white', 64, 64, 255],
      ['grey', 64, 64, 128],
      ['1 × 1', 1, 1, 128],
      ['1 × 300', 1, 300, 128],
      ['a flat 2048 × 2048', 2048, 2048, 60],
    ])('calls %s invalid with a reason, and throws nothing', async (_, width, height, level) => {
      const flat = adapt(await toItem(new Uint8Array(3 * width * height).fill(level), width, height, 1));
      const results = await scorer.score([flat], signal);
      expect(results).toEqual([{ state: 'invalid', reason: expect.stringMatching(/./) }]);
    });

    it('still scores the others of a batch with an invalid image', async () => {
      const black = adapt(await toItem(new Uint8Array(3 * 64 * 64), 64, 64, 1));
      const results = await scorer.score([...items.slice(0, 1), black, ...items.slice(1)], signal);
      expect(results.map(({ state }) => state)).toEqual([
        'scored',
        'invalid',
        'scored',
        'scored',
        'scored',
        'scored',
      ]);
    });

    it('scores a large image', async () => {
      const [value] = await valuesOf(scorer, [await makeItem(2048, 1152, 9)], signal);
      expect(value).toBeTypeOf('number');
    });

    it('takes empty and very long prompts', async () => {
      const [item] = items;
      if (item === undefined) throw new Error('there is no item');
      const prompts = ['', 'a very long prompt, '.repeat(500)];
      const results = await scorer.score(
        prompts.map((prompt) => ({ ...item, prompt })),
        signal,
      );
      const allowed = mayRefusePrompts ? ['scored', 'invalid'] : ['scored'];
      expect(results).toHaveLength(2);
      expect(results.map(({ state }) => state).filter((state) => !allowed.includes(state))).toEqual([]);
    });
  });
}

async function valuesOf(scorer: Scorer, items: readonly ScoreItem[], signal: AbortSignal): Promise<number[]> {
  const results = await scorer.score(items, signal);
  return results.map((result) => {
    if (result.state === 'invalid') throw new Error(`An ordinary image was called invalid: ${result.reason}`);
    expect(Number.isFinite(result.value)).toBe(true);
    return result.value;
  });
}

/** Rings over a slope, in colours and a contrast that depend on the seed. */
function makeRings(width: number, height: number, seed: number): Promise<ScoreItem> {
  const data = new Uint8ClampedArray(3 * width * height);
  const strength = 30 + 20 * seed;
  for (let y = 0, j = 0; y < height; y++) {
    for (let x = 0; x < width; x++, j += 3) {
      const ring =
        Math.sin(Math.hypot(x - width / 2, y - height / 3) / (3 + seed)) > 0 ? strength : -strength;
      data[j] = 120 + ring + (60 * x) / width;
      data[j + 1] = 110 + ring / 2 - (50 * y) / height;
      data[j + 2] = 90 + 10 * seed - ring;
    }
  }
  return toItem(new Uint8Array(data), width, height, seed);
}

async function toItem(data: Uint8Array, width: number, height: number, seed: number): Promise<ScoreItem> {
  const bytes = await sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
  return {
    pixels: await decodeImage(bytes),
    bytes,
    prompt: 'rings over a slope, masterpiece',
    negativePrompt: 'blurry',
    payload: 'contract',
    seed,
    infotext: null,
  };
}

function sum(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
