/** Numbers that are not finite, results that a type cannot hold, weights that were lost: found while merging, in every type. */
import { readdirSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { bakeLoras } from '../../../src/checkpoints/bake.ts';
import { inspectCheckpoint } from '../../../src/checkpoints/inspect.ts';
import { createJsKernel } from '../../../src/checkpoints/kernel/js-kernel.ts';
import { decodeTable, encodeAll } from '../../../src/shared/safetensors/small-floats.ts';
import { createWasmKernel } from '../../../src/checkpoints/kernel/wasm-kernel.ts';
import { NOT_FINITE_FROM, TOO_LARGE_FROM } from '../../../src/checkpoints/kernel/findings.ts';
import { mergeCheckpoints, type MergeResult, type MergeSettings } from '../../../src/checkpoints/merge.ts';
import { remergeBlocks } from '../../../src/checkpoints/remerge.ts';
import { openCheckpoint } from '../../../src/checkpoints/checkpoint-file.ts';
import { checkModels } from '../../../src/checkpoints/scan.ts';
import { uniformWeights } from '../../../src/space/blocks.ts';
import { floatsOf, makeRandom, sd1Tensors, UNET, type RawTensor } from './make-checkpoint.ts';
import { useModelFolder } from './model-folder.ts';

const { folder, file, write } = useModelFolder(1);
beforeEach(() => {
  write('a', sd1Tensors(1));
  write('b', sd1Tensors(2));
});
const { signal } = new AbortController();
const IN03 = `${UNET}input_blocks.3.0.weight`;
const IN04 = `${UNET}input_blocks.4.0.weight`;
const TEXT = 'cond_stage_model.transformer.text_model.final_layer_norm.weight';

async function merge(
  more: Partial<MergeSettings> = {},
  kernel: 'wasm' | 'js' = 'wasm',
): Promise<MergeResult> {
  return mergeCheckpoints(
    {
      modelA: file('a'),
      modelB: file('b'),
      output: file('o'),
      weights: uniformWeights(0.3, 'sd1'),
      hashes: false,
      ...more,
    },
    { workers: 0, kernel },
  );
}

/** A tensor of ones in a type, some of which are not finite. Long enough for several chunks. */
const TYPES: Readonly<
  Record<
    string,
    { readonly bytes: number; readonly one: bigint; readonly nan: bigint; readonly infinite?: bigint }
  >
> = {
  F64: {
    bytes: 8,
    one: 0x3ff0_0000_0000_0000n,
    nan: 0x7ff8_0000_0000_0001n,
    infinite: 0xfff0_0000_0000_0000n,
  },
  F32: { bytes: 4, one: 0x3f80_0000n, nan: 0xffc0_0000n, infinite: 0x7f80_0000n },
  F16: { bytes: 2, one: 0x3c00n, nan: 0x7e00n, infinite: 0xfc00n },
  BF16: { bytes: 2, one: 0x3f80n, nan: 0x7fc1n, infinite: 0x7f80n },
  F8_E4M3: { bytes: 1, one: 0x38n, nan: 0xffn },
  F8_E5M2: { bytes: 1, one: 0x3cn, nan: 0x7dn, infinite: 0x7cn },
};
const COUNT = 9001;
function spoilt(
  dtype: string,
  { nan, infinite }: { readonly nan: readonly number[]; readonly infinite: readonly number[] },
): RawTensor {
  const type = TYPES[dtype];
  if (type === undefined) throw new Error(dtype);
  const data = Buffer.alloc(type.bytes * COUNT);
  for (let i = 0; i < COUNT; i++) {
    const value = nan.includes(i) ? type.nan : infinite.includes(i) ? (type.infinite ?? type.nan) : type.one;
    for (let byte = 0; byte < type.bytes; byte++) {
      data[type.bytes * i + byte] = Number((value >> BigInt(8 * byte)) & 0xffn);
    }
  }
  return { dtype, shape: [COUNT], data };
}
const BAD = { nan: [0, 4095, 9000], infinite: [4096, 8999] };
const NONE = { nan: [], infinite: [] };

describe.each(Object.keys(TYPES))('%s that is not finite', (dtype) => {
  const counts = dtype === 'F8_E4M3' ? '5 NaN' : '3 NaN and 2 infinite';

  it.each(['wasm', 'js'] as const)(
    'is counted and named wherever it is, and nothing is kept: %s',
    async (kernel) => {
      const refused = (name: string, tensor: string): object => ({
        code: 'checkpoint-not-finite',
        kind: 'run',
        message: expect.stringMatching(
          `^\\S*${name}\\.safetensors holds numbers that are not finite: ${counts} in "${tensor}"; .*--allow-non-finite`,
        ),
      });
      // Combined, copied and converted.
      write('b', { ...sd1Tensors(2), [IN03]: spoilt(dtype, BAD) });
      write('a', { ...sd1Tensors(1), [IN03]: spoilt('F32', NONE) });
      await expect(merge({}, kernel)).rejects.toMatchObject(refused('b', IN03));
      write('a', { ...sd1Tensors(1), [IN03]: spoilt(dtype, BAD) });
      write('b', { ...sd1Tensors(1), [IN03]: spoilt('F32', NONE) });
      await expect(merge({}, kernel)).rejects.toMatchObject(refused('a', IN03));
      write('b', { ...sd1Tensors(1), [IN03]: spoilt('F32', NONE) });
      await expect(merge({ weights: { OUT: 1 } }, kernel)).rejects.toMatchObject(refused('a', IN03));
      await expect(merge({ weights: { OUT: 1 }, dtype: 'fp16' }, kernel)).rejects.toMatchObject(
        refused('a', IN03),
      );
      write('c', { ...sd1Tensors(3), [IN03]: spoilt(dtype, BAD) });
      write('a', { ...sd1Tensors(1), [IN03]: spoilt('F32', NONE) });
      await expect(merge({ modelC: file('c'), method: 'add-difference' }, kernel)).rejects.toMatchObject(
        refused('c', IN03),
      );
      expect(readdirSync(folder).toSorted()).toEqual(['a.safetensors', 'b.safetensors', 'c.safetensors']);
    },
  );

  it('is let through when that is asked for, and told', async () => {
    write('b', { ...sd1Tensors(2), [IN03]: spoilt(dtype, BAD) });
    write('a', { ...sd1Tensors(1), [IN03]: spoilt('F32', NONE) });
    const { numbers } = await merge({ allowNonFinite: true });
    const expected = dtype === 'F8_E4M3' ? { nan: 5, infinite: 0 } : { nan: 3, infinite: 2 };
    expect(numbers.notFinite).toEqual([{ file: file('b'), tensor: IN03, ...expected }]);
    expect(numbers.tooLarge).toEqual([]);
    expect(floatsOf(openCheckpoint(file('o')), IN03).filter((x) => !Number.isFinite(x))).toHaveLength(5);
  });

  it('refuses a bake, and shows when the file is inspected', async () => {
    write('m', { ...sd1Tensors(1), [IN03]: spoilt(dtype, BAD), [IN04]: spoilt(dtype, NONE) });
    write('l', { 'lora_unet_input_blocks_4_0.diff': { data: new Float32Array(COUNT).fill(1) } });
    const bake = async (layer: string, dtypeOut: 'keep' | 'fp32'): Promise<unknown> => {
      write('l', { [`lora_unet_${layer}.diff`]: { data: new Float32Array(COUNT).fill(1) } });
      const loras = [{ file: file('l'), strength: 1, weights: undefined }];
      return bakeLoras(
        { model: file('m'), loras, output: file('o'), hashes: false, dtype: dtypeOut },
        { workers: 0 },
      );
    };
    for (const layer of ['input_blocks_3_0', 'input_blocks_4_0']) {
      for (const out of ['keep', 'fp32'] as const) {
        await expect(bake(layer, out)).rejects.toMatchObject({
          code: 'checkpoint-not-finite',
          message: expect.stringContaining(`${counts} in "${IN03}"`),
        });
      }
    }
    expect(readdirSync(folder)).not.toContain('o.safetensors');
    expect((await inspectCheckpoint(file('m'))).numbers?.notFinite).toMatchObject([{ tensor: IN03 }]);
  });
});

describe('what is found', () => {
  it('several tensors of several models, the first by name', async () => {
    const bad = { data: Float32Array.of(NaN, 1, 2, 3, 4) };
    write('a', { ...sd1Tensors(1), [TEXT]: bad });
    write('b', {
      ...sd1Tensors(2),
      ...Object.fromEntries([3, 4, 5, 6, 7].map((n) => [`${UNET}input_blocks.${n}.0.weight`, bad])),
    });
    await expect(merge()).rejects.toThrow(
      /a\.safetensors holds .*: 1 NaN in "cond_stage.*"; \S+b\.safetensors holds .*: 1 NaN in ".*3\.0\.weight", .* and 2 more tensors;/,
    );
  });

  it('nothing in what is not used: other parts of model B, constants of the training', async () => {
    const bad = { data: Float32Array.of(NaN, Infinity, 2, 3, 4) };
    write('b', { ...sd1Tensors(2), [TEXT]: bad, 'first_stage_model.x.weight': bad });
    write('a', { ...sd1Tensors(1), sqrt_recip_alphas_cumprod: bad });
    await merge();
    expect(openCheckpoint(file('o')).byName.has('sqrt_recip_alphas_cumprod')).toBe(true);
  });

  it('in blocks that are merged anew; the earlier file is gone then', async () => {
    await merge({ output: file('first'), alignment: 16_384, name: 'x' });
    write('b', { ...sd1Tensors(2), [IN03]: { data: Float32Array.of(1, 2, -Infinity, 3, 4) } });
    const settings = {
      modelA: file('a'),
      modelB: file('b'),
      output: file('next'),
      weights: { ...uniformWeights(0.3, 'sd1'), IN03: 0.4 },
      hashes: false as const,
      alignment: 16_384,
      name: 'x',
    };
    await expect(remergeBlocks(file('first'), settings, { workers: 0 })).rejects.toMatchObject({
      code: 'checkpoint-not-finite',
    });
    expect(readdirSync(folder).toSorted()).toEqual(['a.safetensors', 'b.safetensors']);
  });

  it('before a search: the models are looked through, whatever the weights will be', async () => {
    const settings = { modelA: file('a'), modelB: file('b'), weights: uniformWeights(0.5, 'sd1') };
    await checkModels(settings, signal);
    write('b', { ...sd1Tensors(2), [IN03]: { data: Float32Array.of(1, 2, NaN, 3, 4) } });
    await expect(checkModels(settings, signal)).rejects.toMatchObject({ code: 'checkpoint-not-finite' });
    write('b', {
      ...sd1Tensors(2),
      [`${UNET}input_blocks.3.0.weight.absmax`]: { data: new Float32Array(1) },
    });
    await expect(checkModels(settings, signal)).rejects.toMatchObject({ code: 'checkpoint-quantised' });
    expect(readdirSync(folder).toSorted()).toEqual(['a.safetensors', 'b.safetensors']);
  });

  it.each([
    ['fp16', 65_519, 65_520],
    ['bf16', 3.3895e38, 3.3962e38],
    ['fp32', 3.4e38, undefined],
  ] as const)('results that %s cannot hold', async (dtype, fits, tooLarge) => {
    const tensors = (value: number): Record<string, RawTensor> => ({
      ...sd1Tensors(1),
      [IN03]: { data: new Float32Array(5).fill(value) },
    });
    write('a', tensors(fits));
    write('b', tensors(fits));
    await merge({ dtype, force: true });
    if (tooLarge !== undefined) {
      write('a', tensors(tooLarge));
      write('b', tensors(tooLarge));
    } else write('b', tensors(-fits));
    const failing = merge({ dtype, force: true, weights: { ...uniformWeights(0.5, 'sd1'), IN03: 2 } });
    await expect(failing).rejects.toMatchObject({
      code: 'value-overflow',
      kind: 'run',
      message: expect.stringMatching(/results are too large .*: 5 in ".*input_blocks\.3\.0\.weight"/),
    });
    const { numbers } = await merge({
      dtype,
      force: true,
      allowNonFinite: true,
      weights: { ...uniformWeights(0.5, 'sd1'), IN03: 2 },
    });
    expect(numbers.tooLarge).toMatchObject([{ tensor: IN03, count: 5 }]);
  });

  it('a sum with a LoRA that is too large', async () => {
    write('m', {
      ...sd1Tensors(1),
      [IN03]: { dtype: 'F16', shape: [2], data: Uint16Array.of(0x7bff, 0x3c00) },
    });
    write('l', { 'lora_unet_input_blocks_3_0.diff': { data: Float32Array.of(1000, 1000) } });
    const loras = [{ file: file('l'), strength: 1, weights: undefined }];
    const settings = { model: file('m'), loras, output: file('o'), hashes: false };
    await expect(bakeLoras(settings, { workers: 0 })).rejects.toMatchObject({
      code: 'value-overflow',
      message: expect.stringContaining(`1 in "${IN03}" (F16)`),
    });
    await bakeLoras({ ...settings, dtype: 'bf16' }, { workers: 0 });
  });

  it('weights that are all zero, and blocks that are the same in both', async () => {
    const matrix = (fill: number): RawTensor => ({ shape: [3, 3], data: new Float32Array(9).fill(fill) });
    const name = `${UNET}input_blocks.3.0.op.weight`;
    write('a', { ...sd1Tensors(1), [name]: matrix(1) });
    write('b', { ...sd1Tensors(2), [name]: matrix(0), [IN04]: sd1Tensors(1)[IN04] ?? matrix(0) });
    const { numbers } = await merge();
    expect(numbers.zeros).toEqual([{ file: file('b'), tensor: name }]);
    expect(numbers.equal).toEqual(['IN04']);
    expect(numbers).toMatchObject({ notFinite: [], tooLarge: [] });
  });
});

describe('the largest code', () => {
  const ARENA = 2 ** 20;
  const wasm = createWasmKernel(ARENA);
  const js = createJsKernel(new Uint8Array(ARENA));

  it.each([1, 2, 4, 8] as const)('of %s bytes, from any address, of any count', (bytes) => {
    if (wasm === undefined) throw new Error('this engine has no WebAssembly SIMD');
    const random = makeRandom(bytes);
    for (const at of [64, 65, 67, 70]) {
      for (const count of [0, 1, 3, 7, 8, 15, 16, 31, 64, 65, 200, 5001]) {
        const shift = random() * 8;
        const data = Buffer.from(
          Uint8Array.from({ length: bytes * count }, () => (random() * 256) / 2 ** shift),
        );
        wasm.arena.fill(0xff);
        js.arena.fill(0xff);
        wasm.arena.set(data, at);
        js.arena.set(data, at);
        let wanted = 0;
        for (let i = 0; i < count; i++) {
          const code = bytes === 8 ? data.readUInt32LE(8 * i + 4) : data.readUIntLE(bytes * i, bytes);
          wanted = Math.max(wanted, code % 2 ** (8 * Math.min(bytes, 4) - 1));
        }
        expect([bytes, at, count, wasm.largest(bytes, at, count)]).toEqual([bytes, at, count, wanted]);
        expect([bytes, at, count, js.largest(bytes, at, count)]).toEqual([bytes, at, count, wanted]);
      }
    }
  });

  it.each(['F16', 'BF16', 'F8_E4M3', 'F8_E5M2'] as const)(
    '%s: the bounds are those of the conversion',
    (format) => {
      const table = decodeTable(format);
      const firstBad = [...table.subarray(0, table.length / 2)].findIndex((value) => !Number.isFinite(value));
      expect(NOT_FINITE_FROM[format]).toBe(firstBad);
      const bits = Uint32Array.of(TOO_LARGE_FROM[format] - 1, TOO_LARGE_FROM[format]);
      const floats = new Float32Array(bits.buffer);
      const largest = table[firstBad - 1] ?? NaN;
      const codes = table.length > 256 ? new Uint16Array(2) : new Uint8Array(2);
      encodeAll(format, floats, codes);
      const [below, from] = [...codes].map((code) => table[code] ?? NaN);
      expect(below).toBe(largest);
      // Where there is no infinity the next step would be 32 further: half of it is still near.
      expect(from).toBe(format === 'F8_E4M3' ? largest : Infinity);
    },
  );
});
