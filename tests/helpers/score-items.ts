/** Small images that show something, one for each seed. */
import sharp from 'sharp';
import { decodeImage } from '../../src/images/decode.ts';
import type { ScoreItem } from '../../src/score/scorer.ts';

export async function makeItem(
  seed: number,
  change: Partial<ScoreItem> = {},
  format: 'png' | 'jpeg' | 'webp' = 'png',
): Promise<ScoreItem> {
  const data = Uint8Array.from({ length: 3 * 32 * 24 }, (_, i) => ((i + 1) * (seed + 3) * 37) % 251);
  const bytes = await sharp(data, { raw: { width: 32, height: 24, channels: 3 } })
    .toFormat(format)
    .toBuffer();
  return {
    pixels: await decodeImage(bytes),
    bytes,
    prompt: 'a lighthouse',
    negativePrompt: 'blurry',
    payload: 'coast',
    seed,
    infotext: null,
    ...change,
  };
}

export async function makeBlackItem(): Promise<ScoreItem> {
  const bytes = await sharp(new Uint8Array(3 * 32 * 24), { raw: { width: 32, height: 24, channels: 3 } })
    .png()
    .toBuffer();
  return { ...(await makeItem(1)), pixels: await decodeImage(bytes), bytes };
}
