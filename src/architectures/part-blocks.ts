/**
 * Text encoders and the VAE as blocks. A whole encoder is one block (`TE`, `CLIP_L`); its layers are blocks of their own for who names them
 * (`CLIP_L.0`, `CLIP_L.embedding`), and a layer that has a weight does not follow the whole.
 */
import type { BlockName, PartBlock } from './architecture.ts';
import type { EncoderName } from './transformers/family.ts';

/** How an encoder names its layers, behind its prefix. */
interface LayerNames {
  /** What stands before the number of a layer. */
  readonly layers: string;
  readonly embedding: RegExp;
  readonly final: RegExp;
  readonly projection?: RegExp;
}

/** Some files leave `text_model.` out. */
const CLIP: LayerNames = {
  layers: 'encoder.layers.',
  embedding: /^embeddings\./,
  final: /^final_layer_norm\./,
};
const PROJECTED_CLIP: LayerNames = { ...CLIP, projection: /^text_projection(\.|$)/ };
const OPEN_CLIP: LayerNames = {
  layers: 'transformer.resblocks.',
  embedding: /^(token_embedding\.|positional_embedding$)/,
  final: /^ln_final\./,
  projection: /^text_projection(\.|$)/,
};
const T5: LayerNames = {
  layers: 'encoder.block.',
  embedding: /^shared\./,
  final: /^encoder\.final_layer_norm\./,
};

/**
 * @param prefix of its keys; what of them is followed by `below` are layers
 * @param count of its layers
 */
function encoder(
  name: BlockName,
  prefix: string,
  below: RegExp,
  count: number,
  names: LayerNames,
): PartBlock {
  const numbers = Array.from({ length: count }, (_, i) => `${name}.${i}`);
  const ends = names.projection === undefined ? ['final'] : ['final', 'projection'];
  const layers = [`${name}.embedding`, ...numbers, ...ends.map((end) => `${name}.${end}`)];
  return {
    name,
    prefixes: [prefix],
    layers,
    depth: numbers,
    layerOf(key) {
      const rest = key.slice(prefix.length).replace(below, '');
      const number = rest.startsWith(names.layers)
        ? /^\d+(?=\.)/.exec(rest.slice(names.layers.length))?.[0]
        : undefined;
      if (number !== undefined) return numbers[Number(number)];
      if (names.embedding.test(rest)) return `${name}.embedding`;
      if (names.final.test(rest)) return `${name}.final`;
      return names.projection?.test(rest) === true ? `${name}.projection` : undefined;
    },
  };
}

const TRANSFORMERS = /^transformer\.(text_model\.)?/;

/** CLIP-L as SD1 and SDXL keep it. */
export function clipL(name: BlockName, prefix: string): PartBlock {
  return encoder(name, prefix, TRANSFORMERS, 12, CLIP);
}

/** An encoder of OpenCLIP: H of SD2 with 24 layers, G of SDXL with 32. */
export function openClip(name: BlockName, prefix: string, layers: number): PartBlock {
  return encoder(name, prefix, /^model\./, layers, OPEN_CLIP);
}

/** Encoders in whole checkpoints of transformers, under the names that they have in keys there. */
export const TEXT_ENCODERS: Readonly<Record<EncoderName, PartBlock>> = {
  clip_l: encoder('CLIP_L', 'text_encoders.clip_l.', TRANSFORMERS, 12, PROJECTED_CLIP),
  clip_g: encoder('CLIP_G', 'text_encoders.clip_g.', TRANSFORMERS, 32, PROJECTED_CLIP),
  t5xxl: encoder('T5', 'text_encoders.t5xxl.', TRANSFORMERS, 24, T5),
};

/** It has no layers that anybody searches. */
export function vaePart(...prefixes: readonly string[]): PartBlock {
  return { name: 'VAE', prefixes, layers: [], depth: [], layerOf: () => undefined };
}

/** Numbers that are no weights: merging programs keep model A's. */
const KEPT = /(?:^|\.)(?:position_ids|logit_scale)$/;

/** The part that a key belongs to; undefined for what is never merged. */
export function partOfKey(key: string, parts: readonly PartBlock[]): PartBlock | undefined {
  if (KEPT.test(key)) return undefined;
  return parts.find(({ prefixes }) => prefixes.some((prefix) => key.startsWith(prefix)));
}
