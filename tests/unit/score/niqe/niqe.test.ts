import { describe, expect, it } from 'vitest';
import { createNiqeScorer } from '../../../../src/score/niqe/niqe-scorer.ts';
import { niqeScorer } from '../../../../src/score/niqe/index.ts';
import { describeScorerContract } from '../../../contracts/scorer.contract.ts';
import { cropped, itemOf, naturalImages, naturalPixels, resultOf, valueOf } from '../natural-images.ts';
import { draw, drawing, photograph, plain, tiled, withBlur, withNoise } from '../images.ts';

describeScorerContract('niqe', () => niqeScorer.create(niqeScorer.options.parse({})));

describe('niqe', () => {
  const scorer = createNiqeScorer();

  const known = naturalImages.flatMap((entry) =>
    entry.niqe === undefined ? [] : [{ ...entry, niqe: entry.niqe }],
  );

  it.each(known)('says the same as BasicSR of $photograph $change', async ({ niqe, ...entry }) => {
    const pixels = await naturalPixels({ ...entry, niqe });
    expect(pixels.data.reduce((sum, value) => sum + value, 0)).toBe(entry.sum);
    // In BasicSR single precision leaves noise of its own in flat areas.
    const tolerance = entry.change === 'flat left' ? 0.02 : 0.001;
    expect(Math.abs((await valueOf(scorer, pixels)) - niqe)).toBeLessThan(tolerance);
  });

  it('does not look at what is left over by the blocks', async () => {
    const pixels = await photograph('astronaut');
    expect(await valueOf(scorer, cropped(pixels, 192, 192))).toBe(await valueOf(scorer, pixels));
  });

  it('rises with blur and with noise', async () => {
    const pixels = tiled(await photograph('chelsea'), 2);
    const clean = await valueOf(scorer, pixels);
    expect(await valueOf(scorer, await withBlur(pixels, 2))).toBeGreaterThan(clean + 1);
    expect(await valueOf(scorer, withNoise(pixels, 20))).toBeGreaterThan(clean + 1);
  });

  it('says why an image has no score', async () => {
    expect(await resultOf(scorer, cropped(await photograph('coffee'), 128, 171))).toEqual({
      state: 'invalid',
      reason: 'it has 128 × 171 pixels, and NIQE needs 2 blocks of 96 × 96',
    });
    const spot = draw(384, 384, (x, y) => (x < 90 && y < 90 ? [(x * y) % 256, x, y] : [40, 40, 40]));
    expect(await resultOf(scorer, spot)).toEqual({
      state: 'invalid',
      reason: '15 of its 16 blocks of 96 × 96 pixels are flat',
    });
    expect(await resultOf(scorer, plain(200, 200, 0))).toMatchObject({ state: 'invalid' });
  });

  it('scores a drawing of flat colours, badly', async () => {
    expect(await valueOf(scorer, drawing(512, [240, 230, 210]))).toBeGreaterThan(10);
  });

  it('stops between images', async () => {
    const stopped = AbortSignal.abort(new Error('stopped'));
    const pixels = await photograph('astronaut');
    await expect(scorer.score([itemOf(pixels)], stopped)).rejects.toThrow('stopped');
  });

  it('has no settings', () => {
    expect(niqeScorer.options.safeParse({ model: 'x' }).success).toBe(false);
  });
});
