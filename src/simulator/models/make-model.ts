/** Small checkpoints out of nothing: real key names and a few numbers for each block, fixed by the names of the parts. */
import { blocksOf } from '../../space/blocks.ts';
import type { Architecture, BlockName } from '../../space/blocks.ts';
import { architectureRow } from '../../architectures/registry.ts';
import { hashText, randomStream } from '../random.ts';
import { blockNamesOf, blockOfKey, prefixOf } from './blocks.ts';
import { randomTensors } from './shapes.ts';
import type { Shapes } from './shapes.ts';
import { interpolate, UNET_PREFIX, VAE_PREFIX } from './state-dict.ts';
import type { StateDict } from './state-dict.ts';
import { companionsOf } from './transformers/companions.ts';
import { encoderPrefix, madeEncoder } from './transformers/encoders.ts';
import { networkShapes } from './transformers/network.ts';

/** Names of the parts; equal names are equal tensors. */
export interface Parts {
  readonly unet: string;
  readonly textEncoder: string;
  readonly vae: string;
  readonly architecture?: Architecture | undefined;
  /** See `ModelDefinition`. */
  readonly isFloat32?: boolean | undefined;
}

/** What a folder puts files into itself by. */
export interface Maker {
  make(parts: Parts): StateDict;
}

export class ModelMaker implements Maker {
  readonly #architecture: Architecture;
  /** UNets of the landscape's origin and of its opposite corner. */
  readonly #corners: readonly string[];

  constructor(architecture: Architecture, corners: readonly string[]) {
    this.#architecture = architecture;
    this.#corners = corners;
  }

  make({ unet, textEncoder, vae, architecture = this.#architecture, isFloat32 = false }: Parts): StateDict {
    const made = new Map([
      ...(architecture === this.#architecture
        ? this.#unet(unet)
        : randomTensors(unetShapes(architecture), `unet|${unet}`)),
      ...encoderTensors(architecture, textEncoder),
      ...vaeTensors(architecture, vae),
    ]);
    return isFloat32 ? refined(made) : made;
  }

  /** A stranger lies somewhere in the cube between the corners, another place in each block. */
  #unet(name: string): StateDict {
    const shapes = unetShapes(this.#architecture);
    const [a = name, b = name] = this.#corners;
    if (name === a || name === b) return randomTensors(shapes, `unet|${name}`);
    const from = randomTensors(shapes, `unet|${a}`);
    const random = randomStream(hashText(`unet|${name}`));
    const place = new Map(blockNamesOf(this.#architecture).map((block) => [block, random()] as const));
    return interpolate(from, from, randomTensors(shapes, `unet|${b}`), (key) => {
      const block = blockOfKey(key, this.#architecture);
      return block === undefined ? 0 : place.get(block);
    });
  }
}

/** As wide as it takes to recognise the family by; all else is as small as can be. */
const CONTEXT_WIDTH: Readonly<Record<Architecture, number>> = { sd1: 768, sd2: 1024, sdxl: 2048 };
const TEXT_ENCODER: Readonly<Record<Architecture, Shapes>> = {
  sd1: [['cond_stage_model.transformer.text_model.final_layer_norm.weight', [16]]],
  sd2: [['cond_stage_model.model.ln_final.weight', [16]]],
  sdxl: [
    ['conditioner.embedders.0.transformer.text_model.final_layer_norm.weight', [16]],
    ['conditioner.embedders.1.model.ln_final.weight', [16]],
  ],
};
const VAE: Shapes = [
  ['first_stage_model.decoder.conv_in.weight', [4, 4, 1, 1]],
  ['first_stage_model.encoder.conv_out.weight', [4, 4, 1, 1]],
];

/** With the keys of a whole checkpoint, as {@link vaeTensors} and {@link encoderTensors}. */
function unetShapes(architecture: Architecture): Shapes {
  const transformer = networkShapes(architecture);
  if (transformer !== undefined) return transformer;
  const below = (key: string): string => UNET_PREFIX + key;
  const rest = blocksOf(architecture).map(
    (block) => [below(prefixOf(block) + layerOf(block)), [4, 8]] as const,
  );
  const label = [below('label_emb.0.0.weight'), [4, 8]] as const;
  return [
    [below('input_blocks.0.0.weight'), [8, 4, 1, 1]],
    [below('input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight'), [1, CONTEXT_WIDTH[architecture] ?? 1]],
    [below('middle_block.1.norm.weight'), [16]],
    // One in each part of the middle: a server may take a weight for each.
    [below('middle_block.2.in_layers.2.weight'), [16]],
    ...rest.filter(([key]) => !key.startsWith(below('input_blocks.0.'))),
    ...(architecture === 'sdxl' ? [label] : []),
  ];
}

function vaeTensors(architecture: Architecture, name: string): StateDict {
  const channels = companionsOf(familyOf(architecture) ?? '')?.channels;
  return randomTensors(channels === undefined ? VAE : vaeShapes(channels), `vae|${name}`);
}

/** @param channels of its latents */
export function vaeShapes(channels: number): Shapes {
  return [
    [`${VAE_PREFIX}decoder.conv_in.weight`, [4, channels, 1, 1]],
    [`${VAE_PREFIX}encoder.conv_out.weight`, [2 * channels, 4, 1, 1]],
  ];
}

function encoderTensors(architecture: Architecture, name: string): StateDict {
  const family = familyOf(architecture);
  if (family === undefined) return randomTensors(TEXT_ENCODER[architecture] ?? [], `text|${name}`);
  const encoders = companionsOf(family)?.encoders ?? [];
  return new Map(
    encoders.flatMap(({ kind }) =>
      [...madeEncoder(kind, `${kind}|${name}`)].map(
        ([key, tensor]) => [encoderPrefix(kind) + key, tensor] as const,
      ),
    ),
  );
}

/** Of a transformer. */
function familyOf(architecture: Architecture): string | undefined {
  return architectureRow(architecture).layout?.family.id;
}

function layerOf(block: BlockName): string {
  if (block === 'OUT') return '2.weight';
  return block === 'TIME_EMBED' ? '0.weight' : '0.in_layers.2.weight';
}

/** Numbers between those that float16 has. */
function refined(model: StateDict): StateDict {
  return new Map(
    [...model].map(([key, { shape, data }]) => [
      key,
      { shape, data: data.map((value, i) => value + (((i % 7) + 1) / 7) * 2 ** -12) },
    ]),
  );
}
