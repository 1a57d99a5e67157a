/** From a layout to a row of the registry, and from a file to its layout. */
import type { ArchitectureRow, HeaderView, Match, Part } from '../architecture.ts';
import { TEXT_ENCODERS, vaePart } from '../part-blocks.ts';
import { UNET, VAE } from '../sd-unet.ts';
import { blockOfKey, idOf, layoutOf, numberedBlocks, parseLayout, type BlockLayout } from './layout.ts';
import { spellingOf, type Spelling } from './spelling.ts';

/** Where whole checkpoints of these families keep the rest. */
const PARTS: readonly Part[] = [
  { name: 'text encoder', prefixes: ['text_encoders.'] },
  { name: 'VAE', prefixes: ['vae.', VAE] },
];
const VAE_BLOCK = vaePart('vae.', VAE);

/** What a file of a transformer is; undefined for every other one. */
export interface RecognisedTransformer extends Match {
  readonly layout: BlockLayout;
  /** See `VariantSigns.kin`. */
  readonly kin: string | undefined;
  /** Undefined where the family has no key that tells it. */
  readonly width: number | undefined;
}

export function recogniseTransformer(header: HeaderView): RecognisedTransformer | undefined {
  const spelling = spellingOf(header);
  if (spelling === undefined) return undefined;
  const { family, keys } = spelling;
  const { kin, also } = family.signsOf?.(keys) ?? {};
  const words = [kin, also].filter((word) => word !== undefined);
  return {
    layout: layoutOf(family, networkNames(header, spelling)),
    kin,
    width: family.widthKey === undefined ? undefined : keys.shapeOf(family.widthKey)?.[0],
    variant: words.length === 0 ? undefined : words.join(', '),
  };
}

function* networkNames({ tensors }: HeaderView, spelling: Spelling): Generator<string> {
  for (const { name } of tensors) {
    const renamed = spelling.rename(name);
    if (renamed.startsWith(UNET)) yield renamed.slice(UNET.length);
  }
}

const rows = new Map<string, ArchitectureRow>();
const MOST_ROWS = 200;

/** The row of an id that names a layout; undefined for every other one. */
export function transformerRow(id: string): ArchitectureRow | undefined {
  const before = rows.get(id);
  if (before !== undefined) return before;
  const layout = parseLayout(id);
  if (layout === undefined) return undefined;
  const row = rowOf(layout);
  if (rows.size < MOST_ROWS) rows.set(id, row);
  return row;
}

function rowOf(layout: BlockLayout): ArchitectureRow {
  const { family, parts } = layout;
  const { title, optionalParts = [] } = family;
  const id = idOf(layout);
  const sides = numberedBlocks(layout);
  const path = sides.flat();
  const isOptional = (part: string): boolean => optionalParts.includes(part);
  const all = new Set([...path, ...parts]);
  return {
    id,
    title,
    shortTitle: title,
    layout,
    network: { name: 'transformer', prefix: UNET },
    recognise: (header) => {
      const found = recogniseTransformer(header);
      return found !== undefined && idOf(found.layout) === id ? { variant: found.variant } : undefined;
    },
    blocks: [...path, ...parts.filter((part) => !isOptional(part))],
    optionalBlocks: parts.filter(isOptional),
    blockOf: (key) => (key.startsWith(UNET) ? blockOfKey(layout, all, key.slice(UNET.length)) : undefined),
    path,
    sides,
    parts: PARTS,
    textEncoders: [],
    partBlocks: [...(family.encoders ?? []).map((name) => TEXT_ENCODERS[name]), VAE_BLOCK],
    contextWidth: 0,
  };
}
