/** Weights by name, of families without lists: from text and files, and into the formats that can hold them. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blocksOf } from '../../../src/architectures/registry.ts';
import type { BlockWeights } from '../../../src/space/blocks.ts';
import { fitWeights } from '../../../src/weights/fit.ts';
import { formatWeights, type WeightFormat } from '../../../src/weights/format.ts';
import { readWeights } from '../../../src/weights/read.ts';
import type { FoundWeights } from '../../../src/weights/weights-source.ts';
import { fuzz } from '../../fuzz/runs.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const folder = temporaryFolder('named');
const options = { folder };
const SMALL = 'flux1:double_blocks=2,single_blocks=3';
const found = (weights: BlockWeights): FoundWeights => ({
  weights,
  origin: 'a test',
  models: {},
  sha256: {},
});
const read = async (source: string): Promise<BlockWeights> =>
  fitWeights(await readWeights(source, options), SMALL).weights;

const all = fc
  .array(
    fc.double({ min: -1, max: 2, noNaN: true }).map((value) => value + 0 || 0),
    { minLength: blocksOf(SMALL).length, maxLength: blocksOf(SMALL).length },
  )
  .map((values) => Object.fromEntries(blocksOf(SMALL).map((block, i) => [block, values[i] ?? 0])));

describe('weights of a transformer', () => {
  it.each([
    ['recipe', 'a.recipe.json'],
    ['json', 'a.json'],
    ['csv', 'a.csv'],
  ] as const)('come back from %s, and nothing is lost', async (format, name) => {
    const file = path.join(folder, name);
    await fc.assert(
      fc.asyncProperty(all, async (weights) => {
        const { text, warnings } = formatWeights(found(weights), format);
        writeFileSync(file, text);
        expect(await read(file)).toEqual(weights);
        expect(warnings).toEqual([]);
      }),
      fuzz(40),
    );
  });

  it.each(['list', 'preset', 'metadata', 'mbw', 'bayesian-merger'] satisfies WeightFormat[])(
    'fit into no %s',
    (format) => {
      expect(() => formatWeights(found({ 'double_blocks.0': 0.5, img_in: 1 }), format)).toThrow(
        /is a list of Stable Diffusion's blocks, but these weights are for double_blocks\.0, img_in …: convert them --to recipe/,
      );
    },
  );
});

describe('weights as text', () => {
  it('are names, patterns, and one number for all of them', async () => {
    expect(await read('double_blocks.*=0.5,double_blocks.1=0.25, img_in = 1')).toEqual({
      'double_blocks.0': 0.5,
      'double_blocks.1': 0.25,
      img_in: 1,
    });
    const every = await read('0.5,single_blocks.2=0');
    expect(every).toMatchObject({ 'double_blocks.0': 0.5, 'single_blocks.2': 0, final_layer: 0.5 });
    expect(Object.keys(every)).toHaveLength(blocksOf(SMALL).length);
    expect(await read('0.75')).toMatchObject({ txt_in: 0.75 });
  });

  it('stand behind a file too', async () => {
    const file = path.join(folder, 'behind.json');
    writeFileSync(file, JSON.stringify({ 'single_blocks.*': 0.5, img_in: 1 }));
    expect(await read(`${file},img_in=0`)).toMatchObject({ 'single_blocks.1': 0.5, img_in: 0 });
  });

  it('are of a UNet as well', async () => {
    const { weights } = fitWeights(await readWeights('0.5,IN*=1,IN03=0', options), 'sd1');
    expect(weights).toMatchObject({ IN00: 1, IN03: 0, M00: 0.5 });
  });

  it.each([
    ['double_blocks.7=0.5', /no block double_blocks\.7|double_blocks\.7/],
    ['IN00=0.5', /has no block IN00/],
  ])('%s is refused', async (source, message) => {
    await expect(read(source)).rejects.toThrow(message);
  });

  it.each(['0.5', 'double_blocks.*=0.5'])('%s cannot be converted to JSON without models', async (source) => {
    const weights = await readWeights(source, options);
    expect(() => formatWeights(weights, 'json')).toThrow(/only (models say|the models say)/i);
  });
});

describe('a history with unusual columns', () => {
  it('has blocks up to the score, and other columns behind it', async () => {
    const { readHistoryCsv } = await import('../../../src/formats/history-csv.ts');
    const [row] = await readHistoryCsv('double_blocks.0,odd_part,IN.self,score,note\n0.5,0.25,1,0.7,x\n');
    expect(row).toMatchObject({
      weights: { 'double_blocks.0': 0.5, odd_part: 0.25, 'IN.self': 1 },
      score: 0.7,
      extra: { note: 'x' },
    });
  });
});
