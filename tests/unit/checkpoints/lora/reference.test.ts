/** Against NumPy: see tests/fixtures/lora/make_reference.py. */
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { bakeLoras } from '../../../../src/checkpoints/bake.ts';
import { encodeAll } from '../../../../src/shared/safetensors/small-floats.ts';
import { openCheckpoint, type CheckpointFile } from '../../../../src/checkpoints/checkpoint-file.ts';
import { floatsOf, temporaryFolder, tensorBytes } from '../make-checkpoint.ts';

const FOLDER = path.resolve(import.meta.dirname, '../../../fixtures/lora');
const fixture = (name: string): string => path.join(FOLDER, `${name}.safetensors`);
const cases = z
  .array(
    z.object({
      name: z.string(),
      model: z.string(),
      loras: z.array(z.object({ file: z.string(), strength: z.number() })),
    }),
  )
  .parse(JSON.parse(readFileSync(path.join(FOLDER, 'cases.json'), 'utf8')));

const folder = temporaryFolder();
const output = path.join(folder, 'o.safetensors');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(cases)('$name', ({ name, model, loras }) => {
  const expected = openCheckpoint(fixture(`${name}.expected`));
  const bake = async (dtype: 'keep' | 'fp16' | 'bf16' | 'fp32'): Promise<CheckpointFile> => {
    const settings = {
      model: fixture(model),
      loras: loras.map(({ file, strength }) => ({ file: fixture(file), strength, weights: undefined })),
      output,
      dtype,
      force: true,
      hashes: false,
    };
    const { plan } = await bakeLoras(settings, { workers: 0 });
    expect(plan.loras.flatMap(({ unmatched }) => unmatched)).toEqual([]);
    expect(plan.changed).toBe(expected.tensors.length);
    return openCheckpoint(output);
  };

  it('in float32 within 1e-6', async () => {
    const baked = await bake('fp32');
    const worstOf = new Map<string, number>();
    for (const { name: tensor, shape } of expected.tensors) {
      expect(baked.byName.get(tensor)?.shape).toEqual(shape);
      const wanted = floatsOf(expected, tensor);
      const worst = floatsOf(baked, tensor).map(
        (x, i) => Math.abs(x - (wanted[i] ?? NaN)) / Math.abs(wanted[i] ?? NaN),
      );
      worstOf.set(tensor, Math.max(...worst));
    }
    expect([...worstOf].filter(([, worst]) => !(worst < 1e-6))).toEqual([]);
  });

  it.each([
    ['fp16', 'F16'],
    ['bf16', 'BF16'],
  ] as const)('in %s within one unit in the last place', async (dtype, format) => {
    const baked = await bake(dtype);
    const worstOf = new Map<string, number>();
    for (const { name: tensor } of expected.tensors) {
      const wanted = Float32Array.from(floatsOf(expected, tensor));
      const codes = new Uint16Array(wanted.length);
      encodeAll(format, wanted, codes);
      const found = new Uint16Array(Uint8Array.from(tensorBytes(baked, tensor)).buffer);
      expect(found).toHaveLength(codes.length);
      const worst = [...found].map((code, i) => Math.abs(ordinal(code) - ordinal(codes[i] ?? NaN)));
      worstOf.set(tensor, Math.max(...worst));
    }
    expect([...worstOf].filter(([, worst]) => !(worst <= 1))).toEqual([]);
  });

  it('leaves every other byte', async () => {
    const [before, baked] = [openCheckpoint(fixture(model)), await bake('keep')];
    expect(baked.tensors.map(({ name: tensor, dtype, shape }) => [tensor, dtype, shape])).toEqual(
      before.tensors.map(({ name: tensor, dtype, shape }) => [tensor, dtype, shape]),
    );
    const changed = before.tensors.filter(
      ({ name: tensor }) => !tensorBytes(before, tensor).equals(tensorBytes(baked, tensor)),
    );
    expect(changed.map(({ name: tensor }) => tensor).toSorted()).toEqual(
      expected.tensors.map(({ name: tensor }) => tensor).toSorted(),
    );
  });
});

/** Neighbours differ by one, across zero too. */
function ordinal(code: number): number {
  return code < 0x8000 ? code : 0x8000 - code;
}
