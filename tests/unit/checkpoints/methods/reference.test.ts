/** Every method against NumPy: see tests/fixtures/methods/make_reference.py. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openCheckpoint, type CheckpointFile } from '../../../../src/checkpoints/checkpoint-file.ts';
import { mergeCheckpoints } from '../../../../src/checkpoints/merge.ts';
import type { GivenParameters } from '../../../../src/checkpoints/methods/given-parameters.ts';
import { mergeMethodNames } from '../../../../src/checkpoints/methods/registry.ts';
import { decodeTable } from '../../../../src/shared/safetensors/small-floats.ts';
import { uniformWeights } from '../../../../src/space/blocks.ts';
import { tensorBytes } from '../make-checkpoint.ts';
import { useModelFolder } from '../model-folder.ts';

const FIXTURES = path.resolve(import.meta.dirname, '../../../fixtures/methods');
const value = z.union([z.number(), z.string()]);
const cases = z
  .array(
    z.object({
      case: z.string(),
      method: z.string(),
      models: z.number(),
      weight: z.number(),
      parameters: z.record(z.string(), value),
    }),
  )
  .parse(JSON.parse(readFileSync(path.join(FIXTURES, 'cases.json'), 'utf8')));

/** Digits of the significand, the hidden one included, and the exponent of the smallest number. */
const TYPES = { F32: [24, -149], F16: [11, -24], BF16: [8, -133] } as const;
type Type = keyof typeof TYPES;
const { file } = useModelFolder();

it('there is a case for every method', () => {
  expect([...new Set(cases.map(({ method }) => method))].toSorted()).toEqual(mergeMethodNames().toSorted());
});

describe.each(['F32', 'F16', 'BF16'] as const)('%s', (type) => {
  const fixture = (name: string): string => path.join(FIXTURES, `${name}-${type}.safetensors`);
  const expected = openCheckpoint(fixture('expected'));

  it.each(cases)('case $case: $method of $models models, $weight, $parameters', async (one) => {
    const letters = ['a', 'b', 'c', 'd'].slice(0, one.models);
    const [modelA = '', modelB = '', modelC, ...moreModels] = letters.map(fixture);
    const { plan } = await mergeCheckpoints(
      {
        modelA,
        modelB,
        modelC,
        moreModels,
        output: file('o'),
        method: one.method,
        weights: uniformWeights(one.weight, 'sd1'),
        parameters: parametersIn(one.parameters),
        hashes: false,
        sync: false,
      },
      { workers: 0 },
    );
    const merged = plan.tensors.flatMap(({ name, job }) => (job.kind === 'combine' ? [name] : []));
    expect(merged).toHaveLength(7);
    const output = openCheckpoint(file('o'));
    const found = merged.flatMap((name) => numbers(output, name, type));
    const wanted = numbers(expected, one.case, type);
    const models = letters.map((letter) => {
      const model = openCheckpoint(fixture(letter));
      return merged.flatMap((name) => numbers(model, name, type));
    });
    expect(found).toHaveLength(wanted.length);
    const wrong = found.flatMap((result, i) => {
      const of = Math.max(Math.abs(wanted[i] ?? 0), ...models.map((model) => Math.abs(model[i] ?? 0)));
      const isNear = Math.abs(result - (wanted[i] ?? Number.NaN)) <= step(of, type);
      return isNear ? [] : [`element ${i} is ${result}, NumPy has ${wanted[i]}`];
    });
    expect(wrong).toEqual([]);
    const unequal = found.filter((result, i) => result !== wanted[i]).length;
    // Where float32 is the storage type, factors that were rounded to it may show in the last bit; with 16 bits hardly ever.
    expect(unequal / found.length).toBeLessThan(type === 'F32' ? 0.4 : 0.01);
  });
});

/** From one number of the type to the next, at this magnitude. */
function step(magnitude: number, type: Type): number {
  const [digits, least] = TYPES[type];
  return 2 ** Math.max(least, Math.floor(Math.log2(magnitude)) + 1 - digits);
}

function numbers(from: CheckpointFile, name: string, type: Type): number[] {
  const bytes = Uint8Array.from(tensorBytes(from, name));
  if (type === 'F32') return [...new Float32Array(bytes.buffer)];
  const table = decodeTable(type);
  return Array.from(new Uint16Array(bytes.buffer), (code) => table[code] ?? Number.NaN);
}

function parametersIn(flat: Readonly<Record<string, number | string>>): GivenParameters {
  const given: Record<string, { value?: number | string; blocks: Record<string, number | string> }> = {};
  for (const [key, setting] of Object.entries(flat)) {
    const [name = '', block] = key.split('@');
    const parameter = (given[name] ??= { blocks: {} });
    if (block === undefined) parameter.value = setting;
    else parameter.blocks[block] = setting;
  }
  return given;
}
