import type { Grey } from './grey.ts';
import { noise } from './noise.ts';

const BLOCK = 16;
const QUIET_SHARE = 0.25;

/**
 * Noise of the quieter parts, in grey levels: {@link noise} of each block of 16 × 16 pixels, then the value that a quarter of
 * the blocks do not exceed. Unlike the noise of the whole it is low in a clean image full of lines and texture, and
 * rises with noise between them. Rows and columns left over by the blocks do not count.
 * @throws RangeError below 16 × 16 pixels
 */
export function quietNoise(grey: Grey): number {
  const { width, height } = grey;
  if (Math.min(width, height) < BLOCK) {
    throw new RangeError(`Quiet noise needs ${BLOCK} × ${BLOCK} pixels, not ${width} × ${height}.`);
  }
  const values: number[] = [];
  const block = { width: BLOCK, height: BLOCK, data: new Uint8Array(BLOCK * BLOCK) };
  for (let y = 0; y + BLOCK <= height; y += BLOCK) {
    for (let x = 0; x + BLOCK <= width; x += BLOCK) {
      copyBlock(grey, x, y, block.data);
      values.push(noise(block));
    }
  }
  values.sort((a, b) => a - b);
  return values[Math.ceil(QUIET_SHARE * values.length) - 1] ?? Number.NaN;
}

function copyBlock(grey: Grey, left: number, top: number, block: Uint8Array): void {
  for (let row = 0, to = 0; row < BLOCK; row++) {
    const from = (top + row) * grey.width + left;
    for (let column = 0; column < BLOCK; column++, to++) block[to] = grey.data[from + column] ?? 0;
  }
}
