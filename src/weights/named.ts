/**
 * Weights that are given by name: `LABEL_EMB=1` on its own, behind a list, or behind one number that is meant for every block.
 */
import type { Architecture, BlockName, BlockWeights } from '../architectures/architecture.ts';
import {
  allBlocksOf,
  architectureRow,
  blockNames,
  findBlock,
  isBlockName,
} from '../architectures/registry.ts';
import { usageError } from '../shared/errors.ts';
import { didYouMean } from '../shared/nearest-name.ts';
import type { FoundWeights } from './weights-source.ts';

export interface NamedWeights {
  /** What stands before the names: a list, a preset, or nothing. */
  readonly rest: string;
  readonly named: BlockWeights;
  /** See `FoundWeights.patterns`. */
  readonly patterns: readonly (readonly [pattern: string, weight: number])[];
}

const NAMED = /^\s*([a-z_*][\w.*]*)\s*=\s*(\S*)\s*$/i;
const NUMBER = /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?$/i;

/** @throws usage errors `block-unknown` with the nearest name, `weights-not-finite` */
export function splitNamed(text: string): NamedWeights {
  const parts = text.split(',');
  const first = parts.findIndex((part) => NAMED.test(part));
  if (first === -1) return { rest: text, named: {}, patterns: [] };
  const named: Record<BlockName, number> = {};
  const patterns: [string, number][] = [];
  for (const part of parts.slice(first)) {
    const [, name = part.trim(), number = ''] = NAMED.exec(part) ?? [];
    const block = findBlock(name);
    if (block === undefined && !isLeftToTheFile(name)) {
      throw usageError('block-unknown', `There is no block "${name}".${didYouMean(name, blockNames())}`);
    }
    if (!NUMBER.test(number)) {
      throw usageError('weights-not-finite', `The weight of ${block ?? name} is "${number}", not a number.`);
    }
    if (block === undefined) patterns.push([name, Number(number)]);
    else named[block] = Number(number);
  }
  return { rest: parts.slice(0, first).join(','), named, patterns };
}

/** Blocks of transformers are called as their keys begin: which there are, only the file says. */
function isLeftToTheFile(name: string): boolean {
  return /^[a-z_*][\w.*]*$/i.test(name) && (/[.*]|^[a-z0-9_]*$/.test(name) || isBlockName(name));
}

/** The number that stands for every block; undefined where the text is not just one number. */
export function uniformNumber(text: string): number | undefined {
  return NUMBER.test(text.trim()) ? Number(text) : undefined;
}

/**
 * All blocks of the family at one weight, those included that are off unless asked for: 1 gives model B's whole network.
 */
export function everyBlock(weight: number, architecture: Architecture): BlockWeights {
  return Object.fromEntries(allBlocksOf(architecture).map((name) => [name, weight]));
}

/**
 * Weights of the blocks that patterns mean. The pattern with most letters wins, of equally long ones the last.
 * @throws usage error `block-unknown` for one that fits no block
 */
export function matchPatterns(
  patterns: NonNullable<FoundWeights['patterns']>,
  architecture: Architecture,
): BlockWeights {
  const known = allBlocksOf(architecture);
  const weights: Record<BlockName, number> = {};
  // The sort is stable: the last of equally long ones is written last.
  for (const [pattern, weight] of patterns.toSorted(([x], [y]) => lettersOf(x) - lettersOf(y))) {
    const blocks = blocksLike(pattern, known);
    if (blocks.length === 0) {
      throw usageError(
        'block-unknown',
        `The models are ${architectureRow(architecture).title}, of which no block is called ${pattern}.${didYouMean(pattern, known)} The blocks are ${blocksInWords(architecture)}.`,
      );
    }
    for (const block of blocks) weights[block] = weight;
  }
  return weights;
}

export function blocksLike(pattern: string, blocks: readonly BlockName[]): BlockName[] {
  return blocks.filter((name) => isLike(name, pattern));
}

/** A name without a star is more than any pattern. */
function lettersOf(pattern: string): number {
  return pattern.includes('*') ? pattern.replaceAll('*', '').length : Number.POSITIVE_INFINITY;
}

/** Without regular expressions: many stars would take one for ever. */
function isLike(name: string, pattern: string): boolean {
  const text = name.toLowerCase();
  const [start = '', ...others] = pattern.toLowerCase().split('*');
  const end = others.pop();
  if (end === undefined) return text === start;
  if (!text.startsWith(start) || text.length < start.length + end.length || !text.endsWith(end)) return false;
  let at = start.length;
  const limit = text.length - end.length;
  for (const part of others) {
    const found = text.indexOf(part, at);
    if (found === -1 || found + part.length > limit) return false;
    at = found + part.length;
  }
  return true;
}

/** All names, or where they are many, how many of each row and the names of the others. */
function blocksInWords(architecture: Architecture): string {
  const { layout, kinds } = architectureRow(architecture);
  if (layout === undefined || kinds === true) return allBlocksOf(architecture).join(', ');
  const rows = layout.family.groups.flatMap(({ start }, group) => {
    const last = (layout.counts[group] ?? 0) - 1;
    return last < 0 ? [] : [last === 0 ? `${start}0` : `${start}0 to ${start}${last}`];
  });
  return [...rows, ...layout.parts].join(', ');
}

/** @throws usage error `block-unknown` for a name of another family */
export function requireBlocks(names: readonly BlockName[], architecture: Architecture): void {
  const known = allBlocksOf(architecture);
  const foreign = names.find((name) => !known.includes(name));
  if (foreign === undefined) return;
  throw usageError(
    'block-unknown',
    `The models are ${architectureRow(architecture).title}, which has no block ${foreign}; its blocks are ${blocksInWords(architecture)}.`,
  );
}
