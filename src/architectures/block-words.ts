/** What a block is, in words, and where its keys begin in a checkpoint. */
import type { Architecture, BlockName } from './architecture.ts';
import { architectureRow, isArchitecture, partBlocksOf } from './registry.ts';
import { UNET } from './sd-unet.ts';

export interface BlockDescription {
  /** `input block 4`. */
  readonly words: string;
  /** Beginnings of its keys; empty where they have none in common. */
  readonly keys: readonly string[];
}

/** @param architecture undefined where a journal does not say: a UNet's names are known anyway */
export function describeBlock(block: BlockName, architecture: Architecture | undefined): BlockDescription {
  if (architecture === undefined || !isArchitecture(architecture))
    return ofUNet(block) ?? { words: 'block', keys: [] };
  return ofParts(block, architecture) ?? ofNetwork(block, architecture);
}

function ofNetwork(block: BlockName, architecture: Architecture): BlockDescription {
  const { layout, kinds, network } = architectureRow(architecture);
  if (kinds === true && block.includes('.')) {
    const [row = '', kind = ''] = splitAtLast(block);
    if (layout === undefined)
      return { words: `${spaced(kind)} layers of the ${SIDES[row] ?? row}`, keys: [] };
    if (layout.family.groups.some(({ start }) => start === `${row}.`))
      return { words: `${spaced(kind)} layers of all ${row}`, keys: [] };
  }
  if (layout === undefined) return ofUNet(block) ?? { words: 'block', keys: [] };
  const keys = [`${network.prefix}${block}.`];
  for (const [group, { start }] of layout.family.groups.entries()) {
    const number = block.startsWith(start) ? block.slice(start.length) : '';
    if (!/^\d+$/.test(number)) continue;
    const row = start.replace(/\.$/, '');
    return { words: `block ${Number(number) + 1} of the ${layout.counts[group] ?? 0} ${row}`, keys };
  }
  return { words: `part of the ${network.name} outside its block rows`, keys };
}

const SIDES: Readonly<Record<string, string>> = {
  IN: 'input blocks',
  M: 'middle block',
  OUT: 'output blocks',
};

function ofUNet(block: BlockName): BlockDescription | undefined {
  const [, side, digits] = /^(IN|OUT)(\d\d)$/.exec(block) ?? [];
  if (digits !== undefined) {
    const row = side === 'IN' ? 'input' : 'output';
    return { words: `${row} block ${Number(digits)}`, keys: [`${UNET}${row}_blocks.${Number(digits)}.`] };
  }
  const known = UNET_PARTS[block];
  return known && { words: known[0], keys: [UNET + known[1]] };
}

const UNET_PARTS: Readonly<Record<BlockName, readonly [words: string, key: string]>> = {
  M00: ['middle block', 'middle_block.'],
  OUT: ['last layer, after the output blocks', 'out.'],
  TIME_EMBED: ['time step embedding', 'time_embed.'],
  LABEL_EMB: ['image size embedding', 'label_emb.'],
};

function ofParts(block: BlockName, architecture: Architecture): BlockDescription | undefined {
  for (const { name, prefixes, layers, depth } of partBlocksOf(architecture)) {
    const title = name === 'VAE' ? 'VAE' : `text encoder ${name}`;
    if (block === name) return { words: title, keys: prefixes };
    if (!layers.includes(block)) continue;
    const layer = block.slice(name.length + 1);
    const words = depth.includes(block)
      ? `layer ${Number(layer) + 1} of ${depth.length} of the ${title}`
      : `${layer} of the ${title}`;
    return { words, keys: prefixes };
  }
  return undefined;
}

function splitAtLast(text: string): readonly string[] {
  const dot = text.lastIndexOf('.');
  return [text.slice(0, dot), text.slice(dot + 1)];
}

function spaced(name: string): string {
  return name.replaceAll('_', ' ');
}
