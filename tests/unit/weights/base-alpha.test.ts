/** Base alpha of lists of other tools: the weight of text encoders and VAE. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { fitWeights } from '../../../src/weights/fit.ts';
import { formatWeights } from '../../../src/weights/format.ts';
import { readJsonWeights } from '../../../src/weights/json-file.ts';
import { readWeights } from '../../../src/weights/read.ts';
import type { FoundWeights } from '../../../src/weights/weights-source.ts';
import { uniformWeights } from '../../../src/space/blocks.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const list = (count: number): string => Array.from({ length: count }, () => '0.5').join(',');
const read = async (source: string): Promise<FoundWeights> => readWeights(source, { folder: '.' });

async function bestLog(base: string): Promise<string> {
  const file = path.join(temporaryFolder(), 'best.log');
  writeFileSync(file, `${base}\n\n${list(25)}\n\n`);
  return file;
}

describe('base alpha', () => {
  it('is the weight of text encoder and VAE', async () => {
    const { weights } = fitWeights(await read(`0.3,${list(25)}`), 'sd1');
    expect(weights).toMatchObject({ IN00: 0.5, TE: 0.3, VAE: 0.3 });
    expect(fitWeights(await read(list(25)), 'sd1').weights).not.toHaveProperty('TE');
    expect(fitWeights(await read(`0,${list(25)}`), 'sd1').weights).not.toHaveProperty('TE');
  });

  it('is that of both encoders of SDXL, and the VAE has its own where the list has 21 numbers', async () => {
    const twenty = fitWeights(await read(`0.3,${list(19)}`), 'sdxl').weights;
    expect(twenty).toMatchObject({ CLIP_L: 0.3, CLIP_G: 0.3, VAE: 0.3 });
    const more = fitWeights(await read(`0.3,${list(19)},0.9`), 'sdxl').weights;
    expect(more).toMatchObject({ CLIP_L: 0.3, CLIP_G: 0.3, VAE: 0.9 });
    expect(more).not.toHaveProperty('LABEL_EMB');
  });

  it('of bayesian-merger is for all that is no block', async () => {
    const found = await read(await bestLog('0.3'));
    expect(fitWeights(found, 'sd1').weights).toMatchObject({ TE: 0.3, VAE: 0.3 });
    expect(fitWeights(found, 'sdxl').weights).toMatchObject({ CLIP_L: 0.3, VAE: 0.3, LABEL_EMB: 0.3 });
    const file = path.join(temporaryFolder(), 'w.json');
    writeFileSync(file, formatWeights(found, 'json').text);
    expect(fitWeights(await readJsonWeights(file), 'sdxl').weights).toHaveProperty('LABEL_EMB', 0.3);
  });

  it('gives way to weights by name', async () => {
    const found = { ...(await read(`0.3,${list(25)}`)), named: ['TE'] };
    const weights = { ...found.weights, TE: 0.8 };
    expect(fitWeights({ ...found, weights }, 'sd1').weights).toMatchObject({ TE: 0.8, VAE: 0.3 });
  });

  it.each(['mbw', 'bayesian-merger'] as const)(
    'is written to %s from a weight of the encoder',
    async (to) => {
      const weights = { ...uniformWeights(0.5, 'sd1'), TE: 0.3, VAE: 0.3 };
      const found: FoundWeights = { weights, origin: 'a test', models: {}, sha256: {} };
      const { text, warnings } = formatWeights(found, to);
      expect(warnings).toEqual([]);
      const file = path.join(temporaryFolder(), 'best.log');
      writeFileSync(file, text);
      const again = fitWeights(await read(to === 'mbw' ? `mbw:${text.trim()}` : file), 'sd1');
      expect(again.weights).toMatchObject(weights);
      const own = formatWeights({ ...found, weights: { ...weights, VAE: 0 } }, to);
      expect(own.warnings).toEqual([
        `${to} has one weight for text encoder and VAE: its tools also use 0.3 for the VAE, which has 0 here.`,
      ]);
    },
  );
});
