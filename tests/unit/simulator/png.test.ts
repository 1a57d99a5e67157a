import { expect, it } from 'vitest';
import sharp from 'sharp';
import { encodePng, readPngTexts } from '../../../src/simulator/png.ts';

const PIXELS = { width: 3, height: 2, data: Uint8Array.from({ length: 18 }, (_, i) => (i * 37) % 256) };

it('writes what another decoder reads', async () => {
  const png = await encodePng(PIXELS, { parameters: 'a cat' });
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  expect([info.width, info.height, info.channels]).toEqual([3, 2, 3]);
  expect([...data]).toEqual([...PIXELS.data]);
});

it.each(['a cat\nSteps: 4', 'café', '猫 🐈'])('keeps the text %j', async (text) => {
  expect(readPngTexts(await encodePng(PIXELS, { parameters: text }))).toEqual({ parameters: text });
});

it('finds no text in what is no PNG', () => {
  expect(readPngTexts(Buffer.from('GIF89a'))).toEqual({});
});
