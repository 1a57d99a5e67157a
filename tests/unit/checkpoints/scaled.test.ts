/** Codes with scales, against values computed here from the definition of the format. */
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bakeLoras } from '../../../src/checkpoints/bake.ts';
import { openModel } from '../../../src/checkpoints/companions/model-file.ts';
import { inspectCheckpoint } from '../../../src/checkpoints/inspect.ts';
import { mergeCheckpoints, type MergeSettings } from '../../../src/checkpoints/merge.ts';
import { remergeBlocks } from '../../../src/checkpoints/remerge.ts';
import { openCheckpoint } from '../../../src/checkpoints/checkpoint-file.ts';
import { uniformWeights } from '../../../src/space/blocks.ts';
import { floatsOf, makeRandom, sd1Tensors, tensorBytes, UNET, type RawTensor } from './make-checkpoint.ts';
import { useModelFolder } from './model-folder.ts';

const { folder, file, write } = useModelFolder(1);

const LAYER = `${UNET}input_blocks.1.1.proj_in`;
const TEXT = 'cond_stage_model.transformer.text_model.encoder.layers.0.mlp.fc1';
const VAE = 'first_stage_model.decoder.mid.attn_1.q';
/** More than a chunk of the kernel, and no multiple of it. */
const [ROWS, COLUMNS] = [37, 251];

/** The definition: a sign, exponent and mantissa; the exponent of all zeros is subnormal. */
function valueOf(code: number, [exponentBits, mantissaBits]: readonly [number, number]): number {
  const sign = code >= 128 ? -1 : 1;
  const exponent = (code & 127) >> mantissaBits;
  const mantissa = (code & (2 ** mantissaBits - 1)) / 2 ** mantissaBits;
  const bias = 2 ** (exponentBits - 1) - 1;
  return sign * (exponent === 0 ? mantissa * 2 ** (1 - bias) : (1 + mantissa) * 2 ** (exponent - bias));
}
const FORMATS = { F8_E4M3: [4, 3], F8_E5M2: [5, 2] } as const;

/** Random codes that are numbers. */
function codes(seed: number, count = ROWS * COLUMNS): Uint8Array {
  const random = makeRandom(seed);
  return Uint8Array.from({ length: count }, () => Math.floor(random() * 120) + (random() < 0.5 ? 128 : 0));
}
const scaleOf = (...values: number[]): RawTensor => ({
  shape: values.length === 1 ? [] : [values.length],
  data: Float32Array.from(values),
});
const perRow = Array.from({ length: ROWS }, (_, i) => 0.001 * (i + 1));

function coded(seed: number, dtype: keyof typeof FORMATS = 'F8_E4M3'): RawTensor {
  return { dtype, shape: [ROWS, COLUMNS], data: codes(seed) };
}
function valuesOf(
  seed: number,
  scales: readonly number[],
  dtype: keyof typeof FORMATS = 'F8_E4M3',
): number[] {
  return [...codes(seed)].map((code, i) =>
    Math.fround(
      valueOf(code, FORMATS[dtype]) *
        Math.fround(scales[scales.length === 1 ? 0 : Math.floor(i / COLUMNS)] ?? NaN),
    ),
  );
}
function plain(seed: number): RawTensor & { data: Float32Array } {
  const random = makeRandom(seed);
  return {
    shape: [ROWS, COLUMNS],
    data: Float32Array.from({ length: ROWS * COLUMNS }, () => random() - 0.5),
  };
}
const sum = (a: readonly number[], b: readonly number[], w: number): number[] =>
  a.map((x, i) => Math.fround(x + Math.fround(Math.fround(w) * Math.fround((b[i] ?? NaN) - x))));
const json = (format: string): RawTensor => ({ dtype: 'U8', data: Buffer.from(JSON.stringify({ format })) });

const settings = (more: Partial<MergeSettings> = {}): MergeSettings => ({
  modelA: file('a'),
  modelB: file('b'),
  output: file('o'),
  weights: uniformWeights(0.3, 'sd1'),
  hashes: false,
  ...more,
});

interface Form {
  readonly scales: readonly number[];
  readonly tensors: Record<string, RawTensor>;
  readonly metadata?: Record<string, string>;
}
const FORMS: Record<string, Form> = {
  'the old form': {
    scales: [0.01],
    tensors: {
      [`${LAYER}.scale_weight`]: scaleOf(0.01),
      [`${UNET}scaled_fp8`]: { dtype: 'F8_E4M3', data: new Uint8Array(2) },
    },
  },
  'the old form, its marker in float32 and without a prefix': {
    scales: [0.25],
    tensors: {
      [`${LAYER}.scale_weight`]: scaleOf(0.25),
      [`${LAYER}.scale_input`]: scaleOf(7),
      scaled_fp8: { data: new Float32Array(0) },
    },
  },
  'the new form': {
    scales: [0.02],
    tensors: {
      [`${LAYER}.weight_scale`]: scaleOf(0.02),
      [`${LAYER}.input_scale`]: scaleOf(3),
      [`${LAYER}.comfy_quant`]: json('float8_e4m3fn'),
    },
  },
  'the new form, a scale per row': {
    scales: perRow,
    tensors: {
      [`${LAYER}.weight_scale`]: { shape: [ROWS, 1], data: Float32Array.from(perRow) },
      [`${LAYER}.comfy_quant`]: json('float8_e4m3fn'),
    },
  },
  'a list of scales, one for every row': {
    scales: perRow,
    tensors: { [`${LAYER}.scale_weight`]: scaleOf(...perRow) },
  },
  'described in the metadata': {
    scales: [0.5],
    tensors: { [`${LAYER}.weight_scale`]: scaleOf(0.5) },
    metadata: {
      _quantization_metadata: JSON.stringify({
        format_version: '1.0',
        layers: { [LAYER]: { format: 'float8_e4m3fn' } },
      }),
    },
  },
  'described in the metadata, without the prefix': {
    scales: [0.5],
    tensors: { [`${LAYER}.weight_scale`]: scaleOf(0.5) },
    metadata: {
      _quantization_metadata: JSON.stringify({
        layers: { 'input_blocks.1.1.proj_in': { format: 'float8_e4m3fn' } },
      }),
    },
  },
};

describe.each(Object.entries(FORMS))('%s', (_, { scales, tensors, metadata }) => {
  const scaled = (seed: number): Record<string, RawTensor> => ({
    ...sd1Tensors(seed),
    [`${LAYER}.weight`]: coded(seed),
    ...tensors,
  });

  it.each(['wasm', 'js'] as const)('in model B is code times scale: %s', async (kernel) => {
    const a = plain(9);
    write('a', { ...sd1Tensors(1), [`${LAYER}.weight`]: a });
    write('b', scaled(2), metadata);
    const { plan } = await mergeCheckpoints(settings(), { workers: 0, kernel });
    expect(floatsOf(openCheckpoint(file('o')), `${LAYER}.weight`)).toEqual(
      sum([...a.data], valuesOf(2, scales), 0.3),
    );
    expect(plan.onlyInB).toEqual([]);
    expect(plan.mismatched).toEqual([]);
  });

  it('in both, and in none of the output', async () => {
    write('a', scaled(1), metadata);
    write('b', scaled(2), metadata);
    await mergeCheckpoints(settings({ dtype: 'fp32' }), { workers: 0 });
    const o = openCheckpoint(file('o'));
    expect(floatsOf(o, `${LAYER}.weight`)).toEqual(sum(valuesOf(1, scales), valuesOf(2, scales), 0.3));
    expect(o.tensors.filter(({ name }) => /scale|quant/.test(name))).toEqual([]);
    expect([...o.metadata.keys()].filter((key) => key.includes('quant'))).toEqual([]);
  });

  it('in model A becomes plain float16, merged or not, unless a type is asked for', async () => {
    write('a', scaled(1), metadata);
    write('b', { ...sd1Tensors(2), [`${LAYER}.weight`]: plain(9) });
    await mergeCheckpoints(settings({ weights: { IN03: 0.5 } }), { workers: 0 });
    const o = openCheckpoint(file('o'));
    expect(o.byName.get(`${LAYER}.weight`)?.dtype.name).toBe('F16');
    await mergeCheckpoints(settings({ weights: { IN03: 0.5 }, dtype: 'fp32', output: file('p') }), {
      workers: 0,
    });
    expect(floatsOf(openCheckpoint(file('p')), `${LAYER}.weight`)).toEqual(valuesOf(1, scales));
  });

  it('is named, and bakes', async () => {
    write('m', scaled(1), metadata);
    expect((await inspectCheckpoint(file('m'))).quantisation).toBe('scaled fp8 (e4m3)');
    write('l', {
      'lora_unet_input_blocks_1_1_proj_in.diff': {
        shape: [ROWS, COLUMNS],
        data: new Float32Array(ROWS * COLUMNS).fill(0.25),
      },
    });
    const loras = [{ file: file('l'), strength: 2, weights: undefined }];
    await bakeLoras(
      { model: file('m'), loras, output: file('o'), dtype: 'fp32', hashes: false },
      { workers: 0 },
    );
    const o = openCheckpoint(file('o'));
    expect(floatsOf(o, `${LAYER}.weight`)).toEqual(valuesOf(1, scales).map((x) => Math.fround(x + 0.5)));
    expect(o.tensors.filter(({ name }) => /scale|quant/.test(name))).toEqual([]);
    expect(o.metadata.has('_quantization_metadata')).toBe(false);
  });
});

describe('scaled fp8', () => {
  it('e5m2, in text encoder and VAE, which are copied; plain fp8 beside it stays as it is', async () => {
    write('a', {
      ...sd1Tensors(1),
      [`${TEXT}.weight`]: coded(3, 'F8_E5M2'),
      [`${TEXT}.scale_weight`]: scaleOf(0.001),
      'cond_stage_model.scaled_fp8': { dtype: 'F8_E5M2', data: new Uint8Array(0) },
      [`${VAE}.weight`]: coded(4),
      [`${VAE}.weight_scale`]: scaleOf(0.5),
      [`${LAYER}.weight`]: coded(5),
    });
    write('b', sd1Tensors(2));
    await mergeCheckpoints(settings({ dtype: 'fp32' }), { workers: 0 });
    const o = openCheckpoint(file('o'));
    expect(floatsOf(o, `${TEXT}.weight`)).toEqual(valuesOf(3, [0.001], 'F8_E5M2'));
    expect(floatsOf(o, `${VAE}.weight`)).toEqual(valuesOf(4, [0.5]));
    await mergeCheckpoints(settings({ output: file('p') }), { workers: 0 });
    const p = openCheckpoint(file('p'));
    const types = [TEXT, VAE, LAYER].map((layer) => p.byName.get(`${layer}.weight`)?.dtype.name);
    expect(types).toEqual(['F16', 'F16', 'F8_E4M3']);
    expect(tensorBytes(p, `${LAYER}.weight`)).toEqual(Buffer.from(codes(5)));
    expect((await inspectCheckpoint(file('a'))).quantisation).toBe('scaled fp8 (e4m3, e5m2)');
  });

  it('in a VAE file, in model C, and in the fused weights of OpenCLIP', async () => {
    const fused = 'conditioner.embedders.1.model.transformer.resblocks.0.attn.in_proj_weight';
    write('c', { ...sd1Tensors(3), [`${LAYER}.weight`]: coded(3), [`${LAYER}.scale_weight`]: scaleOf(0.5) });
    const [a, b] = [plain(1), plain(2)];
    write('a', { ...sd1Tensors(1), [`${LAYER}.weight`]: a, [`${VAE}.weight`]: plain(5) });
    write('b', { ...sd1Tensors(2), [`${LAYER}.weight`]: b });
    write('vae', {
      'decoder.conv_in.weight': { data: new Float32Array(5).fill(1) },
      'decoder.mid.attn_1.q.weight': coded(4),
      'decoder.mid.attn_1.q.weight_scale': scaleOf(0.5),
    });
    await mergeCheckpoints(
      settings({ modelC: file('c'), method: 'add-difference', vae: file('vae'), dtype: 'fp32' }),
      { workers: 0 },
    );
    const o = openCheckpoint(file('o'));
    const c = valuesOf(3, [0.5]);
    const w = Math.fround(0.3);
    expect(floatsOf(o, `${LAYER}.weight`)).toEqual(
      [...a.data].map((x, i) =>
        Math.fround(x + Math.fround(w * Math.fround((b.data[i] ?? NaN) - (c[i] ?? NaN)))),
      ),
    );
    expect(floatsOf(o, `${VAE}.weight`)).toEqual(valuesOf(4, [0.5]));
    write('m', { [fused]: coded(1), [`${fused}_scale`]: scaleOf(0.5) });
    expect(openModel(file('m')).tensors.map(({ name, scale }) => [name, scale?.[0]])).toEqual([[fused, 0.5]]);
  });

  it('turns instead of fading over the true values, and in threads or anew by blocks it is the same', async () => {
    const make = (seed: number): Record<string, RawTensor> => ({
      ...sd1Tensors(seed),
      [`${LAYER}.weight`]: coded(seed),
      [`${LAYER}.scale_weight`]: scaleOf(0.01 * seed),
    });
    write('a', make(1));
    write('b', make(2));
    await mergeCheckpoints(settings({ method: 'slerp', dtype: 'fp32' }), { workers: 0 });
    const [x, y] = [valuesOf(1, [0.01]), valuesOf(2, [0.02])];
    const dot = (one: readonly number[], other: readonly number[]): number =>
      one.reduce((total, value, i) => total + value * (other[i] ?? NaN), 0);
    const angle = Math.acos(dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y)));
    const turned = x.map(
      (value, i) => (Math.sin(0.7 * angle) * value + Math.sin(0.3 * angle) * (y[i] ?? NaN)) / Math.sin(angle),
    );
    const found = floatsOf(openCheckpoint(file('o')), `${LAYER}.weight`);
    expect(Math.max(...found.map((value, i) => Math.abs(value - (turned[i] ?? NaN))))).toBeLessThan(1e-6);

    const shared = { alignment: 16_384, name: 'same' };
    await mergeCheckpoints(settings({ ...shared, output: file('first') }), { workers: 0 });
    const other = settings({
      ...shared,
      weights: { ...uniformWeights(0.3, 'sd1'), IN01: 0.75 },
      output: file('again'),
    });
    expect((await remergeBlocks(file('first'), other, { workers: 0 }))?.changed).toEqual(['IN01']);
    await mergeCheckpoints({ ...other, output: file('whole') }, { workers: 0 });
    const [again, whole] = [openCheckpoint(file('again')), openCheckpoint(file('whole'))];
    for (const { name } of whole.tensors) expect(tensorBytes(again, name)).toEqual(tensorBytes(whole, name));
  });

  it('becomes bfloat16 where the rest of the file is, or where float16 might not hold the values', async () => {
    const brain = (data: Uint16Array): RawTensor => ({ dtype: 'BF16', shape: [data.length], data });
    write('a', {
      ...sd1Tensors(1),
      [`${LAYER}.weight`]: coded(1),
      [`${LAYER}.scale_weight`]: scaleOf(0.5),
      [`${TEXT}.bias`]: brain(new Uint16Array(3)),
    });
    write('b', sd1Tensors(2));
    const typeOf = async (): Promise<string | undefined> => {
      await mergeCheckpoints(settings({ force: true }), { workers: 0 });
      return openCheckpoint(file('o')).byName.get(`${LAYER}.weight`)?.dtype.name;
    };
    expect(await typeOf()).toBe('BF16');
    write('a', { ...sd1Tensors(1), [`${LAYER}.weight`]: coded(1), [`${LAYER}.scale_weight`]: scaleOf(200) });
    expect(await typeOf()).toBe('BF16');
    write('a', { ...sd1Tensors(1), [`${LAYER}.weight`]: coded(1), [`${LAYER}.scale_weight`]: scaleOf(0.5) });
    expect(await typeOf()).toBe('F16');
  });

  it('that is no number is found where it is only looked at or copied', async () => {
    const spoilt = codes(1);
    // Of e4m3 the only code that is no number, with either sign.
    spoilt.set([0x7f, 0xff], 5000);
    write('a', {
      ...sd1Tensors(1),
      [`${LAYER}.weight`]: { dtype: 'F8_E4M3', shape: [ROWS, COLUMNS], data: spoilt },
      [`${LAYER}.scale_weight`]: scaleOf(0.5),
    });
    const { numbers } = await inspectCheckpoint(file('a'));
    expect(numbers?.notFinite).toMatchObject([{ tensor: `${LAYER}.weight`, nan: 2, infinite: 0 }]);
    write('b', sd1Tensors(2));
    await expect(mergeCheckpoints(settings({ weights: { OUT: 1 } }), { workers: 0 })).rejects.toThrow(
      /2 NaN in "[^"]*proj_in\.weight"/,
    );
  });

  it('multiplies weights of any type where the old form says so', async () => {
    const weight = { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) };
    write('a', { ...sd1Tensors(1), [`${LAYER}.weight`]: weight, [`${LAYER}.scale_weight`]: scaleOf(0.5) });
    write('b', sd1Tensors(2));
    await mergeCheckpoints(settings({ dtype: 'fp32' }), { workers: 0 });
    expect(floatsOf(openCheckpoint(file('o')), `${LAYER}.weight`)).toEqual([0.5, 1, 1.5, 2]);
  });

  it('in a LoRA', async () => {
    write('m', { ...sd1Tensors(1), [`${LAYER}.weight`]: { shape: [2, 3], data: new Float32Array(6) } });
    const [up, down] = [codes(1, 2), codes(2, 3)];
    write('l', {
      'lora_unet_input_blocks_1_1_proj_in.lora_up.weight': { dtype: 'F8_E4M3', shape: [2, 1], data: up },
      'lora_unet_input_blocks_1_1_proj_in.lora_up.scale_weight': scaleOf(0.5),
      'lora_unet_input_blocks_1_1_proj_in.lora_down.weight': { dtype: 'F8_E4M3', shape: [1, 3], data: down },
      'lora_unet_input_blocks_1_1_proj_in.lora_down.weight_scale': scaleOf(0.25),
    });
    const loras = [{ file: file('l'), strength: 1, weights: undefined }];
    await bakeLoras({ model: file('m'), loras, output: file('o'), hashes: false }, { workers: 0 });
    const wanted = [...up].flatMap((u) =>
      [...down].map((d) =>
        Math.fround(valueOf(u, FORMATS.F8_E4M3) * 0.5 * valueOf(d, FORMATS.F8_E4M3) * 0.25),
      ),
    );
    expect(floatsOf(openCheckpoint(file('o')), `${LAYER}.weight`)).toEqual(wanted);
  });
});

const bytes = (count: number): Uint8Array => new Uint8Array(count).fill(3);
const U8 = (...shape: number[]): RawTensor => ({
  dtype: 'U8',
  shape,
  data: bytes(shape.reduce((x, y) => x * y, 1)),
});
const F32 = (...shape: number[]): RawTensor => ({
  shape,
  data: new Float32Array(shape.reduce((x, y) => x * y, 1)).fill(1),
});
const I32 = (...shape: number[]): RawTensor => ({
  dtype: 'I32',
  shape,
  data: new Int32Array(shape.reduce((x, y) => x * y, 1)),
});
const I8 = (...shape: number[]): RawTensor => ({ ...U8(...shape), dtype: 'I8' });
const F8 = (...shape: number[]): RawTensor => ({ ...U8(...shape), dtype: 'F8_E4M3' });

/** A layer as each tool stores it; nothing of it may pass for a number. */
const FOREIGN: readonly (readonly [
  what: string,
  name: RegExp,
  layer: Record<string, RawTensor>,
  metadata?: Record<string, string>,
])[] = [
  [
    'nf4',
    /bitsandbytes nf4/,
    {
      '.weight': U8(8, 1),
      '.weight.absmax': F32(1),
      '.weight.quant_map': F32(16),
      '.weight.quant_state.bitsandbytes__nf4': U8(9),
    },
  ],
  ['fp4', /bitsandbytes fp4/, { '.weight': U8(8, 1), '.weight.quant_state.bitsandbytes__fp4': U8(9) }],
  [
    'nf4, doubly quantised',
    /bitsandbytes nf4 or fp4/,
    { '.weight': U8(8, 1), '.weight.nested_absmax': F32(1) },
  ],
  ['LLM.int8', /bitsandbytes int8/, { '.weight': I8(4, 4), '.SCB': F32(4) }],
  ['nvfp4', /nvfp4/, { '.weight': U8(4, 2), '.weight_scale': F8(4, 1), '.weight_scale_2': F32() }],
  [
    'nvfp4, described',
    /nvfp4/,
    { '.weight': U8(4, 2), '.weight_scale': F8(4, 1), '.comfy_quant': json('nvfp4') },
  ],
  ['mxfp8', /mxfp8/, { '.weight': F8(4, 4), '.weight_scale': { ...U8(4, 1), dtype: 'F8_E8M0' } }],
  [
    'int8 of ComfyUI',
    /int8_tensorwise/,
    { '.weight': I8(4, 4), '.weight_scale': F32(), '.comfy_quant': json('int8_tensorwise') },
  ],
  [
    'int8 in the metadata',
    /int8_blockwise/,
    { '.weight': I8(4, 4), '.weight_scale': F32() },
    { _quantization_metadata: JSON.stringify({ layers: { x: { format: 'int8_blockwise' } } }) },
  ],
  ['int8 without a description', /int8/, { '.weight': I8(4, 4), '.weight_scale': F32() }],
  [
    'GPTQ',
    /GPTQ or AWQ/,
    { '.qweight': I32(4, 4), '.qzeros': I32(1, 1), '.scales': F32(1, 4), '.g_idx': I32(4) },
  ],
  ['SVDQuant', /SVDQuant/, { '.qweight': I8(4, 4), '.wscales': F32(1, 4) }],
  [
    'compressed-tensors',
    /compressed-tensors/,
    { '.weight_packed': I32(4, 1), '.weight_scale': F32(4, 1), '.weight_shape': I32(2) },
  ],
  [
    'quanto',
    /quanto/,
    { '.weight._data': I8(4, 4), '.weight._scale': F32(4, 1), '.input_scale': F32(), '.output_scale': F32() },
  ],
  ['torchao', /torchao/, { '._weight_qdata': F8(4, 4), '._weight_scale': F32(4, 1) }],
  ['HQQ', /HQQ/, { '.W_q': U8(4, 2), '.scale': F32(4), '.zero': F32(4) }],
  ['AQLM', /codebooks/, { '.codes': I8(4, 4), '.codebooks': F32(4, 4), '.scales': F32(4) }],
  ['tiles', /a scale per tile/, { '.weight': F8(4, 4), '.weight_scale_inv': F32(2, 2) }],
  ['tiles under another name', /a scale per tile/, { '.weight': F8(4, 4), '.weight_scale': F32(2, 2) }],
  ['rows, as fp8', /a scale per tile/, { '.weight': F8(4, 4), '.weight_scale': F8(4, 1) }],
  ['rows, as whole numbers', /a scale per tile/, { '.weight': F8(4, 4), '.weight_scale': I32(4) }],
  ['packed codes with a scale', /packed codes \(U8\)/, { '.weight': U8(4, 2), '.weight_scale': F32() }],
  ['codes of a wider type', /I32 codes/, { '.weight': I32(4, 2), '.weight_scale': F32() }],
  ['numbers', /a scale per tile/, { '.weight': F8(4, 4), '.weight_scale': F32(4, 4) }],
  ['columns', /a scale per tile/, { '.weight': F8(4, 3), '.scale_weight': F32(1, 3) }],
  ['a bare scale beside fp8', /F8_E4M3 codes with a companion/, { '.weight': F8(4, 4), '.scale': F32() }],
  [
    'a companion that nobody knows',
    /F8_E4M3 codes with a companion/,
    { '.weight': F8(4, 4), '.frobnicator': F32(4) },
  ],
  [
    'SDNQ',
    /U8 codes with a companion/,
    { '.weight': U8(4, 2), '.scale': F32(4, 1), '.zero_point': F32(4, 1) },
  ],
  ['whole numbers alone', /integers \(I8\)/, { '.weight': I8(4, 4) }],
  [
    'plain floats with zero points',
    /weights with a companion tensor/,
    { '.weight': F32(4, 4), '.zero_point': F32(4) },
  ],
  ['plain floats with a scale', /F32 with a scale/, { '.weight': F32(4, 4), '.weight_scale': F32() }],
  ['a scale without its weights', /codes whose weights are missing/, { '.scale_weight': F32() }],
  [
    'a description without a scale',
    /float8_e4m3fn without the numbers it needs/,
    { '.weight': F8(4, 4), '.comfy_quant': json('float8_e4m3fn') },
  ],
  [
    'a description of another type',
    /float8_e5m2 without the numbers it needs/,
    { '.weight': F8(4, 4), '.weight_scale': F32(), '.comfy_quant': json('float8_e5m2') },
  ],
  [
    'a description that is no JSON',
    /a quantisation with an unreadable description/,
    { '.weight': F8(4, 4), '.weight_scale': F32(), '.comfy_quant': { dtype: 'U8', data: Buffer.from('{{') } },
  ],
];

describe('other quantisations are refused by name, in every role', () => {
  it.each(FOREIGN.map(([what, name, layer, metadata = {}]) => ({ what, name, layer, metadata })))(
    '$what',
    async ({ name, layer, metadata }) => {
      const tensors = Object.fromEntries(Object.entries(layer).map(([end, tensor]) => [LAYER + end, tensor]));
      write('a', { ...sd1Tensors(1), ...tensors }, metadata);
      write('b', sd1Tensors(2));
      const refused = { code: 'checkpoint-quantised', kind: 'usage', message: expect.stringMatching(name) };
      await expect(mergeCheckpoints(settings())).rejects.toMatchObject(refused);
      await expect(
        mergeCheckpoints(settings({ modelA: file('b'), modelB: file('a') })),
      ).rejects.toMatchObject({
        ...refused,
        message: expect.stringMatching(
          /a\.safetensors is stored as .* Use the bf16 or fp16 file of the model\.$/,
        ),
      });
      await expect(
        bakeLoras({
          model: file('a'),
          loras: [{ file: file('b'), strength: 1, weights: undefined }],
          output: file('o'),
        }),
      ).rejects.toMatchObject(refused);
      const found = await inspectCheckpoint(file('a'));
      expect(found.quantisation).toMatch(name);
      expect(found.advice).toMatch(/use the bf16 or fp16 file/);
      expect(readdirSync(folder).toSorted()).toEqual(['a.safetensors', 'b.safetensors']);
    },
  );

  it('packed types of the format itself', async () => {
    write('a', { ...sd1Tensors(1), [`${LAYER}.weight`]: { dtype: 'F4', shape: [4], data: bytes(2) } });
    write('b', sd1Tensors(2));
    await expect(mergeCheckpoints(settings())).rejects.toThrow(/packed codes\. Use the bf16 or fp16 file/);
  });

  it('a LoRA too', async () => {
    write('m', { ...sd1Tensors(1), [`${LAYER}.weight`]: F32(4, 4) });
    const at = 'lora_unet_input_blocks_1_1_proj_in';
    write('l', {
      [`${at}.lora_up.weight`]: I8(4, 2),
      [`${at}.lora_up.SCB`]: F32(4),
      [`${at}.lora_down.weight`]: I8(2, 4),
    });
    const loras = [{ file: file('l'), strength: 1, weights: undefined }];
    await expect(bakeLoras({ model: file('m'), loras, output: file('o') })).rejects.toMatchObject({
      code: 'checkpoint-quantised',
      message: expect.stringMatching(/bitsandbytes int8/),
    });
  });
});

describe('what only looks like a companion', () => {
  it('is merged as it always was', async () => {
    const extra: Record<string, RawTensor> = {
      'cond_stage_model.model.logit_scale': F32(),
      [`${UNET}input_blocks.1.0.in_layers.0.weight`]: F32(4),
      [`${UNET}input_blocks.1.0.in_layers.0.bias`]: F32(4),
      [`${LAYER}.weight`]: F8(4, 4),
      [`${LAYER}.bias`]: F8(4),
      'first_stage_model.quant_conv.weight': F32(4, 4),
      'model_ema.scale_weight_decay': F32(),
      'model_ema.scale_input_norm': F32(),
      model_scale: F32(),
      scale_factor: F32(),
    };
    write('a', { ...sd1Tensors(1), ...extra });
    write('b', { ...sd1Tensors(2), ...extra });
    await mergeCheckpoints(settings());
    expect(openCheckpoint(file('o')).tensors).toHaveLength(
      Object.keys({ ...sd1Tensors(1), ...extra }).length,
    );
    expect((await inspectCheckpoint(file('a'))).quantisation).toBeUndefined();
  });

  it('a description that a conversion to plain numbers left behind', async () => {
    const layers = { [LAYER]: { format: 'float8_e4m3fn' } };
    write(
      'a',
      { ...sd1Tensors(1), [`${LAYER}.weight`]: F32(4, 4) },
      { _quantization_metadata: JSON.stringify({ layers }) },
    );
    write('b', sd1Tensors(2));
    await mergeCheckpoints(settings());
    expect(floatsOf(openCheckpoint(file('o')), `${LAYER}.weight`)).toEqual(
      Array.from({ length: 16 }, () => 1),
    );
  });
});
