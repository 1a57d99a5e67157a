/** Names of modules, against the layouts of full-size checkpoints and names seen in files of trainers. */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseLoraKey } from '../../../../src/checkpoints/lora/keys.ts';
import { layersByName, type Layer } from '../../../../src/checkpoints/lora/layers.ts';
import { dtypeOf } from '../../../../src/shared/safetensors/dtypes.ts';
import type { Tensor } from '../../../../src/shared/safetensors/header.ts';
import { UNET } from '../make-checkpoint.ts';

const layouts = z.object({
  layoutOf: z.custom<(name: string) => [string, number[]][]>((x) => typeof x === 'function'),
});

async function tensorsOf(architecture: 'sd1' | 'sdxl'): Promise<Tensor[]> {
  const file = pathToFileURL(
    path.resolve(import.meta.dirname, '../../../../bench/checkpoint-layouts.mjs'),
  ).href;
  const { layoutOf } = layouts.parse(await import(file));
  const dtype = dtypeOf('F16');
  if (dtype === undefined) throw new Error('there is float16');
  return layoutOf(architecture).map(([name, shape]) => {
    const count = shape.reduce((product, size) => product * size, 1);
    return { name, shape, dtype, count, begin: 0, end: 2 * count };
  });
}

describe.each([
  ['sd1', { unet: 192, lora_te: 72 }],
  ['sdxl', { unet: 722, lora_te1: 72, lora_te2: 192 }],
] as const)('%s', (architecture, counts) => {
  let tensors: Tensor[] = [];
  let layers: ReadonlyMap<string, Layer> = new Map();
  beforeAll(async () => {
    tensors = await tensorsOf(architecture);
    layers = layersByName({ tensors }, architecture);
  });

  it('has as many modules as the trainers count', () => {
    const isMatrix =
      /_(proj_in|proj_out|to_[qkv]|to_out_0|ff_net_0_proj|ff_net_2|[qkv]_proj|out_proj|fc[12])$/;
    const found = [...layers.keys()].filter((name) => isMatrix.test(name));
    const isDiffusers = /^lora_unet_(down|up|mid)_block/;
    expect(found.filter((name) => isDiffusers.test(name))).toHaveLength(counts.unet);
    expect(found.filter((name) => /^lora_unet_(input|output|middle)_block/.test(name))).toHaveLength(
      counts.unet,
    );
    for (const [prefix, count] of Object.entries(counts).slice(1)) {
      expect(found.filter((name) => name.startsWith(`${prefix}_`))).toHaveLength(count);
    }
  });

  it('gives every layer of the UNet two names, and no name to two layers', () => {
    const names = new Map<string, string[]>();
    for (const [name, { weight }] of layers) {
      if (weight?.tensor.name.startsWith(UNET) === true) {
        names.set(weight.tensor.name, [...(names.get(weight.tensor.name) ?? []), name]);
      }
    }
    const weights = tensors.filter(({ name }) => name.startsWith(UNET) && name.endsWith('.weight'));
    expect([...names.keys()].toSorted()).toEqual(weights.map(({ name }) => name).toSorted());
    expect([...names.values()].filter((list) => list.length !== 2)).toEqual([]);
  });

  it('knows the block of every layer', () => {
    const without = [...layers].filter(([, { weight, bias }]) => (weight ?? bias)?.block === undefined);
    expect(without.filter(([name]) => !/^lora_unet_(label_emb|add_embedding)_/.test(name))).toEqual([]);
  });
});

describe('names that files use', () => {
  it.each([
    ['sd1', 'lora_unet_down_blocks_0_attentions_1_proj_in', 'input_blocks.2.1.proj_in', 'IN02'],
    [
      'sd1',
      'lora_unet_up_blocks_3_attentions_2_transformer_blocks_0_ff_net_0_proj',
      'output_blocks.11.1.transformer_blocks.0.ff.net.0.proj',
      'OUT11',
    ],
    ['sd1', 'lora_unet_mid_block_resnets_1_time_emb_proj', 'middle_block.2.emb_layers.1', 'M00'],
    ['sd1', 'lora_unet_down_blocks_3_resnets_1_conv1', 'input_blocks.11.0.in_layers.2', 'IN11'],
    ['sd1', 'lora_unet_up_blocks_0_upsamplers_0_conv', 'output_blocks.2.1.conv', 'OUT02'],
    ['sd1', 'lora_unet_up_blocks_2_upsamplers_0_conv', 'output_blocks.8.2.conv', 'OUT08'],
    ['sd1', 'lora_unet_down_blocks_2_downsamplers_0_conv', 'input_blocks.9.0.op', 'IN09'],
    ['sd1', 'lora_unet_down_blocks_1_resnets_0_conv_shortcut', 'input_blocks.4.0.skip_connection', 'IN04'],
    ['sd1', 'lora_unet_conv_in', 'input_blocks.0.0', 'IN00'],
    ['sd1', 'lora_unet_conv_out', 'out.2', 'OUT'],
    ['sd1', 'lora_unet_time_embedding_linear_2', 'time_embed.2', 'TIME_EMBED'],
    [
      'sdxl',
      'lora_unet_input_blocks_4_1_transformer_blocks_1_attn2_to_v',
      'input_blocks.4.1.transformer_blocks.1.attn2.to_v',
      'IN04',
    ],
    [
      'sdxl',
      'lora_unet_down_blocks_1_attentions_0_transformer_blocks_1_attn2_to_v',
      'input_blocks.4.1.transformer_blocks.1.attn2.to_v',
      'IN04',
    ],
    ['sdxl', 'lora_unet_up_blocks_0_upsamplers_0_conv', 'output_blocks.2.2.conv', 'OUT02'],
    ['sdxl', 'lora_unet_label_emb_0_2', 'label_emb.0.2', undefined],
    ['sdxl', 'lora_unet_add_embedding_linear_1', 'label_emb.0.0', undefined],
  ] as const)('%s %s', async (architecture, name, layer, block) => {
    const layers = layersByName({ tensors: await tensorsOf(architecture) }, architecture);
    const target = layers.get(name)?.weight;
    expect(target?.tensor.name).toBe(`${UNET}${layer}.weight`);
    expect(target?.block).toBe(block);
  });

  it('text encoders of old checkpoints, which lack a part of the name', async () => {
    const tensors = (await tensorsOf('sd1')).map((tensor) => ({
      ...tensor,
      name: tensor.name.replace('transformer.text_model.', 'transformer.'),
    }));
    const name = 'text_model_encoder_layers_11_mlp_fc2';
    const layers = layersByName({ tensors }, 'sd1');
    for (const prefix of ['lora_te_', 'text_encoder_']) {
      expect(layers.get(prefix + name)?.weight?.tensor.name).toBe(
        'cond_stage_model.transformer.encoder.layers.11.mlp.fc2.weight',
      );
    }
  });

  it('three layers of one tensor of OpenCLIP are three ranges of its rows', async () => {
    const layers = layersByName({ tensors: await tensorsOf('sdxl') }, 'sdxl');
    const at = 'lora_te2_text_model_encoder_layers_31_self_attn';
    const found = ['q', 'k', 'v'].map((part) => layers.get(`${at}_${part}_proj`));
    expect(found.map((layer) => layer?.weight?.firstRow)).toEqual([0, 1280, 2560]);
    expect(found.map((layer) => layer?.bias?.firstRow)).toEqual([0, 1280, 2560]);
    expect(found.map((layer) => layer?.weight?.rows)).toEqual([1280, 1280, 1280]);
    expect(found.map((layer) => layer?.weight?.columns)).toEqual([1280, 1280, 1280]);
    // Its matrix lies the other way round there.
    expect(layers.get('lora_te2_text_projection')?.weight?.isTransposed).toBe(true);
  });
});

describe('keys', () => {
  const ATTN = 'down_blocks.0.attentions.0.transformer_blocks.0.attn1';
  const UNDER = 'lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1';
  const TEXT = 'text_model.encoder.layers.0.self_attn';
  it.each([
    [`${UNDER}_to_q.lora_down.weight`, `${UNDER}_to_q`, 'lora_down'],
    [`${UNDER}_to_q.alpha`, `${UNDER}_to_q`, 'alpha'],
    [`unet.${ATTN}.to_out.0.lora_A.weight`, `${UNDER}_to_out_0`, 'lora_down'],
    [`base_model.model.unet.${ATTN}.to_q.lora_B.default.weight`, `${UNDER}_to_q`, 'lora_up'],
    [`base_model.model.${ATTN}.to_q.lora_B.default_0.weight`, `${UNDER}_to_q`, 'lora_up'],
    [`unet.${ATTN}.to_k.lora.down.weight`, `${UNDER}_to_k`, 'lora_down'],
    [`unet.${ATTN}.to_k.lora_linear_layer.up.weight`, `${UNDER}_to_k`, 'lora_up'],
    [`unet.${ATTN}.processor.to_out_lora.up.weight`, `${UNDER}_to_out_0`, 'lora_up'],
    [`${ATTN}.processor.to_v_lora.down.weight`, `${UNDER}_to_v`, 'lora_down'],
    [
      `text_encoder.${TEXT}.q_proj.lora_linear_layer.down.weight`,
      `text_encoder_${TEXT.replaceAll('.', '_')}_q_proj`,
      'lora_down',
    ],
    [
      `text_encoder.${TEXT}.to_out_lora.up.weight`,
      `text_encoder_${TEXT.replaceAll('.', '_')}_out_proj`,
      'lora_up',
    ],
    [
      `text_encoder_2.${TEXT}.to_q_lora.up.weight`,
      `text_encoder_2_${TEXT.replaceAll('.', '_')}_q_proj`,
      'lora_up',
    ],
    [`${TEXT}.q_proj.lora_A.weight`, `text_encoder_${TEXT.replaceAll('.', '_')}_q_proj`, 'lora_down'],
    [
      'diffusion_model.input_blocks.1.1.proj_in.lora_up.weight',
      'lora_unet_input_blocks_1_1_proj_in',
      'lora_up',
    ],
    ['lora_unet_x.hada_w1_a', 'lora_unet_x', 'hada_w1_a'],
    ['lora_unet_x.lokr_w2', 'lora_unet_x', 'lokr_w2'],
    ['lora_unet_x.lokr_t2', 'lora_unet_x', 'lokr_t2'],
  ])('%s', (key, module, part) => {
    expect(parseLoraKey(key)).toEqual({ module, part, of: 'weight' });
  });

  it('of a bias, and of nothing', () => {
    expect(parseLoraKey('lora_unet_x.diff_b')).toEqual({ module: 'lora_unet_x', part: 'diff', of: 'bias' });
    for (const key of ['model.diffusion_model.out.2.weight', 'x.lora_B.bias', 'alpha', '']) {
      expect(parseLoraKey(key)).toBeUndefined();
    }
  });
});
