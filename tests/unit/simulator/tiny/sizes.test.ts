import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawnSize, fitted } from '../../../../src/simulator/worlds/tiny/sizes.ts';
import { fuzz } from '../../../fuzz/runs.ts';

describe('sizes of the tiny world', () => {
  it.each([
    [256, 256, 256, 256],
    [64, 64, 64, 64],
    [8, 8, 64, 64],
    [200, 104, 192, 128],
    [768, 512, 512, 320],
    [2048, 2048, 512, 512],
    [2048, 8, 512, 64],
  ])('%d × %d is drawn as %d × %d', (width, height, drawnWidth, drawnHeight) => {
    expect(drawnSize({ width, height }, 64)).toEqual({ width: drawnWidth, height: drawnHeight });
  });

  it('leaves an image of the right size as it is', () => {
    const image = { width: 2, height: 1, data: Uint8Array.of(1, 2, 3, 4, 5, 6) };
    expect(fitted(image, { width: 2, height: 1 })).toBe(image);
  });

  it('keeps a plain colour at every size', () => {
    const side = fc.integer({ min: 1, max: 40 });
    fc.assert(
      fc.property(side, side, side, side, (fromWidth, fromHeight, width, height) => {
        const data = new Uint8Array(3 * fromWidth * fromHeight).map((_, i) => [10, 100, 250][i % 3] ?? 0);
        const { data: result, ...size } = fitted(
          { width: fromWidth, height: fromHeight, data },
          { width, height },
        );
        expect(size).toEqual({ width, height });
        expect(result.every((value, i) => value === [10, 100, 250][i % 3])).toBe(true);
      }),
      fuzz(50),
    );
  });

  it('cuts the longer side and keeps the middle', () => {
    const data = Uint8Array.from([10, 20, 30, 40].flatMap((grey) => [grey, grey, grey]));
    const { data: result } = fitted({ width: 4, height: 1, data }, { width: 2, height: 1 });
    expect([...result]).toEqual([20, 20, 20, 30, 30, 30]);
  });

  it('takes means when it shrinks', () => {
    const data = Uint8Array.from({ length: 3 * 64 * 64 }, (_, i) => (Math.floor(i / 3) % 2 === 0 ? 0 : 200));
    const { data: small } = fitted({ width: 64, height: 64, data }, { width: 8, height: 8 });
    // The outermost places reach over the edge.
    const inner = [...small].filter((_, i) => Math.floor(i / 3) % 8 > 0 && Math.floor(i / 3) % 8 < 7);
    expect(inner).toHaveLength(3 * 6 * 8);
    for (const value of inner) expect(Math.abs(value - 100)).toBeLessThan(8);
  });
});
