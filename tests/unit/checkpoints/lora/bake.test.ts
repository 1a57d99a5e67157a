import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bakeLoras, prepareBake, type BakeSettings } from '../../../../src/checkpoints/bake.ts';
import { inspectCheckpoint } from '../../../../src/checkpoints/inspect.ts';
import { PIECE_ELEMENTS } from '../../../../src/checkpoints/kernel/job.ts';
import { decodeTable } from '../../../../src/shared/safetensors/small-floats.ts';
import { blockOf } from '../../../../src/checkpoints/architecture.ts';
import { openCheckpoint } from '../../../../src/checkpoints/checkpoint-file.ts';
import {
  floatsOf,
  makeRandom,
  rawCheckpoint,
  sd1Tensors,
  tensorBytes,
  UNET,
  writeTo,
  type RawTensor,
} from '../make-checkpoint.ts';
import { useModelFolder } from '../model-folder.ts';

const { folder, file, write } = useModelFolder();
const here = { workers: 0 } as const;
const lora = (
  name: string,
  strength = 1,
  weights?: readonly number[],
): { file: string; strength: number; weights: readonly number[] | undefined } => ({
  file: file(name),
  strength,
  weights,
});
const settings = (...loras: BakeSettings['loras']): BakeSettings => ({
  model: file('m'),
  loras,
  output: file('o'),
  hashes: false,
});
const values = (count: number, seed: number): Float32Array => {
  const random = makeRandom(seed);
  return Float32Array.from({ length: count }, () => random() - 0.5);
};
const matrix = (rows: number, columns: number, seed = 1): RawTensor => ({
  shape: [rows, columns],
  data: values(rows * columns, seed),
});

const IN03 = `${UNET}input_blocks.3.0.weight`;
const BIG = `${UNET}input_blocks.1.1.proj_in.weight`;
/** SD1 with a tensor for every block; without the blocks that SDXL lacks and with its label layer. */
const XL: Record<string, RawTensor> = {
  ...Object.fromEntries(
    Object.entries(sd1Tensors(1)).filter(([name]) => !/(put_blocks\.(9|10|11)\.|cond_stage)/.test(name)),
  ),
  [`${UNET}label_emb.0.0.weight`]: { data: new Float32Array(5) },
  'conditioner.embedders.0.transformer.text_model.final_layer_norm.weight': { data: new Float32Array(5) },
  'conditioner.embedders.1.model.ln_final.weight': { data: new Float32Array(5) },
};
/** A full difference of ones for every layer. */
function onesFor(model: Readonly<Record<string, RawTensor>>): Record<string, RawTensor> {
  const ones = { data: new Float32Array(5).fill(1) };
  return Object.fromEntries(
    Object.keys(model).flatMap((name) => {
      const layer = name.replace('.weight', '');
      if (name.startsWith(UNET))
        return [[`lora_unet_${layer.slice(UNET.length).replaceAll('.', '_')}.diff`, ones]];
      if (name.startsWith('conditioner.embedders.1'))
        return [['lora_te2_text_model_final_layer_norm.diff', ones]];
      const encoder = name.startsWith('conditioner') ? 'lora_te1' : 'lora_te';
      return name.includes('text_model') ? [[`${encoder}_text_model_final_layer_norm.diff`, ones]] : [];
    }),
  );
}

describe('block weights', () => {
  const SD1 = 'BASE IN01 IN02 IN04 IN05 IN07 IN08 M00 OUT03 OUT04 OUT05 OUT06 OUT07 OUT08 OUT09 OUT10 OUT11';
  const ALL =
    'BASE IN00 IN01 IN02 IN03 IN04 IN05 IN06 IN07 IN08 IN09 IN10 IN11 M00 OUT00 OUT01 OUT02 OUT03 OUT04 OUT05 OUT06 OUT07 OUT08 OUT09 OUT10 OUT11';
  it.each([
    ['sd1', SD1],
    ['sd1', ALL],
    ['sdxl', 'BASE IN04 IN05 IN07 IN08 M00 OUT00 OUT01 OUT02 OUT03 OUT04 OUT05'],
    ['sdxl', ALL.replaceAll(/ (IN|OUT)(09|10|11)/g, '')],
    ['sdxl', ALL],
  ] as const)('%s: each block has its own, others 0: %s', async (architecture, list) => {
    const model = Object.fromEntries(
      Object.entries(architecture === 'sd1' ? sd1Tensors(1) : XL).map(([name]) => [
        name,
        { data: new Float32Array(5) },
      ]),
    );
    write('m', model);
    write('l', onesFor(model));
    const names: readonly string[] = list.split(' ');
    await bakeLoras(
      settings(
        lora(
          'l',
          0.5,
          names.map((_, i) => i + 1),
        ),
      ),
      here,
    );
    const baked = openCheckpoint(file('o'));
    const wrong = Object.keys(model).filter((name) => {
      const block = name.startsWith('cond') ? 'BASE' : blockOf(name, architecture);
      const wanted = 0.5 * (block === undefined ? 0 : names.indexOf(block) + 1);
      return floatsOf(baked, name).some((value) => value !== wanted);
    });
    expect(wrong).toEqual([]);
  });

  it('by name or pattern, the most exact one first', async () => {
    write('m', sd1Tensors(1));
    write('l', onesFor(sd1Tensors(1)));
    const byName = (...parts: (readonly [string, number])[]): ReturnType<typeof prepareBake> =>
      prepareBake(settings({ ...lora('l', 0.5), parts }));
    const [applied] = byName(['OUT*', 0.25], ['*', 0], ['OUT03', 1], ['BASE', 2]).plan.loras;
    expect(applied?.weights).toMatchObject({ BASE: 2, IN00: 0, M00: 0, OUT02: 0.25, OUT03: 1, OUT04: 0.25 });
    expect(Object.keys(applied?.weights ?? {})).toHaveLength(28);
    // No list has a place for these, and OUT* does not mean OUT.
    expect(applied?.weights).toMatchObject({ OUT: 0, TIME_EMBED: 0 });
    const [rest] = byName(['BASE', 0]).plan.loras;
    expect(rest?.weights).toMatchObject({ BASE: 0, OUT: 1, TIME_EMBED: 1, IN00: 1 });
    expect(() => byName(['IN12', 1])).toThrow(
      /^The LoRA .*l\.safetensors: "IN12" does not match any block of a LoRA for Stable Diffusion 1\.x; its/,
    );
  });

  it('without a list everything has 1, whatever its block', async () => {
    write('m', XL);
    write('l', onesFor(XL));
    const { plan } = await bakeLoras(settings(lora('l')), here);
    const [before, baked] = [openCheckpoint(file('m')), openCheckpoint(file('o'))];
    const still = before.tensors.filter(({ name }) =>
      tensorBytes(before, name).equals(tensorBytes(baked, name)),
    );
    expect(still.map(({ name }) => name)).toEqual(['first_stage_model.decoder.conv_in.weight']);
    expect(plan.loras[0]?.blocks).toMatchObject({
      BASE: 2,
      IN00: 1,
      M00: 1,
      OUT: 1,
      TIME_EMBED: 1,
      other: 1,
    });
  });
});

describe('what a bake writes', () => {
  it('the same bytes in whatever order the LoRAs are named', async () => {
    write('m', { ...sd1Tensors(1), [BIG]: matrix(40, 30) });
    for (const [i, name] of ['x', 'y', 'z'].entries()) {
      write(name, {
        'lora_unet_input_blocks_1_1_proj_in.lora_up.weight': matrix(40, 3, 10 + i),
        'lora_unet_input_blocks_1_1_proj_in.lora_down.weight': matrix(3, 30, 20 + i),
      });
    }
    const digests: Buffer[] = [];
    for (const order of [
      [lora('x', 0.3), lora('y', -0.7), lora('z'), lora('x', 0.1)],
      [lora('z'), lora('x', 0.1), lora('y', -0.7), lora('x', 0.3)],
    ]) {
      await bakeLoras({ ...settings(...order), force: true }, here);
      digests.push(tensorBytes(openCheckpoint(file('o')), BIG));
    }
    expect(digests[0]?.equals(digests[1] ?? Buffer.alloc(0))).toBe(true);
  });

  it('a tensor of several pieces, whose rows lie across their borders', async () => {
    const [rows, columns, rank] = [701, 1003, 5];
    expect(rows * columns).toBeGreaterThan(2 * PIECE_ELEMENTS);
    const [base, up, down] = [matrix(rows, columns, 1), matrix(rows, rank, 2), matrix(rank, columns, 3)];
    write('m', { ...sd1Tensors(1), [BIG]: base }, {}, 1);
    write('l', {
      'lora_unet_down_blocks_0_attentions_0_proj_in.lora_up.weight': up,
      'lora_unet_down_blocks_0_attentions_0_proj_in.lora_down.weight': down,
      'lora_unet_down_blocks_0_attentions_0_proj_in.alpha': {
        dtype: 'I64',
        shape: [],
        data: BigInt64Array.of(2n),
      },
    });
    await bakeLoras(settings(lora('l', 1.5)), here);
    const found = floatsOf(openCheckpoint(file('o')), BIG);
    const at = (tensor: RawTensor, i: number): number =>
      tensor.data instanceof Float32Array ? (tensor.data[i] ?? NaN) : NaN;
    const worst = found.reduce((most, x, i) => {
      const [row, column] = [Math.floor(i / columns), i % columns];
      let delta = 0;
      for (let r = 0; r < rank; r++) delta += at(up, row * rank + r) * at(down, r * columns + column);
      return Math.max(most, Math.abs(x - (at(base, i) + (1.5 * 2 * delta) / rank)));
    }, 0);
    expect(worst).toBeLessThan(1e-7);
  });

  it('every float type, and a bias', async () => {
    const table = decodeTable('F8_E4M3');
    const codes = Uint8Array.of(0x38, 0x40, 0xb8, 0x01, 0x30);
    write('m', {
      ...sd1Tensors(1),
      [IN03]: { dtype: 'F8_E4M3', shape: [5], data: codes },
      [`${UNET}input_blocks.3.0.bias`]: { dtype: 'F64', shape: [5], data: Float64Array.of(1, 2, 3, 4, 5) },
    });
    write('l', {
      'lora_unet_input_blocks_3_0.diff': { dtype: 'F8_E5M2', shape: [5], data: new Uint8Array(5).fill(0x3c) },
      'lora_unet_input_blocks_3_0.diff_b': {
        dtype: 'F64',
        shape: [5],
        data: Float64Array.of(0.5, 1, 1.5, 2, -5),
      },
    });
    await bakeLoras(settings(lora('l')), here);
    const baked = openCheckpoint(file('o'));
    const found = [...tensorBytes(baked, IN03)].map((code) => table[code]);
    expect(found).toEqual([2, 3, 0, 1, 1.5]);
    const bias = new Float64Array(Uint8Array.from(tensorBytes(baked, `${UNET}input_blocks.3.0.bias`)).buffer);
    expect([...bias]).toEqual([1.5, 3, 4.5, 6, 0]);
  });

  it.each([
    [{ 'unet.lora_alpha': 6, 'unet.r': 3 }, 2],
    [{ lora_alpha: 6 }, 2],
    [{ 'unet.lora_alpha': 6, 'unet.use_rslora': true, 'unet.alpha_pattern': {} }, 6 / Math.sqrt(3)],
    [{ 'text_encoder.lora_alpha': 6 }, 1],
    [{ 'unet.lora_alpha': 'much' }, 1],
  ])('the alpha that PEFT keeps in the metadata: %j', (config, scale) => {
    write('m', { ...sd1Tensors(1), [BIG]: matrix(4, 6) });
    const parts = {
      'unet.down_blocks.0.attentions.0.proj_in.lora_A.weight': matrix(3, 6),
      'unet.down_blocks.0.attentions.0.proj_in.lora_B.weight': matrix(4, 3),
    };
    write('l', parts, { lora_adapter_metadata: JSON.stringify(config) });
    expect(prepareBake(settings(lora('l'))).plan.loras[0]?.changes[0]?.addend.factor).toBe(scale);
    write('l', parts, { lora_adapter_metadata: JSON.stringify({ 'unet.alpha_pattern': { proj_in: 2 } }) });
    expect(() => prepareBake(settings(lora('l')))).toThrow(
      /stores its alphas in the metadata \(unet\.alpha_pattern\)/,
    );
  });

  it('strength 0 copies every byte', async () => {
    write('m', sd1Tensors(1));
    write('l', onesFor(sd1Tensors(1)));
    const { plan } = await bakeLoras(settings(lora('l', 0)), here);
    expect(plan).toMatchObject({ changed: 0, loras: [{ matched: 28, off: 28, blocks: {} }] });
    const [before, baked] = [openCheckpoint(file('m')), openCheckpoint(file('o'))];
    expect(readFileSync(file('o')).subarray(baked.dataStart)).toEqual(
      readFileSync(file('m')).subarray(before.dataStart),
    );
  });

  it("the model's metadata without what is no longer true, its own recipe, and both hashes", async () => {
    write('m', sd1Tensors(1), {
      format: 'pt',
      note: 'kept',
      sshs_model_hash: '1',
      'modelspec.hash_sha256': '0x1',
      'modelspec.architecture': 'stable-diffusion-v1/inpainting',
      'modelspec.author': 'A',
    });
    write('l', onesFor(sd1Tensors(1)));
    await bakeLoras(
      { ...settings(lora('l', -0.5, Array(17).fill(0.25)), lora('l', 2)), hashes: true, dtype: 'fp16' },
      here,
    );
    const [model, used] = [await inspectCheckpoint(file('m')), await inspectCheckpoint(file('l'))];
    const found = await inspectCheckpoint(file('o'));
    expect(found.bake).toMatchObject({
      version: 1,
      model: { file: 'm.safetensors', sha256: model.hashes.sha256 },
      loras: [
        {
          file: 'l.safetensors',
          sha256: used.hashes.sha256,
          strength: -0.5,
          weights: { BASE: 0.25, OUT11: 0.25 },
        },
        { file: 'l.safetensors', sha256: used.hashes.sha256, strength: 2, weights: null },
      ],
      dtype: 'fp16',
    });
    const { autombw_bake: _, ...metadata } = found.metadata;
    expect(metadata).toEqual({
      format: 'pt',
      note: 'kept',
      'modelspec.author': 'A',
      'modelspec.sai_model_spec': '1.0.0',
      'modelspec.architecture': 'stable-diffusion-v1/inpainting',
      'modelspec.implementation': 'https://github.com/Stability-AI/generative-models',
      'modelspec.title': 'o',
      'modelspec.description': 'LoRA baked in with autombw.',
      'modelspec.merged_from': 'm.safetensors,l.safetensors,l.safetensors',
    });
    expect(found.types).toMatchObject({ F16: { tensors: 29 } });
  });
});

describe('what is refused', () => {
  const IN = 'lora_unet_input_blocks_3_0';
  const one = { data: Float32Array.of(1) };
  const refuse = async (tensors: Readonly<Record<string, RawTensor>>): Promise<unknown> => {
    write('m', { ...sd1Tensors(1), [BIG]: matrix(4, 6) });
    write('l', tensors);
    const before = readdirSync(folder);
    const error: unknown = await bakeLoras(settings(lora('l')), here).catch((thrown: unknown) => thrown);
    expect(readdirSync(folder)).toEqual(before);
    return error;
  };

  it.each([
    ['a DoRA', { [`${IN}.lora_up.weight`]: one, [`${IN}.dora_scale`]: one }],
    ['a DoRA', { 'unet.conv_in.lora_magnitude_vector': one }],
    ['an OFT or BOFT', { [`${IN}.oft_blocks`]: one, [`${IN}.alpha`]: one }],
    ['an OFT or BOFT', { [`${IN}.oft_diag`]: one }],
    ['a GLoRA', { [`${IN}.a1.weight`]: one }],
    ['an IA3', { [`${IN}.weight`]: one, [`${IN}.on_input`]: one }],
    ['a LoRA with trained norm layers', { [`${IN}.w_norm`]: one, [`${IN}.b_norm`]: one }],
    ['a LoRA of an unknown kind', { [`${IN}.diff`]: one, 'something.else': one }],
  ])('%s', async (name, tensors) => {
    expect(await refuse(tensors)).toMatchObject({
      code: 'lora-unsupported',
      kind: 'usage',
      message: expect.stringMatching(
        new RegExp(`^\\S+l\\.safetensors is ${name} \\(key ".+"\\), which cannot be baked; `),
      ),
    });
  });

  it('files that are no LoRA', async () => {
    expect(await refuse(sd1Tensors(2))).toMatchObject({
      message: expect.stringMatching(
        /l\.safetensors is not a LoRA: it is a Stable Diffusion 1\.x checkpoint\. Give a LoRA/,
      ),
    });
    expect(await refuse({ 'encoder.conv_in.weight': one })).toMatchObject({
      code: 'lora-unsupported',
      message: expect.stringMatching(/is not a LoRA: its first key is "encoder\.conv_in\.weight"/),
    });
  });

  const PROJ = 'lora_unet_input_blocks_1_1_proj_in';
  it.each([
    ['a part missing', { [`${PROJ}.lora_up.weight`]: matrix(4, 2) }, 'lora_up [4, 2] F32.'],
    ['alpha alone', { [`${PROJ}.alpha`]: one }, 'alpha [1] F32.'],
    [
      'ranks that differ',
      { [`${PROJ}.lora_up.weight`]: matrix(4, 2), [`${PROJ}.lora_down.weight`]: matrix(3, 6) },
      'lora_up [4, 2] F32, lora_down [3, 6] F32.',
    ],
    [
      'rank 0',
      { [`${PROJ}.lora_up.weight`]: matrix(4, 0), [`${PROJ}.lora_down.weight`]: matrix(0, 6) },
      'lora_up [4, 0] F32, lora_down [0, 6] F32.',
    ],
    [
      'parts of two kinds',
      { [`${PROJ}.lora_up.weight`]: matrix(4, 2), [`${PROJ}.hada_w1_a`]: matrix(4, 2) },
      'lora_up [4, 2] F32, hada_w1_a [4, 2] F32.',
    ],
    [
      'a Tucker core of other ranks',
      {
        [`${PROJ}.lora_up.weight`]: matrix(4, 2),
        [`${PROJ}.lora_down.weight`]: matrix(2, 6),
        [`${PROJ}.lora_mid.weight`]: { shape: [2, 3, 1, 1], data: new Float32Array(6) },
      },
      'lora_up [4, 2] F32, lora_down [2, 6] F32, lora_mid [2, 3, 1, 1] F32.',
    ],
    [
      'sides of other sizes',
      {
        [`${PROJ}.hada_w1_a`]: matrix(4, 2),
        [`${PROJ}.hada_w1_b`]: matrix(2, 6),
        [`${PROJ}.hada_w2_a`]: matrix(4, 2),
        [`${PROJ}.hada_w2_b`]: matrix(2, 5),
      },
      'hada_w1_a [4, 2] F32, hada_w1_b [2, 6] F32, hada_w2_a [4, 2] F32, hada_w2_b [2, 5] F32.',
    ],
    [
      'a factor given whole and split',
      {
        [`${PROJ}.lokr_w1`]: matrix(2, 2),
        [`${PROJ}.lokr_w1_a`]: matrix(2, 1),
        [`${PROJ}.lokr_w2`]: matrix(2, 3),
      },
      'lokr_w1 [2, 2] F32, lokr_w1_a [2, 1] F32, lokr_w2 [2, 3] F32.',
    ],
    [
      'whole numbers',
      { [`${PROJ}.diff`]: { dtype: 'I32', shape: [4, 6], data: new Int32Array(24) } },
      'diff [4, 6] I32.',
    ],
  ] as const)('%s', async (_, tensors, listed) => {
    expect(await refuse(tensors)).toMatchObject({
      code: 'lora-invalid',
      message: expect.stringMatching(
        /^The parts of the module "lora_unet_input_blocks_1_1_proj_in" of .+ do not fit together: /,
      ),
    });
    expect(await refuse(tensors)).toMatchObject({ message: expect.stringContaining(listed) });
  });

  it('shapes that do not fit, with what the LoRA looks like', async () => {
    const tensors = {
      [`${PROJ}.lora_up.weight`]: matrix(4, 2),
      [`${PROJ}.lora_down.weight`]: matrix(2, 5),
      'lora_te2_text_model_encoder_layers_0_mlp_fc1.alpha': one,
      'lora_te2_text_model_encoder_layers_0_mlp_fc1.diff': one,
    };
    expect(await refuse(tensors)).toMatchObject({
      code: 'lora-mismatch',
      message: expect.stringMatching(
        /^The module "lora_unet_input_blocks_1_1_proj_in" of \S+ changes 4 × 5 numbers, but "model\.diffusion_model\.input_blocks\.1\.1\.proj_in\.weight" of the model has 4 × 6 \(shape \[4, 6\]\)\. The LoRA looks like one for Stable Diffusion XL; the model is Stable Diffusion 1\.x\.$/,
      ),
    });
  });

  it('a LoRA of which nothing is in the model; parts that are not are listed', async () => {
    const other = { 'lora_unet_double_blocks_0_img_attn_qkv.diff': one, 'lora_te2_x.diff': one };
    expect(await refuse({ 'lora_unet_double_blocks_0_img_attn_qkv.diff': one })).toMatchObject({
      code: 'lora-mismatch',
      message: expect.stringMatching(
        /^The only module in \S+ is not in the model: "lora_unet_double_blocks_0_img_attn_qkv"\. The LoRA is for a different model family, or damaged; the model is Stable Diffusion 1\.x\.$/,
      ),
    });
    write('l', { ...onesFor(sd1Tensors(1)), ...other, 'bundle_emb.x.string_to_param.*': one });
    expect(prepareBake(settings(lora('l'))).plan.loras[0]).toMatchObject({
      matched: 28,
      modules: 30,
      unmatched: ['lora_unet_double_blocks_0_img_attn_qkv', 'lora_te2_x'],
      skipped: ['bundle_emb.x.string_to_param.*'],
    });
  });

  it('a layer that is changed twice', async () => {
    const five = { data: new Float32Array(5) };
    const both = { [`${IN}.diff`]: five, 'lora_unet_down_blocks_0_downsamplers_0_conv.diff': five };
    write('m', { ...sd1Tensors(1), [`${UNET}input_blocks.3.0.op.weight`]: five });
    write('l', {
      'lora_unet_input_blocks_3_0_op.diff': five,
      'lora_unet_down_blocks_0_downsamplers_0_conv.diff': five,
    });
    expect(() => prepareBake(settings(lora('l')))).toThrow(
      /changes "model\.diffusion_model\.input_blocks\.3\.0\.op\.weight" twice, as "lora_unet_input_blocks_3_0_op" and as "lora_unet_down/,
    );
    write('l', { 'unet.conv_in.diff': one, 'lora_unet_conv_in.diff': one, ...both });
    expect(() => prepareBake(settings(lora('l')))).toThrow(
      /contains the same part of a module twice: "unet\.conv_in\.diff" and "lora_unet_conv_in\.diff"/,
    );
  });

  it.each([
    [
      'alpha',
      { [`${PROJ}.alpha`]: { data: Float32Array.of(NaN) }, [`${PROJ}.diff`]: matrix(4, 6) },
      'lora-invalid',
      /"lora_unet_input_blocks_1_1_proj_in\.alpha" of \S+ is not a single finite number/,
    ],
    [
      'alpha',
      { [`${PROJ}.alpha`]: { data: new Float32Array(2) }, [`${PROJ}.diff`]: matrix(4, 6) },
      'lora-invalid',
      /is not a single finite number/,
    ],
    [
      'a factor',
      { [`${PROJ}.diff`]: { shape: [4, 6], data: new Float32Array(24).fill(Infinity) } },
      'lora-not-finite',
      /^The LoRA tensor lora_unet_input_blocks_1_1_proj_in\.diff holds numbers that are not finite: .+ Nothing was kept\.$/,
    ],
  ])('%s that is no finite number', async (_, tensors, code, message) => {
    expect(await refuse(tensors)).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('hostile headers, other models, outputs that are inputs', () => {
    write('m', sd1Tensors(1));
    writeTo(
      folder,
      'l.safetensors',
      rawCheckpoint('{"lora_unet_x.diff":{"dtype":"F32","shape":[9],"data_offsets":[0,36]}}'),
    );
    expect(() => prepareBake(settings(lora('l')))).toThrow(/is damaged or not a safetensors file/);
    write('m', onesFor(sd1Tensors(1)));
    write('l', onesFor(sd1Tensors(1)));
    expect(() => prepareBake(settings(lora('l')))).toThrow(/m\.safetensors is a LoRA file/);
  });

  it('an output that is an input or exists', async () => {
    write('m', sd1Tensors(1));
    write('l', onesFor(sd1Tensors(1)));
    write('o', sd1Tensors(1));
    await expect(bakeLoras(settings(lora('l')), here)).rejects.toMatchObject({ code: 'output-exists' });
    for (const output of [file('m'), file('l')]) {
      await expect(bakeLoras({ ...settings(lora('l')), output, force: true }, here)).rejects.toMatchObject({
        code: 'output-is-input',
      });
    }
  });
});
