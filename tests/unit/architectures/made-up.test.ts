/** A family that no part of the program has heard of, with the shape of those to come: many blocks, no lists, no node. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeArchitectureContract, makeHeader } from '../../contracts/architecture.contract.ts';
import type { ArchitectureRow } from '../../../src/architectures/architecture.ts';
import { registerArchitecture } from '../../../src/architectures/registry.ts';
import { blockOf, recognise } from '../../../src/checkpoints/architecture.ts';
import { mergeCheckpoints } from '../../../src/checkpoints/merge.ts';
import { readMergeRecipe } from '../../../src/checkpoints/metadata.ts';
import { openCheckpoint } from '../../../src/checkpoints/checkpoint-file.ts';
import { blockDifferences } from '../../../src/cli/commands/records/compare/differences.ts';
import { formatHistoryCsv, readHistoryCsv } from '../../../src/formats/history-csv.ts';
import { blocksShown, seriesOf } from '../../../src/plot/series.ts';
import { uniformWeights } from '../../../src/space/blocks.ts';
import { createSpace, decode } from '../../../src/space/space.ts';
import { tensorBytes, type RawTensor } from '../checkpoints/make-checkpoint.ts';
import { useModelFolder } from '../checkpoints/model-folder.ts';
import { weightStrip } from '../../../src/cli/commands/records/weight-strip.ts';

const DOUBLE = [0, 1, 2].map((n) => `double_blocks.${n}`);
const SINGLE = [0, 1, 2, 3].map((n) => `single_blocks.${n}`);
const BLOCKS = [...DOUBLE, ...SINGLE];
const PREFIX = 'model.diffusion_model.';

const madeUp: ArchitectureRow = {
  id: 'made-up',
  title: 'Made-Up Transformer',
  shortTitle: 'Made-Up',
  modelSpec: 'made-up-1',
  network: { name: 'transformer', prefix: PREFIX },
  recognise: ({ byName }) =>
    byName.has(`${PREFIX}double_blocks.0.weight`) ? { variant: undefined } : undefined,
  blocks: BLOCKS,
  optionalBlocks: ['img_in'],
  blockOf: (key) => [...BLOCKS, 'img_in'].find((name) => key.startsWith(`${PREFIX}${name}.`)),
  path: BLOCKS,
  sides: [DOUBLE, SINGLE],
  parts: [{ name: 'VAE', prefixes: ['vae.'] }],
  textEncoders: [],
  contextWidth: 4096,
};
const KEYS = [...[...BLOCKS, 'img_in'].map((name) => `${PREFIX}${name}.weight`), 'vae.decoder.weight'];

let unregister: () => void;
beforeAll(() => {
  unregister = registerArchitecture(madeUp);
});
afterAll(() => unregister());

describeArchitectureContract(madeUp, makeHeader(Object.fromEntries(KEYS.map((key) => [key, [4]]))));

describe('a family that is only a row', () => {
  it('has a CSV with a named column for each block, there and back', async () => {
    const weights = Object.fromEntries(BLOCKS.map((name, i) => [name, i / 8]));
    const rows = [{ weights, score: 0.5, evalTimes: 1, iterTimes: 2, extra: {} }];
    const text = formatHistoryCsv(rows);
    expect(text.split('\n')[0]).toBe(`${BLOCKS.join(',')},score,eval_times,iter_times`);
    expect(text.split('\n')[1]).toBe('0.0,0.125,0.25,0.375,0.5,0.625,0.75,0.5,1.0,2.0');
    expect(await readHistoryCsv(text)).toEqual(rows);
    expect(formatHistoryCsv([], BLOCKS)).toBe(`${BLOCKS.join(',')},score,eval_times,iter_times\n`);
  });

  it('can be searched: ranges, neighbours and rules by its own names', () => {
    const space = createSpace({
      architecture: 'made-up',
      low: 0,
      high: 1,
      intervals: 10,
      blocks: { 'double_blocks.0': 0.25 },
      groups: ['double_blocks.1-single_blocks.0'],
      testGrouping: 2,
    });
    expect(space.dimensions.map(({ name }) => name)).toEqual([
      'double_blocks.1+double_blocks.2+single_blocks.0',
      'single_blocks.1',
      'single_blocks.2+single_blocks.3',
    ]);
    expect(Object.keys(decode(space, [0.1, 0.2, 0.3]))).toEqual(BLOCKS);
  });

  it('can be merged from its file alone', async () => {
    const tensors = (seed: number): Record<string, RawTensor> =>
      Object.fromEntries(KEYS.map((key) => [key, { data: Float32Array.of(seed, seed * 2) }]));
    const [modelA, modelB, output] = ['a', 'b', 'o'].map((name) => models.file(name));
    if (modelA === undefined || modelB === undefined || output === undefined) throw new Error('three names');
    models.write('a', tensors(1));
    models.write('b', tensors(2));
    const weights = { ...uniformWeights(0, 'made-up'), 'single_blocks.3': 1 };
    await mergeCheckpoints({ modelA, modelB, output, weights, hashes: false }, { workers: 0 });
    const [a, b, o] = [modelA, modelB, output].map((file) => openCheckpoint(file));
    if (a === undefined || b === undefined || o === undefined) throw new Error('three files');
    expect(recognise(o)).toEqual({ kind: 'checkpoint', architecture: 'made-up', variant: undefined });
    expect(readMergeRecipe(o.metadata)?.weights).toEqual(weights);
    for (const key of KEYS) {
      const from = blockOf(key, 'made-up') === 'single_blocks.3' ? b : a;
      expect([key, tensorBytes(o, key)]).toEqual([key, tensorBytes(from, key)]);
    }
  });

  it('is compared and drawn in its own order', () => {
    const [one, other] = [uniformWeights(0, 'made-up'), uniformWeights(1, 'made-up')];
    expect(blockDifferences(one, other).map(({ block }) => block)).toEqual(BLOCKS);
    const runs = seriesOf([{ name: 'x', trials: [{ score: 1, weights: other }] }]);
    expect(blocksShown(runs)).toEqual(BLOCKS);
    expect(weightStrip({ ...one, 'double_blocks.1': 1 }, false)).toBe('0900000');
  });
});

const models = useModelFolder();
