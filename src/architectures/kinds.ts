/**
 * The other way to divide a network: not by depth but by what a layer does. The blocks of `BASE/kinds` are attention, cross-attention, MLP
 * and modulation of each row of blocks, whatever their number: 17 weights for SDXL, 5 and the parts for Flux.1. Servers merge by the beginning
 * of keys and cannot tell such blocks apart; a merge of files can.
 */
import type { Architecture, ArchitectureRow, BlockName } from './architecture.ts';
import { UNET } from './sd-unet.ts';

/** What follows the id of the family that is divided so. */
const SUFFIX = '/kinds';

/** Layers of one kind, by what their keys have behind the numbers of block and layer. */
interface Kind {
  readonly name: string;
  readonly keys: RegExp;
}

/** Asked in this order: what is most special first. What none of them knows goes with the last one. */
type Kinds = readonly Kind[];

const ATTENTION: Kind = { name: 'attention', keys: /attn|attention/ };
const MLP: Kind = {
  name: 'mlp',
  keys: /(^|\.)((img_|txt_)?mlp[CX]?|ffn?(_[it])?|ffn_norm\d|feed_forward)\b/,
};
const MODULATION: Kind = {
  name: 'modulation',
  keys: /(^|\.)((img_|txt_)?mod(C|X|CX)?|modulation|adaln_modulation\w*)\b/i,
};
const CROSS: Kind = { name: 'cross_attention', keys: /^(cross_attn\.|norm3\.)/ };
/** One matrix for attention and MLP. */
const FUSED: Kind = { name: 'fused', keys: /^(linear[12]|norm)\./ };

/** The names of modulations have those of what they modulate in them. */
const USUAL: Kinds = [MODULATION, MLP, ATTENTION];
const WITH_CROSS: Kinds = [MODULATION, CROSS, MLP, ATTENTION];

/** By family, then by what stands before the number of a block. Only families whose layers have been seen. */
const TRANSFORMERS: Readonly<Record<string, Readonly<Record<string, Kinds>>>> = {
  sd3: { 'joint_blocks.': USUAL },
  auraflow: { 'double_layers.': USUAL, 'single_layers.': USUAL },
  flux1: { 'double_blocks.': USUAL, 'single_blocks.': [MODULATION, FUSED] },
  // Their modulation lies outside the blocks.
  flux2: { 'double_blocks.': [MLP, ATTENTION], 'single_blocks.': [FUSED] },
  chroma: { 'double_blocks.': [MLP, ATTENTION], 'single_blocks.': [FUSED] },
  'z-image': { 'layers.': USUAL, 'noise_refiner.': USUAL, 'context_refiner.': [MLP, ATTENTION] },
  lumina2: { 'layers.': USUAL, 'noise_refiner.': USUAL, 'context_refiner.': [MLP, ATTENTION] },
  wan: { 'blocks.': WITH_CROSS },
  hidream: { 'double_stream_blocks.': USUAL, 'single_stream_blocks.': USUAL },
  anima: { 'blocks.': WITH_CROSS },
  'cosmos-predict2': { 'blocks.': WITH_CROSS },
  'qwen-image': { 'transformer_blocks.': USUAL },
};

const UNET_KINDS: Kinds = [
  { name: 'cross_attention', keys: /\.(attn2|norm2)\./ },
  { name: 'mlp', keys: /\.(ff|norm3)\./ },
  { name: 'attention', keys: /\.(attn1|norm1)\./ },
  { name: 'projection', keys: /^(proj_in|proj_out|norm)\./ },
  { name: 'convolution', keys: /./ },
];
const UNET_ROWS = { IN: 'input_blocks.', M: 'middle_block.', OUT: 'output_blocks.' } as const;

/** A row of blocks whose layers are divided by kind. */
interface DividedRow {
  readonly name: string;
  /** What keys of the row begin with, below the network's prefix; the block's number follows. */
  readonly start: string;
  readonly kinds: Kinds;
}

function rowsOf({ layout }: ArchitectureRow): readonly DividedRow[] | undefined {
  if (layout === undefined) {
    return Object.entries(UNET_ROWS).map(([name, start]) => ({ name, start, kinds: UNET_KINDS }));
  }
  const known = TRANSFORMERS[layout.family.id];
  if (known === undefined) return undefined;
  return layout.family.groups.flatMap(({ start }, group) => {
    const kinds = layout.counts[group] === 0 ? undefined : known[start];
    return kinds === undefined ? [] : [{ name: start.replace(/\.$/, ''), start, kinds }];
  });
}

function namesOf(name: string, kinds: Kinds): BlockName[] {
  return kinds.toReversed().map((kind) => `${name}.${kind.name}`);
}

const NAMES: ReadonlySet<BlockName> = new Set([
  ...Object.keys(UNET_ROWS).flatMap((name) => namesOf(name, UNET_KINDS)),
  ...Object.values(TRANSFORMERS).flatMap((rows) =>
    Object.entries(rows).flatMap(([start, kinds]) => namesOf(start.replace(/\.$/, ''), kinds)),
  ),
]);

/** A kind of layer in a row of blocks of some family? */
export function isKindOfLayer(text: BlockName): boolean {
  return NAMES.has(text);
}

/** Can the family be divided by kind? */
export function hasKinds(row: ArchitectureRow): boolean {
  return row.kinds !== true && rowsOf(row) !== undefined;
}

export function kindsOf(architecture: Architecture): Architecture {
  return architecture.endsWith(SUFFIX) ? architecture : architecture + SUFFIX;
}

/** The id of the family; undefined for an id that is not divided by kind. */
export function withoutKinds(id: Architecture): Architecture | undefined {
  return id.endsWith(SUFFIX) ? id.slice(0, -SUFFIX.length) : undefined;
}

const made = new WeakMap<ArchitectureRow, ArchitectureRow>();

/** Undefined for a family that cannot be divided so. */
export function kindsRow(base: ArchitectureRow): ArchitectureRow | undefined {
  const known = made.get(base);
  if (known !== undefined) return known;
  const rows = rowsOf(base);
  if (rows === undefined || base.kinds === true) return undefined;
  const row = divide(base, rows);
  made.set(base, row);
  return row;
}

function divide(base: ArchitectureRow, rows: readonly DividedRow[]): ArchitectureRow {
  const divided = rows.flatMap(({ name, kinds }) => namesOf(name, kinds));
  const isNumbered = (block: BlockName): boolean =>
    base.path.includes(block) && (base.layout !== undefined || /\d\d$/.test(block));
  // Of UNets the lists go, and the node: neither knows these blocks.
  const { lists: _lists, comfyNode: _node, tellTale: _tale, foreign: _foreign, ...rest } = base;
  return {
    ...rest,
    id: kindsOf(base.id),
    title: `${base.title} by kind of layer`,
    shortTitle: `${base.shortTitle} by kind of layer`,
    kinds: true,
    blocks: [...divided, ...base.blocks.filter((block) => !isNumbered(block))],
    blockOf: (key) => {
      const block = base.blockOf(key);
      if (block === undefined || !isNumbered(block)) return block;
      const own = key.slice(UNET.length);
      const row = rows.find(({ start }) => own.startsWith(start));
      return row && `${row.name}.${kindOf(own.slice(row.start.length), row.kinds).name}`;
    },
    path: divided,
    sides: [],
  };
}

/** @param key behind what the row's keys begin with: `3.img_attn.qkv.weight`, of UNets `4.1.proj_in.weight` */
function kindOf(key: string, kinds: Kinds): Kind {
  const layer = key.replace(/^(\d+\.)+/, '');
  const found = kinds.find(({ keys }) => keys.test(layer)) ?? kinds.at(-1);
  if (found === undefined) throw new RangeError('a row of blocks has kinds of layers');
  return found;
}
