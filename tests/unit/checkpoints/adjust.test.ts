/** Adjust, against NumPy (tests/fixtures/adjust/make_reference.py), and what a merge makes of it. */
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { completeAdjust } from '../../../src/checkpoints/adjust.ts';
import { openCheckpoint } from '../../../src/checkpoints/checkpoint-file.ts';
import { mergeCheckpoints, prepareMerge, type MergeSettings } from '../../../src/checkpoints/merge.ts';
import { readMergeRecipe } from '../../../src/checkpoints/metadata.ts';
import { remergeBlocks } from '../../../src/checkpoints/remerge.ts';
import { uniformWeights } from '../../../src/space/blocks.ts';
import { readCheckpointWeights } from '../../../src/weights/checkpoint.ts';
import { tensorBytes, UNET, type RawTensor } from './make-checkpoint.ts';
import { useModelFolder } from './model-folder.ts';

const tensors = z.record(z.string(), z.string());
const reference = z
  .object({
    shapes: z.record(z.string(), z.array(z.number())),
    models: z.object({ a: tensors, b: tensors }),
    cases: z.array(
      z.object({
        adjust: z.record(z.string(), z.number()),
        architecture: z.enum(['sd1', 'sdxl']),
        type: z.enum(['fp32', 'fp16']),
        of: z.enum(['a', 'merged']),
        expected: tensors,
      }),
    ),
  })
  .parse(
    JSON.parse(
      readFileSync(path.resolve(import.meta.dirname, '../../fixtures/adjust/reference.json'), 'utf8'),
    ),
  );
const { file, write } = useModelFolder();
const here = { workers: 0 } as const;
/** All that a file needs to be known as of a family. */
const OTHERS: Readonly<Record<'sd1' | 'sdxl', readonly string[]>> = {
  sd1: ['middle_block.0.norm.weight', 'output_blocks.0.0.norm.weight'],
  sdxl: ['middle_block.0.norm.weight', 'output_blocks.0.0.norm.weight', 'label_emb.0.0.weight'],
};

function model(which: 'a' | 'b', architecture: 'sd1' | 'sdxl' = 'sd1'): Record<string, RawTensor> {
  const own = Object.entries(reference.models[which]).map(([name, hex]) => {
    const data = new Float32Array(Uint8Array.from(Buffer.from(hex, 'hex')).buffer);
    return [name, { shape: reference.shapes[name] ?? [], data }] as const;
  });
  const others = OTHERS[architecture].map((name) => [UNET + name, { data: Float32Array.of(1, 2) }] as const);
  return Object.fromEntries([...own, ...others]);
}

const adjustOnly = (given: Partial<MergeSettings> = {}): MergeSettings => ({
  modelA: given.modelA ?? write('a', model('a')),
  output: file('o'),
  weights: {},
  hashes: false,
  ...given,
});

it.each(reference.cases)('$architecture $type, of $of: $adjust', async (one) => {
  const { adjust, architecture, type: dtype, of, expected } = one;
  const modelA = write('a', model('a', architecture));
  const merged = {
    modelB: write('b', model('b', architecture)),
    weights: uniformWeights(0.25, architecture),
  };
  await mergeCheckpoints(adjustOnly({ modelA, adjust, dtype, ...(of === 'merged' && merged) }), here);
  const written = openCheckpoint(file('o'));
  for (const [name, hex] of Object.entries(expected))
    expect([name, tensorBytes(written, name).toString('hex')]).toEqual([name, hex]);
});

describe('the numbers', () => {
  it('have names and bounds; 0 is none', () => {
    expect(completeAdjust({ blue: 1, contrast: -10, detail1: 0 })).toEqual({ contrast: -10, blue: 1 });
    expect(() => completeAdjust({ contast: 1 })).toThrow(
      '"contast" cannot be adjusted. Did you mean "contrast"? Choose from detail1,',
    );
    expect(() => completeAdjust({ detail2: 6.5 })).toThrow(
      'detail2 can be adjusted from -6 to 6, not by 6.5.',
    );
    expect(() => completeAdjust({ red: Number.NaN })).toThrow('red can be adjusted from -10 to 10');
  });

  it('stand in the file, and are read from there', async () => {
    const { recipe } = await mergeCheckpoints(adjustOnly({ adjust: { contrast: 3, red: -0.5 } }), here);
    const { metadata } = openCheckpoint(file('o'));
    expect(readMergeRecipe(metadata)).toEqual(recipe);
    expect(recipe).toMatchObject({ adjust: { contrast: 3, red: -0.5 }, weights: {} });
    expect(Object.keys(recipe.models)).toEqual(['a']);
    expect(metadata.get('modelspec.description')).toBe('Adjusted with autombw.');
    expect(metadata.has('sd_mbwrt_recipe')).toBe(false);
    expect(readCheckpointWeights(file('o')).adjust).toEqual({ contrast: 3, red: -0.5 });
  });
});

describe('what cannot be adjusted', () => {
  it.each([
    ['nothing', {}, 'There is nothing to do: give model B, or what to adjust.'],
    ['weights', { weights: { IN00: 0.5 }, adjust: { red: 1 } }, 'IN00 needs a model B'],
    ['a method', { method: 'slerp', adjust: { red: 1 } }, 'slerp needs a model B'],
  ])('%s without model B', (_, change, message) => {
    expect(() => prepareMerge(adjustOnly(change))).toThrow(message);
  });

  it('a model that lacks the layer, or has other channels', () => {
    const { [`${UNET}out.0.bias`]: _, ...lacking } = model('a');
    expect(() => prepareMerge(adjustOnly({ modelA: write('c', lacking), adjust: { detail2: 1 } }))).toThrow(
      /c\.safetensors cannot be adjusted by detail2: it lacks model\.diffusion_model\.out\.0\.bias/,
    );
    const wide = { ...model('a'), [`${UNET}out.2.bias`]: { data: new Float32Array(8) } };
    const modelA = write('c', wide);
    expect(() => prepareMerge(adjustOnly({ modelA, adjust: { red: 1 } }))).toThrow(
      'it has 8 numbers in model.diffusion_model.out.2.bias, not 4',
    );
    expect(() => prepareMerge(adjustOnly({ modelA, adjust: { detail1: 1 } }))).not.toThrow();
  });
});

it('an earlier merge that is adjusted otherwise has the bytes of a whole one', async () => {
  const settings = adjustOnly({
    modelB: write('b', model('b')),
    weights: uniformWeights(0.25, 'sd1'),
    alignment: 4096,
    name: 'same',
  });
  for (const [before, after, changed] of [
    [{ contrast: 1 }, { contrast: 2 }, ['OUT']],
    [{ detail1: 1, red: 2 }, { red: 2 }, ['IN00']],
    [{}, { detail1: -3, detail3: 2 }, ['IN00', 'OUT']],
  ] as const) {
    const first = { ...settings, output: file('first'), adjust: before };
    await mergeCheckpoints(first, here);
    const next = { ...settings, adjust: after, output: file('next') };
    expect((await remergeBlocks(first.output, next, here))?.changed).toEqual(changed);
    await mergeCheckpoints({ ...next, output: file('whole'), force: true }, here);
    expect(readFileSync(file('next')).equals(readFileSync(file('whole')))).toBe(true);
    rmSync(file('next'));
  }
});
