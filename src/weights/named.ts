/**
 * Weights that are given by name: `LABEL_EMB=1` on its own, behind a list, or behind one number that is meant for every block.
 */
import type { Architecture, BlockName, BlockWeights } from '../architectures/architecture.ts';
import { allBlocksOf, architectureRow, blockNames, findBlock } from '../architectures/registry.ts';
import { usageError } from '../shared/errors.ts';
import { didYouMean } from '../shared/nearest-name.ts';

export interface NamedWeights {
  /** What stands before the names: a list, a preset, or nothing. */
  readonly rest: string;
  readonly named: BlockWeights;
}

const NAMED = /^\s*([a-z_][\w.]*)\s*=\s*(\S*)\s*$/i;
const NUMBER = /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?$/i;

/** @throws usage errors `block-unknown` with the nearest name, `weights-not-finite` */
export function splitNamed(text: string): NamedWeights {
  const parts = text.split(',');
  const first = parts.findIndex((part) => NAMED.test(part));
  if (first === -1) return { rest: text, named: {} };
  const named: Record<BlockName, number> = {};
  for (const part of parts.slice(first)) {
    const [, name = part.trim(), number = ''] = NAMED.exec(part) ?? [];
    const block = findBlock(name);
    if (block === undefined) {
      throw usageError('block-unknown', `There is no block "${name}".${didYouMean(name, blockNames())}`);
    }
    if (!NUMBER.test(number)) {
      throw usageError('weights-not-finite', `The weight of ${block} is "${number}", not a number.`);
    }
    named[block] = Number(number);
  }
  return { rest: parts.slice(0, first).join(','), named };
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

/** @throws usage error `block-unknown` for a name of another family */
export function requireBlocks(names: readonly BlockName[], architecture: Architecture): void {
  const known = allBlocksOf(architecture);
  const foreign = names.find((name) => !known.includes(name));
  if (foreign === undefined) return;
  throw usageError(
    'block-unknown',
    `The models are ${architectureRow(architecture).title}, which has no block ${foreign}; its blocks are ${known.join(', ')}.`,
  );
}
