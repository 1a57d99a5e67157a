/** The same LoRA under the names of every program that saves one: the same bytes baked, or a bake that names what it would leave out. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bakeLoras, type BakeSettings } from '../../../../src/checkpoints/bake.ts';
import { openCheckpoint } from '../../../../src/checkpoints/checkpoint-file.ts';
import { floatsOf, makeRandom, sd1Tensors, UNET, type RawTensor } from '../make-checkpoint.ts';
import { useModelFolder } from '../model-folder.ts';

const { folder, file, write } = useModelFolder();
const bake = async (more: Partial<BakeSettings> = {}): Promise<unknown> =>
  bakeLoras(
    {
      model: file('m'),
      loras: [{ file: file('l'), strength: 1, weights: undefined }],
      output: file('o'),
      hashes: false,
      ...more,
    },
    { workers: 0 },
  );

const values = (seed: number, ...shape: number[]): RawTensor & { data: Float32Array } => {
  const random = makeRandom(seed);
  return {
    shape,
    data: Float32Array.from({ length: shape.reduce((x, y) => x * y, 1) }, () => random() - 0.5),
  };
};

const XL = 'conditioner.embedders';
const NAMES = {
  unet: `${UNET}input_blocks.4.1.transformer_blocks.0.attn1.to_q.weight`,
  first: `${XL}.0.transformer.text_model.encoder.layers.0.mlp.fc1.weight`,
  second: `${XL}.1.model.transformer.resblocks.3.mlp.c_fc.weight`,
  fused: `${XL}.1.model.transformer.resblocks.3.attn.in_proj_weight`,
  projection: `${XL}.1.model.text_projection`,
} as const;
const SDXL: Record<string, RawTensor> = {
  ...Object.fromEntries(
    Object.entries(sd1Tensors(1)).filter(([name]) => !/(put_blocks\.(9|10|11)\.|cond_stage)/.test(name)),
  ),
  [`${UNET}label_emb.0.0.weight`]: values(1, 5),
  [NAMES.unet]: values(2, 6, 4),
  [NAMES.first]: values(3, 6, 4),
  [NAMES.second]: values(4, 6, 4),
  [NAMES.fused]: values(5, 12, 4),
  // Multiplied from the right: widths in, widths out.
  [NAMES.projection]: values(6, 4, 6),
};
const SD1: Record<string, RawTensor> = {
  ...sd1Tensors(1),
  [NAMES.unet]: values(2, 6, 4),
  'cond_stage_model.transformer.text_model.encoder.layers.0.mlp.fc1.weight': values(3, 6, 4),
};

const [UP, DOWN] = [values(8, 6, 2), values(9, 2, 4)];
/** `up · down`, in float64. */
const product = (row: number, column: number): number =>
  [0, 1].reduce((sum, k) => sum + (UP.data[2 * row + k] ?? NaN) * (DOWN.data[4 * k + column] ?? NaN), 0);
const changed = (name: string, model: Record<string, RawTensor>, isTransposed = false): number[] => {
  const before = model[name];
  if (before === undefined || !(before.data instanceof Float32Array)) throw new Error(name);
  const columns = before.shape?.[1] ?? 0;
  return [...before.data].map((x, i) => {
    const [row, column] = [Math.floor(i / columns), i % columns];
    return Math.fround(x + (isTransposed ? product(column, row) : product(row, column)));
  });
};

const ENDS: readonly (readonly [up: string, down: string])[] = [
  ['.lora_up.weight', '.lora_down.weight'],
  ['.lora_B.weight', '.lora_A.weight'],
  ['.lora_B.default.weight', '.lora_A.default.weight'],
  ['.lora_B', '.lora_A'],
  ['.lora_B.default', '.lora_A.default'],
  ['.lora.up.weight', '.lora.down.weight'],
  ['.lora_linear_layer.up.weight', '.lora_linear_layer.down.weight'],
];

const Q = 'down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q';
const LDM_Q = 'input_blocks.4.1.transformer_blocks.0.attn1.to_q';
const FC1 = 'text_model.encoder.layers.0.mlp.fc1';
const FC1_2 = 'text_model.encoder.layers.3.mlp.fc1';
const under = (name: string): string => name.replaceAll('.', '_');

const MODULES: Readonly<Record<'unet' | 'first' | 'second' | 'projection', readonly string[]>> = {
  unet: [
    `lora_unet_${under(Q)}`,
    `lora_unet_${under(LDM_Q)}`,
    `lora_unet.${Q}`,
    `lycoris_${under(Q)}`,
    `lycoris_unet_${under(Q)}`,
    `unet.${Q}`,
    `unet.base_model.model.${Q}`,
    `unet._orig_mod.${Q}`,
    `unet_${under(Q)}`,
    `model.diffusion_model.${LDM_Q}`,
    `diffusion_model.${LDM_Q}`,
    `diffusion_model.${Q}`,
    `base_model.model.${Q}`,
    `base_model.model.unet.${Q}`,
    `module.${Q}`,
    Q,
    LDM_Q,
    under(Q),
  ],
  first: [
    `lora_te1_${under(FC1)}`,
    `lora_te1.${FC1}`,
    `te1.${FC1}`,
    `te1_${under(FC1)}`,
    `text_encoder.${FC1}`,
    `text_encoder_1.${FC1}`,
    `text_encoder.base_model.model.${FC1}`,
    `lora_text_encoder_${under(FC1)}`,
    `text_encoders.clip_l.transformer.${FC1}`,
    `text_encoders.clip_l.${FC1}`,
    `clip_l.transformer.${FC1}`,
    `clip_l.${FC1}`,
    `lora_clip_l_${under(FC1)}`,
    `text_encoder.encoder.layers.0.mlp.fc1`,
    `${XL}.0.transformer.${FC1}`,
    `base_model.model.${FC1}`,
    `lycoris_text_encoder_${under(FC1)}`,
  ],
  second: [
    `lora_te2_${under(FC1_2)}`,
    `te2.${FC1_2}`,
    `text_encoder_2.${FC1_2}`,
    `lora_text_encoder_2_${under(FC1_2)}`,
    `text_encoders.clip_g.transformer.${FC1_2}`,
    `clip_g.transformer.${FC1_2}`,
    `clip_g.${FC1_2}`,
    `text_encoder_2.encoder.layers.3.mlp.fc1`,
    `${XL}.1.model.transformer.resblocks.3.mlp.c_fc`,
    'lora_te2_transformer_resblocks_3_mlp_c_fc',
    'clip_g.transformer.resblocks.3.mlp.c_fc',
  ],
  projection: [
    'lora_te2_text_projection',
    'text_encoder_2.text_projection',
    'text_encoders.clip_g.transformer.text_projection',
    'text_encoders.clip_g.text_projection',
    'clip_g.text_projection',
    'te2.text_projection',
  ],
};

describe.each(Object.entries(MODULES))('%s', (part, names) => {
  it.each(names)('%s', async (module) => {
    const name = NAMES[part === 'first' || part === 'second' || part === 'projection' ? part : 'unet'];
    write('m', SDXL);
    for (const [up, down] of ENDS) {
      write('l', { [module + up]: UP, [module + down]: DOWN });
      await bake({ force: true });
      const found = floatsOf(openCheckpoint(file('o')), name);
      const wanted = changed(name, SDXL, part === 'projection');
      expect([up, found.map((x, i) => Math.abs(x - (wanted[i] ?? NaN)) < 1e-6)]).toEqual([
        up,
        wanted.map(() => true),
      ]);
    }
  });
});

describe('the only text encoder of SD1', () => {
  it.each([
    `lora_te_${under(FC1)}`,
    `lora_te1_${under(FC1)}`,
    `te.${FC1}`,
    `text_encoder.${FC1}`,
    `text_encoders.clip_l.transformer.${FC1}`,
  ])('%s', async (module) => {
    write('m', SD1);
    write('l', { [`${module}.lora_up.weight`]: UP, [`${module}.lora_down.weight`]: DOWN });
    await bake();
    const name = `cond_stage_model.transformer.${FC1}.weight`;
    const wanted = changed(name, SD1);
    const found = floatsOf(openCheckpoint(file('o')), name);
    expect(found.every((x, i) => Math.abs(x - (wanted[i] ?? NaN)) < 1e-6)).toBe(true);
  });
});

describe('alpha, whatever it is called', () => {
  it.each(['.alpha', '.lora.alpha', '.lora_linear_layer.alpha'])('%s', async (end) => {
    write('m', SDXL);
    write('l', {
      [`unet.${Q}.lora.up.weight`]: UP,
      [`unet.${Q}.lora.down.weight`]: DOWN,
      [`unet.${Q}${end}`]: { data: Float32Array.of(0) },
    });
    await bake();
    expect(floatsOf(openCheckpoint(file('o')), NAMES.unet)).toEqual([...values(2, 6, 4).data]);
  });
});

describe('modules that fit nothing', () => {
  const good = { [`unet.${Q}.lora_up.weight`]: UP, [`unet.${Q}.lora_down.weight`]: DOWN };
  const stray = (module: string): Record<string, RawTensor> => ({
    [`${module}.lora_up.weight`]: UP,
    [`${module}.lora_down.weight`]: DOWN,
  });

  it('fail the bake by name, and nothing is written', async () => {
    write('m', SDXL);
    write('l', {
      ...good,
      ...stray('text_encoders.t5xxl.transformer.encoder.block.0.layer.0.SelfAttention.q'),
      ...stray('lora_te2_x'),
    });
    await expect(bake()).rejects.toMatchObject({
      code: 'lora-unmatched',
      kind: 'run',
      message: expect.stringMatching(
        /^2 of 3 modules in \S+l\.safetensors do not match anything in \S+m\.safetensors: "text_encoders_t5xxl_\w+", "lora_te2_x"\. Nothing was written\. .*--allow-unmatched\.$/,
      ),
    });
    expect(readdirSync(folder).toSorted()).toEqual(['l.safetensors', 'm.safetensors']);
  });

  it('are left out when that is asked for', async () => {
    write('m', SDXL);
    write('l', good);
    await bake();
    const wanted = readFileSync(file('o'));
    write('l', { ...good, ...stray('lora_te2_x') });
    await bake({ allowUnmatched: true, force: true });
    expect(readFileSync(file('o')).equals(wanted)).toBe(true);
  });

  it('are nothing where they change nothing', async () => {
    write('m', SDXL);
    const name = 'text_encoders.clip_l.transformer.text_projection';
    const zeros = { shape: [6, 2], data: new Float32Array(12) };
    write('l', { ...good, [`${name}.lora_up.weight`]: zeros, [`${name}.lora_down.weight`]: DOWN });
    await bake();
    expect(readdirSync(folder)).toContain('o.safetensors');
  });

  it('because the model has no text encoder: told', async () => {
    write('m', Object.fromEntries(Object.entries(SDXL).filter(([name]) => !name.startsWith(XL))));
    write('l', { ...good, ...stray(`clip_l.${FC1}`) });
    await expect(bake()).rejects.toThrow(/m\.safetensors, which has no text encoder: /);
  });

  it('keys that are no part of any module are refused as before', async () => {
    write('m', SDXL);
    for (const key of [
      'x.lora_embedding_A',
      `unet.${Q}.reshape_weight`,
      `unet.${Q}.set_weight`,
      `unet.${Q}.lora_B.bias`,
    ]) {
      write('l', { ...good, [key]: UP });
      await expect(bake()).rejects.toMatchObject({
        code: 'lora-unsupported',
        message: expect.stringContaining(key),
      });
    }
  });
});

it('numbers of a LoRA that are not finite are counted, and let through when that is asked for', async () => {
  write('m', SDXL);
  const spoilt = {
    shape: [6, 2],
    data: Float32Array.from(UP.data, (x, i) => (i === 0 ? NaN : i === 3 ? Infinity : x)),
  };
  write('l', { [`unet.${Q}.lora_up.weight`]: spoilt, [`unet.${Q}.lora_down.weight`]: DOWN });
  await expect(bake()).rejects.toMatchObject({
    code: 'lora-not-finite',
    message: expect.stringMatching(/of its 12 numbers 1 are NaN and 1 infinite.*--allow-non-finite/),
  });
  expect(readdirSync(folder).toSorted()).toEqual(['l.safetensors', 'm.safetensors']);
  await bake({ allowNonFinite: true });
  expect(floatsOf(openCheckpoint(file('o')), NAMES.unet).filter((x) => !Number.isFinite(x))).toHaveLength(8);
});
