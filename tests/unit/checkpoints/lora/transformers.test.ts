/** LoRAs for transformers under the names of kohya, ComfyUI, PEFT and diffusers: which rows of which tensor they change. */
import { describe, expect, it } from 'vitest';
import { bakeLoras } from '../../../../src/checkpoints/bake.ts';
import { openCheckpoint } from '../../../../src/checkpoints/checkpoint-file.ts';
import { readBakeRecipe } from '../../../../src/checkpoints/bake-metadata.ts';
import { floatsOf, type RawTensor } from '../make-checkpoint.ts';
import { useModelFolder } from '../model-folder.ts';

const { file, write } = useModelFolder();

type Shapes = Readonly<Record<string, readonly number[]>>;

const WIDTH = 2;
const FLUX: Shapes = {
  'double_blocks.0.img_attn.norm.key_norm.scale': [1],
  'double_blocks.0.img_attn.qkv.weight': [3 * WIDTH, WIDTH],
  'double_blocks.0.txt_attn.qkv.weight': [3 * WIDTH, WIDTH],
  'double_blocks.0.img_attn.proj.weight': [WIDTH, WIDTH],
  'double_blocks.0.txt_mlp.2.weight': [WIDTH, 4 * WIDTH],
  'single_blocks.0.linear1.weight': [7 * WIDTH, WIDTH],
  'single_blocks.0.linear2.weight': [WIDTH, 5 * WIDTH],
  'img_in.weight': [WIDTH, 64],
  'final_layer.linear.weight': [3, WIDTH],
};
const Z_IMAGE: Shapes = {
  'cap_embedder.1.weight': [3840, 1],
  cap_pad_token: [1, 2],
  'noise_refiner.0.attention.k_norm.weight': [1],
  'layers.0.attention.qkv.weight': [3 * WIDTH, WIDTH],
  'layers.0.attention.out.weight': [WIDTH, WIDTH],
  'layers.0.feed_forward.w1.weight': [4, WIDTH],
};
const QWEN: Shapes = {
  'txt_norm.weight': [3584],
  'proj_out.weight': [3, 2],
  'transformer_blocks.0.attn.to_q.weight': [WIDTH, WIDTH],
};
const ANIMA: Shapes = {
  'net.blocks.0.mlp.layer1.weight': [4, WIDTH],
  'net.blocks.0.self_attn.q_proj.weight': [WIDTH, WIDTH],
  'net.llm_adapter.blocks.0.cross_attn.q_proj.weight': [WIDTH, WIDTH],
};

function zeros(shapes: Shapes): Record<string, RawTensor> {
  const size = (shape: readonly number[]): number => shape.reduce((product, one) => product * one, 1);
  return Object.fromEntries(
    Object.entries(shapes).map(([key, shape]) => [key, { shape, data: new Float32Array(size(shape)) }]),
  );
}

/** Rank 1, every change is 1. */
function ofOnes(module: string, rows: number, columns: number, kohya: boolean): Record<string, RawTensor> {
  const [up, down] = kohya ? ['lora_up', 'lora_down'] : ['lora_B', 'lora_A'];
  return {
    [`${module}.${up}.weight`]: { shape: [rows, 1], data: new Float32Array(rows).fill(1) },
    [`${module}.${down}.weight`]: { shape: [1, columns], data: new Float32Array(columns).fill(1) },
  };
}

describe.each([
  ['kohya', 'lora_unet_double_blocks_0_img_attn_qkv', FLUX, 'double_blocks.0.img_attn.qkv.weight', 0, 6],
  ['ComfyUI', 'diffusion_model.single_blocks.0.linear1', FLUX, 'single_blocks.0.linear1.weight', 0, 14],
  ['no prefix', 'double_blocks.0.txt_mlp.2', FLUX, 'double_blocks.0.txt_mlp.2.weight', 0, 2],
  [
    'diffusers',
    'transformer.transformer_blocks.0.attn.to_k',
    FLUX,
    'double_blocks.0.img_attn.qkv.weight',
    2,
    2,
  ],
  [
    'diffusers',
    'transformer.transformer_blocks.0.attn.add_v_proj',
    FLUX,
    'double_blocks.0.txt_attn.qkv.weight',
    4,
    2,
  ],
  [
    'diffusers',
    'transformer.transformer_blocks.0.attn.to_out.0',
    FLUX,
    'double_blocks.0.img_attn.proj.weight',
    0,
    2,
  ],
  [
    'diffusers',
    'transformer.single_transformer_blocks.0.attn.to_v',
    FLUX,
    'single_blocks.0.linear1.weight',
    4,
    2,
  ],
  [
    'diffusers',
    'transformer.single_transformer_blocks.0.proj_mlp',
    FLUX,
    'single_blocks.0.linear1.weight',
    6,
    8,
  ],
  [
    'diffusers',
    'transformer.single_transformer_blocks.0.proj_out',
    FLUX,
    'single_blocks.0.linear2.weight',
    0,
    2,
  ],
  ['diffusers', 'transformer.proj_out', FLUX, 'final_layer.linear.weight', 0, 3],
  [
    'PEFT',
    'base_model.model.transformer_blocks.0.attn.to_q',
    FLUX,
    'double_blocks.0.img_attn.qkv.weight',
    0,
    2,
  ],
  ['OneTrainer', 'lora_transformer_x_embedder', FLUX, 'img_in.weight', 0, 2],
  ['kohya', 'lora_unet_layers_0_attention_qkv', Z_IMAGE, 'layers.0.attention.qkv.weight', 0, 6],
  ['ComfyUI', 'diffusion_model.layers.0.attention.to_v', Z_IMAGE, 'layers.0.attention.qkv.weight', 4, 2],
  ['diffusers', 'transformer.layers.0.attention.to_out.0', Z_IMAGE, 'layers.0.attention.out.weight', 0, 2],
  ['no prefix', 'transformer_blocks.0.attn.to_q', QWEN, 'transformer_blocks.0.attn.to_q.weight', 0, 2],
  ['kohya', 'lora_unet_transformer_blocks_0_attn_to_q', QWEN, 'transformer_blocks.0.attn.to_q.weight', 0, 2],
  [
    'ComfyUI',
    'diffusion_model.blocks.0.self_attn.q_proj',
    ANIMA,
    'net.blocks.0.self_attn.q_proj.weight',
    0,
    2,
  ],
  ['kohya', 'lora_unet_blocks_0_mlp_layer1', ANIMA, 'net.blocks.0.mlp.layer1.weight', 0, 4],
  [
    'kohya',
    'lora_unet_llm_adapter_blocks_0_cross_attn_q_proj',
    ANIMA,
    'net.llm_adapter.blocks.0.cross_attn.q_proj.weight',
    0,
    2,
  ],
] as const)('%s: %s', (style, module, model, key, firstRow, rows) => {
  it(`changes rows ${firstRow} to ${firstRow + rows - 1} of ${key} alone`, async () => {
    const columns = model[key]?.[1] ?? 0;
    write('m', zeros(model));
    write('l', ofOnes(module, rows, columns, style === 'kohya'));
    const loras = [{ file: file('l'), strength: 0.5, weights: undefined }];
    await bakeLoras({ model: file('m'), loras, output: file('o'), hashes: false }, { workers: 0 });
    const baked = openCheckpoint(file('o'));
    expect(baked.tensors.map(({ name }) => name)).toEqual(Object.keys(model));
    for (const { name, count } of baked.tensors) {
      const expected = Array.from({ length: count }, (_, i) => {
        const row = Math.floor(i / columns);
        return name === key && row >= firstRow && row < firstRow + rows ? 0.5 : 0;
      });
      expect([name, [...floatsOf(baked, name)]]).toEqual([name, expected]);
    }
    expect(readBakeRecipe(baked.metadata)?.loras[0]).toMatchObject({ strength: 0.5, weights: null });
    expect([...baked.metadata.keys()].filter((name) => /architecture|implementation/.test(name))).toEqual([]);
  });
});

it('what no tensor of the model fits is named: an encoder that is not in the file, another family', async () => {
  write('m', zeros(FLUX));
  const unet = ofOnes('lora_unet_double_blocks_0_img_attn_proj', 2, 2, true);
  write('l', { ...unet, ...ofOnes('text_encoders.t5xxl.transformer.encoder.block.0.x', 2, 2, true) });
  const settings = { model: file('m'), output: file('o'), hashes: false } as const;
  const bake = async (weights?: number[]): Promise<unknown> =>
    bakeLoras({ ...settings, loras: [{ file: file('l'), strength: 1, weights }] }, { workers: 0 });
  await expect(bake()).rejects.toThrow(
    /1 of 2 modules in .+ does not match anything in .+: "text_encoders_t5xxl/,
  );
  await expect(bake([1, 1])).rejects.toThrow(
    /2 block weights, but there are no such lists for Flux\.1: leave them out/,
  );
  write('l', ofOnes('lora_unet_layers_0_attention_to_q', 2, 2, true));
  await expect(bake()).rejects.toThrow(/is not in the model: .+ the model is Flux\.1/);
});
