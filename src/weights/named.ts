/**
 * Weights that are given by name: `LABEL_EMB=1` on its own, behind a list, or behind one number that is meant for every block.
 */
import type { Architecture, BlockName, BlockWeights } from '../architectures/architecture.ts';
import { blocksInWords, blocksLike, inOrderOfExactness } from '../architectures/block-patterns.ts';
import {
  allBlocksOf,
  architectureRow,
  blockNames,
  findBlock,
  isBlockName,
  partNamesOf,
  weighableBlocksOf,
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
 * All blocks of the network at one weight, those included that are off unless asked for: 1 gives model B's whole network, and model A's
 * text encoders and VAE.
 */
export function everyBlock(weight: number, architecture: Architecture): BlockWeights {
  return Object.fromEntries(allBlocksOf(architecture).map((name) => [name, weight]));
}

/**
 * Weights of the blocks that patterns mean: those of the network, and where a pattern fits none of them, text encoders, the VAE and
 * layers. The pattern with most letters wins, of equally long ones the last.
 * @throws usage error `block-unknown` for one that fits no block
 */
export function matchPatterns(
  patterns: NonNullable<FoundWeights['patterns']>,
  architecture: Architecture,
): BlockWeights {
  const known = allBlocksOf(architecture);
  const parts = partNamesOf(architecture);
  const weights: Record<BlockName, number> = {};
  for (const [pattern, weight] of inOrderOfExactness(patterns)) {
    const inNetwork = blocksLike(pattern, known);
    const blocks = inNetwork.length > 0 ? inNetwork : blocksLike(pattern, parts);
    if (blocks.length === 0) {
      throw usageError(
        'block-unknown',
        `The models are ${architectureRow(architecture).title}, which has no block matching ${pattern}.${didYouMean(pattern, known)} The blocks are ${blocksInWords(architecture)}.`,
      );
    }
    for (const block of blocks) weights[block] = weight;
  }
  return weights;
}

/** @throws usage error `block-unknown` for a name of another family */
export function requireBlocks(names: readonly BlockName[], architecture: Architecture): void {
  const known = weighableBlocksOf(architecture);
  const foreign = names.find((name) => !known.includes(name));
  if (foreign === undefined) return;
  throw usageError(
    'block-unknown',
    `The models are ${architectureRow(architecture).title}, which has no block ${foreign}; its blocks are ${blocksInWords(architecture)}.`,
  );
}
