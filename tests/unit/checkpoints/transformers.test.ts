/** Every family of transformers, on made files with its real keys: recognised, inspected, and merged as PyTorch does it. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { allBlocksOf, architectureRow, recogniseArchitecture } from '../../../src/architectures/registry.ts';
import { TRANSFORMER_FAMILIES } from '../../../src/architectures/transformers/families.ts';
import { openCheckpoint } from '../../../src/checkpoints/checkpoint-file.ts';
import { openModel } from '../../../src/checkpoints/companions/model-file.ts';
import { inspectCheckpoint } from '../../../src/checkpoints/inspect.ts';
import { mergeCheckpoints } from '../../../src/checkpoints/merge.ts';
import { readMergeRecipe } from '../../../src/checkpoints/metadata.ts';
import { FIXTURES, tensorBytes } from './make-checkpoint.ts';
import { useModelFolder } from './model-folder.ts';

const { file } = useModelFolder();
const FAMILIES = path.join(FIXTURES, 'transformers');
const caseSchema = z.object({
  weights: z.record(z.string(), z.number()),
  float32: z.string(),
  'fp8-scaled': z.string(),
});
const { 'made with': _, ...expected } = z
  .record(z.string(), z.string().or(caseSchema))
  .parse(JSON.parse(readFileSync(path.join(FAMILIES, 'expected.json'), 'utf8')));
const cases = Object.entries(expected).map(([id, one]) => ({ id, ...caseSchema.parse(one) }));

const made = (name: string): string => path.join(FAMILIES, `${name}.safetensors`);

it('there are made files of every family', () => {
  expect(cases.map(({ id }) => id).toSorted()).toEqual(TRANSFORMER_FAMILIES.map(({ id }) => id).toSorted());
});

describe.each(cases)('$id', ({ id, weights, float32, 'fp8-scaled': scaled }) => {
  const blocks = Object.keys(weights).toSorted();

  it.each(['a', 'b'])('file %s is recognised from its header, with its blocks', (which) => {
    const found = recogniseArchitecture(openCheckpoint(made(`${id}-${which}`)));
    const { architecture = '' } = found ?? {};
    expect(architectureRow(architecture).layout?.family.id).toBe(id);
    expect([...allBlocksOf(architecture)].toSorted()).toEqual(blocks);
  });

  it('is inspected: kind, counts, every block with its tensors', async () => {
    const found = await inspectCheckpoint(made(`${id}-a`));
    expect(found.kind).toContain(TRANSFORMER_FAMILIES.find((family) => family.id === id)?.title);
    expect(found.commands).toContain('merge');
    expect(found).toMatchObject({ advice: undefined, prediction: undefined });
    expect(Object.keys(found.blocks).toSorted()).toEqual(blocks);
    expect(Object.values(found.blocks).filter(({ tensors }) => tensors === 0)).toEqual([]);
    expect(found.numbers?.notFinite).toEqual([]);
  });

  it('is merged as PyTorch does it, and spelled as model A', async () => {
    const output = file(id);
    await mergeCheckpoints(
      { modelA: made(`${id}-a`), modelB: made(`${id}-b`), output, weights, dtype: 'fp32', hashes: false },
      { workers: 0 },
    );
    const merged = openCheckpoint(output);
    const hash = createHash('sha256');
    for (const { name } of merged.tensors) hash.update(tensorBytes(merged, name));
    expect(hash.digest('hex').slice(0, 16)).toBe(float32);
    const a = openModel(made(`${id}-a`));
    expect(merged.tensors.map(({ name }) => name)).toEqual(
      a.tensors.map(({ stored, name }) => stored ?? name),
    );
    expect(readMergeRecipe(merged.metadata)).toMatchObject({ weights });
    expect(merged.metadata.has('sd_mbwrt_recipe')).toBe(false);
  });

  it('is written as fp8 with new scales as PyTorch does it, and can be read again', async () => {
    const output = file(id);
    const settings = { modelA: made(`${id}-a`), modelB: made(`${id}-b`), output, weights } as const;
    await mergeCheckpoints({ ...settings, dtype: 'fp8-scaled', hashes: false }, { workers: 0 });
    const merged = openCheckpoint(output);
    const hash = createHash('sha256');
    for (const { name } of merged.tensors) {
      const scale = name.replace(/weight$/, 'scale_weight');
      if (!name.endsWith('.weight') || !merged.byName.has(scale)) continue;
      hash.update(tensorBytes(merged, name)).update(tensorBytes(merged, scale));
    }
    expect(hash.digest('hex').slice(0, 16)).toBe(scaled);
    const { quantisation, architecture } = await inspectCheckpoint(output);
    expect(quantisation).toBe('scaled fp8 (e4m3)');
    expect(recogniseArchitecture(openModel(output))?.architecture).toBe(architecture);
    expect(architecture).toBe(recogniseArchitecture(openModel(made(`${id}-a`)))?.architecture);
  });
});
