/**
 * How sd-mecha divides the models that have block weights there. Its blocks are supermerger's: `BASE` is for the text encoders, the embeddings
 * of the UNet and whatever else is no block, for SD1 the VAE too; `out` follows the last output block. Source: `convert_sd1_blocks.py`,
 * `convert_sdxl_blocks.py` and the model configs of sd-mecha 1.1.8.
 */
import type { Architecture, BlockName } from '../../architectures/architecture.ts';
import { allBlocksOf } from '../../architectures/registry.ts';
import { UNET } from '../../architectures/sd-unet.ts';
import { BadLine } from '../../formats/mecha/instructions.ts';
import { didYouMean } from '../../shared/nearest-name.ts';
import { saidOf, type Spread } from './spread.ts';

export interface MechaLayout {
  readonly architecture: Architecture;
  /** The model config of whole checkpoints. */
  readonly config: string;
  /** That of weights by block. */
  readonly blockConfig: string;
  /** The method that makes the second the first. */
  readonly converter: string;
  /** `BASE`, and the blocks that have a weight of their own there. */
  readonly blocks: readonly BlockName[];
  /** Which of its blocks is said of one of ours; all others follow `BASE`. */
  readonly follows: Readonly<Record<BlockName, BlockName>>;
  /** Ours, by the components of the model config; those without any of our blocks are empty. */
  readonly components: Readonly<Record<string, readonly BlockName[]>>;
  /** All keys of the blocks that have few: only these can be told key by key. */
  readonly keys: Readonly<Record<BlockName, readonly string[]>>;
}

const NUMBERED = /^(?:IN|M|OUT)\d\d$/;

function layoutOf(
  architecture: Architecture,
  names: Pick<MechaLayout, 'config' | 'blockConfig' | 'converter'>,
  own: Pick<MechaLayout, 'follows'> & { readonly encoders: MechaLayout['components'] },
): MechaLayout {
  const unet = allBlocksOf(architecture);
  const { encoders, follows } = own;
  const named = [...unet.filter((name) => NUMBERED.test(name)), ...Object.keys(follows)];
  const parts = { OUT: 'out', TIME_EMBED: 'time_embed', LABEL_EMB: 'label_emb.0' };
  return {
    architecture,
    ...names,
    blocks: ['BASE', ...named.filter((name) => follows[name] === undefined || follows[name] === name)],
    follows: { ...Object.fromEntries(named.map((name) => [name, name])), ...follows },
    components: { ...encoders, vae: ['VAE'], diffuser: unet, ema: [], scheduler: [] },
    keys: Object.fromEntries(
      Object.entries(parts)
        .filter(([name]) => unet.includes(name))
        .map(([name, part]) => [
          name,
          ['0.bias', '0.weight', '2.bias', '2.weight'].map((end) => `${UNET}${part}.${end}`),
        ]),
    ),
  };
}

const LAYOUTS: readonly MechaLayout[] = [
  layoutOf(
    'sd1',
    {
      config: 'sd1-ldm',
      blockConfig: 'sd1-supermerger_blocks',
      converter: 'convert_sd1_blocks_to_ldm',
    },
    { follows: { OUT: 'OUT11' }, encoders: { clip_l: ['TE'] } },
  ),
  layoutOf(
    'sdxl',
    {
      config: 'sdxl-sgm',
      blockConfig: 'sdxl-supermerger_blocks',
      converter: 'convert_sdxl_blocks_to_sgm',
    },
    { follows: { OUT: 'OUT08', VAE: 'VAE' }, encoders: { clip_l: ['CLIP_L'], clip_g: ['CLIP_G'] } },
  ),
];

/** By any of its names: the family, one of its two configs, or the converter. */
export function findLayout(name: string | undefined): MechaLayout | undefined {
  return LAYOUTS.find(({ architecture, config, blockConfig, converter }) =>
    [architecture, config, blockConfig, converter].includes(name ?? ''),
  );
}

/** What can be weighed in such models: blocks of the UNet, text encoders, VAE. */
export function unitsOf({ components }: MechaLayout): BlockName[] {
  return Object.values(components).flat();
}

/** Weights under sd-mecha's names as they are read. @throws BadLine for a name that is none of its blocks */
export function ofBlocks(weights: ReadonlyMap<string, number>, layout: MechaLayout): Spread<number> {
  const unknown = [...weights.keys()].find((name) => !layout.blocks.includes(name));
  if (unknown !== undefined) {
    throw new BadLine(
      `There is no block "${unknown}" in ${layout.blockConfig}${didYouMean(unknown, layout.blocks).replace(/\?$/, '?') || `; the blocks are ${layout.blocks.join(', ')}`}`,
    );
  }
  return { layout: layout.blockConfig, rest: undefined, at: weights };
}

/** What the converter makes of them. */
export function toModel<T>(blocks: Spread<T>, layout: MechaLayout): Spread<T> {
  const base = saidOf(blocks, 'BASE');
  return {
    layout: layout.config,
    rest: base,
    at: new Map(unitsOf(layout).map((unit) => [unit, saidOf(blocks, layout.follows[unit] ?? 'BASE')])),
  };
}

/** Weights key by key. @throws BadLine for a block of which not all keys are there, or with different weights */
export function ofKeys(weights: ReadonlyMap<string, number>, layout: MechaLayout): Spread<number> {
  const at = new Map<BlockName, number>();
  const left = new Set(weights.keys());
  for (const [block, keys] of Object.entries(layout.keys)) {
    const [first] = keys.map((key) => weights.get(key));
    if (first === undefined || !keys.every((key) => weights.get(key) === first)) continue;
    at.set(block, first);
    for (const key of keys) left.delete(key);
  }
  const [key] = left;
  if (key === undefined) return { layout: layout.config, rest: undefined, at };
  throw new BadLine(`It weights single tensors (${key}), but weights here are per block`);
}
