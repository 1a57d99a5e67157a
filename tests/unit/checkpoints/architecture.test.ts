import { describe, expect, it } from 'vitest';
import { blockOf, recognise, requireArchitecture } from '../../../src/checkpoints/architecture.ts';
import { blocksOf, type BlockName } from '../../../src/space/blocks.ts';
import { parseHeader, type Header } from '../../../src/shared/safetensors/header.ts';
import { checkpointBytes, sd1Tensors, UNET, type RawTensor } from './make-checkpoint.ts';

const one = { data: new Float32Array(1) };
const named = (...names: string[]): Record<string, RawTensor> =>
  Object.fromEntries(names.map((name) => [name, one]));
const shaped = (name: string, ...shape: number[]): Record<string, RawTensor> => ({
  [name]: { shape, data: new Float32Array(shape.reduce((product, size) => product * size, 1)) },
});

function headerOf(tensors: Readonly<Record<string, RawTensor>>): Header {
  const bytes = checkpointBytes(tensors);
  const length = Number(bytes.readBigUInt64LE(0));
  return parseHeader({ json: bytes.subarray(8, 8 + length), fileBytes: bytes.length });
}

const CONTEXT = `${UNET}input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight`;
const xl = Object.fromEntries(
  Object.entries(sd1Tensors(1)).filter(([name]) => !/(input|output)_blocks\.(9|10|11)\./.test(name)),
);

describe('architectures', () => {
  it.each([
    ['sd1', sd1Tensors(1), undefined],
    ['sd1', { ...sd1Tensors(1), ...shaped(CONTEXT, 2, 768) }, undefined],
    ['sd2', { ...sd1Tensors(1), ...shaped(CONTEXT, 2, 1024) }, undefined],
    ['sd2', { ...sd1Tensors(1), ...named('cond_stage_model.model.ln_final.weight') }, undefined],
    ['sdxl', { ...xl, ...named(`${UNET}label_emb.0.0.weight`) }, undefined],
    ['sd1', { ...sd1Tensors(1), ...shaped(`${UNET}input_blocks.0.0.weight`, 2, 9, 1, 1) }, 'inpainting'],
  ] as const)('%s', (architecture, tensors, variant) => {
    expect(recognise(headerOf(tensors))).toEqual({ kind: 'checkpoint', architecture, variant });
  });

  it.each([
    ['an SDXL refiner', { ...sd1Tensors(1), ...named(`${UNET}label_emb.0.0.weight`) }],
    ['a LoRA file', named('lora_unet_down_blocks_0.lora_down.weight', 'lora_unet_down_blocks_0.alpha')],
    ['a LoRA file', named('unet.down_blocks.0.attn.to_q.lora_A.weight')],
    ['a Flux model', named('double_blocks.0.img_attn.qkv.weight')],
    ['a Flux model', named('model.diffusion_model.double_blocks.0.x')],
    ['a Stable Diffusion 3 model', named('model.diffusion_model.joint_blocks.0.x')],
    ['a part of a diffusers folder', named('down_blocks.0.resnets.0.conv1.weight', 'mid_block.x')],
    ['a VAE', named('encoder.conv_in.weight', 'decoder.conv_in.weight')],
    ['a text encoder', named('text_model.encoder.layers.0.x')],
    ['a ControlNet', named('control_model.input_hint_block.0.weight')],
    ['a textual inversion embedding', named('emb_params')],
    ['a UNet without the rest of its checkpoint', named('input_blocks.0.0.weight')],
    ['a model of another architecture', named('model.diffusion_model.x_embedder.weight')],
    ['not a Stable Diffusion checkpoint', named('layers.0.weight')],
  ])('%s is named, with what to do', (name, tensors) => {
    expect(() => requireArchitecture('m.safetensors', headerOf(tensors))).toThrow(
      new RegExp(`^m\\.safetensors is ${name}, which cannot be merged by blocks\\. .+\\.$`),
    );
  });
});

describe('blocks', () => {
  it('are told by prefix; what is no block of the architecture is none', () => {
    const cases: [string, BlockName | undefined, BlockName | undefined][] = [
      ['input_blocks.0.0.weight', 'IN00', 'IN00'],
      ['input_blocks.11.0.weight', 'IN11', undefined],
      ['middle_block.1.norm.bias', 'M00', 'M00'],
      ['output_blocks.8.1.x', 'OUT08', 'OUT08'],
      ['output_blocks.9.1.x', 'OUT09', undefined],
      ['out.2.bias', 'OUT', 'OUT'],
      ['time_embed.0.weight', 'TIME_EMBED', 'TIME_EMBED'],
      ['label_emb.0.0.weight', undefined, 'LABEL_EMB'],
      ['input_blocks.12.0.weight', undefined, undefined],
      ['constructor.x', undefined, undefined],
    ];
    for (const [key, sd1, sdxl] of cases) {
      expect([blockOf(UNET + key, 'sd1'), blockOf(UNET + key, 'sdxl')]).toEqual([sd1, sdxl]);
    }
    expect(blockOf('first_stage_model.out.x', 'sd1')).toBeUndefined();
    expect(blockOf('model_ema.diffusion_modelout2bias', 'sd1')).toBeUndefined();
  });

  it('every block of SD1 has a tensor', () => {
    const found = new Set(Object.keys(sd1Tensors(1)).map((key) => blockOf(key, 'sd1')));
    found.delete(undefined);
    expect(found).toEqual(new Set(blocksOf('sd1')));
  });
});
