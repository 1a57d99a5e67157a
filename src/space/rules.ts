/** What is said about blocks (fixed, off, bounds, groups), and whether it can be had from the backend. */
import { usageError } from '../shared/errors.ts';
import type { Architecture, BlockName, BlockWeights } from '../architectures/architecture.ts';
import { blocksInWords, blocksLike, inOrderOfExactness, isPattern } from '../architectures/block-patterns.ts';
import { architectureRow, blocksOf, optionalBlocksOf, weighableBlocksOf } from '../architectures/registry.ts';
import { didYouMean } from '../shared/nearest-name.ts';
import type { CurveShape } from './curve.ts';
import type { SearchedParameter } from './parameters.ts';
import { checkPart, type PartCapabilities } from './parts.ts';

/** What the user said about one block: a number fixes it, `off` fixes it at its base weight, bounds clamp it. */
export type BlockRule = number | 'off' | { readonly low: number; readonly high: number };

export interface SpaceSettings {
  readonly architecture: Architecture;
  readonly low: number;
  readonly high: number;
  readonly intervals: number;
  /** By name or pattern, see {@link rulesByName}. */
  readonly blocks: Readonly<Record<BlockName, BlockRule | undefined>>;
  /** Weights of the blocks that are off; 0 where it has none. */
  readonly base?: BlockWeights;
  /** Texts of {@link parseGroup}: blocks that share one weight. */
  readonly groups?: readonly string[];
  /** So many neighbours share one weight; 1 = none do. */
  readonly testGrouping?: number;
  /** Knots of curves over depth, as {@link planCurves} reads them. */
  readonly curve?: readonly string[];
  readonly curveShape?: CurveShape;
  /** Blocks that follow another one because the backend cannot set them on their own. */
  readonly tied?: Readonly<Record<BlockName, BlockName>>;
  /** Blocks that the backend cannot move. */
  readonly pinned?: BlockWeights;
  /** Blocks off unless asked for that the backend can set; left out where that is not known. */
  readonly optional?: readonly BlockName[];
  /** Text encoders and VAE that the backend can set; left out where that is not known. */
  readonly parts?: PartCapabilities;
  /** Text encoders are searched layer by layer: what is said of one is said of each of its layers. */
  readonly textEncoderLayers?: boolean;
  /** Beside the blocks; none when left out. */
  readonly parameters?: readonly SearchedParameter[];
  /** Blocks are shared out among models B and those whose weights are called so: see shares.ts. None when left out. */
  readonly shares?: readonly string[];
  /** What the backend can set at all. */
  readonly range?: { readonly low: number; readonly high: number };
}

/**
 * The rules of single blocks. A name counts before a pattern, and of two patterns the one with more letters. Blocks that are off unless
 * asked for are not meant by a pattern that also fits others.
 * @throws usage error `block-unknown`
 */
export function rulesByName<Rule>(
  given: Readonly<Record<string, Rule>>,
  architecture: Architecture,
): Readonly<Record<BlockName, Rule>> {
  const rules: Record<BlockName, Rule> = {};
  for (const [text, rule] of inOrderOfExactness(Object.entries(given))) {
    for (const block of blocksMeant(text, architecture)) rules[block] = rule;
  }
  return rules;
}

/** @param text of `--block`: a name as it is written, or a pattern in any case */
function blocksMeant(text: string, architecture: Architecture): readonly BlockName[] {
  const all = weighableBlocksOf(architecture);
  const found = isPattern(text) ? fittingBlocks(text, architecture) : all.filter((name) => name === text);
  if (found.length > 0) return found;
  const { layout } = architectureRow(architecture);
  throw usageError(
    'block-unknown',
    layout === undefined
      ? `Block ${text} does not exist in ${architecture}; its blocks are ${blocksInWords(architecture)}.`
      : `Block ${text} does not exist in ${architecture}.${didYouMean(text, all)} Its blocks are ${blocksInWords(architecture)}.`,
  );
}

/** Blocks of a search that a pattern fits; where it fits none, those that are off unless asked for. */
export function fittingBlocks(pattern: string, architecture: Architecture): BlockName[] {
  const searched = blocksLike(pattern, blocksOf(architecture));
  return searched.length > 0 ? searched : blocksLike(pattern, optionalBlocksOf(architecture));
}

/** An optional block at 0 is as if nobody had said anything of it. */
export function isAskedFor(
  name: BlockName,
  { blocks, base }: Pick<SpaceSettings, 'blocks' | 'base'>,
): boolean {
  const rule = blocks[name];
  if (rule === 'off') return (base?.[name] ?? 0) !== 0;
  return rule !== undefined && rule !== 0;
}

/** A weight that is shared can have one rule only. */
export function checkGroup(text: string, group: readonly BlockName[], settings: SpaceSettings): void {
  const { blocks, pinned } = settings;
  for (const name of group) {
    checkOptional(name, settings);
    const weight = pinned?.[name];
    if (weight !== undefined) {
      throw usageError(
        'group-invalid',
        `--group ${text}: ${name} cannot be changed by this backend and stays at ${weight}; leave it out.`,
      );
    }
    if (isFixed(blocks[name])) {
      throw usageError(
        'group-invalid',
        `--group ${text}: ${name} is fixed by --block and cannot share a weight; remove it from one of them.`,
      );
    }
  }
}

export function isFixed(rule: BlockRule | undefined): boolean {
  return rule !== undefined && (typeof rule !== 'object' || rule.low === rule.high);
}

export function boundsOf(
  names: readonly BlockName[],
  { blocks, base, low, high }: SpaceSettings,
): { readonly low: number; readonly high: number } {
  const rules = names.flatMap((name) => {
    const rule = blocks[name];
    if (rule === undefined) return [];
    if (rule === 'off') return [{ name, low: base?.[name] ?? 0, high: base?.[name] ?? 0 }];
    return [typeof rule === 'number' ? { name, low: rule, high: rule } : { name, ...rule }];
  });
  const [first, ...others] = rules;
  const other = others.find((rule) => rule.low !== first?.low || rule.high !== first.high);
  if (first !== undefined && other !== undefined) {
    throw usageError(
      'group-invalid',
      `${first.name} and ${other.name} share a weight but have different bounds (${first.low}:${first.high} and ${other.low}:${other.high}): give both the same.`,
    );
  }
  return first ?? { low, high };
}

/** What is said about a block that the backend cannot set would be ignored. */
export function checkFree(name: BlockName, settings: SpaceSettings): void {
  const { tied, pinned, parts } = settings;
  if (isAskedFor(name, settings)) checkOptional(name, settings);
  const leader = tied?.[name] ?? parts?.tied?.[name];
  const weight = pinned?.[name];
  if (leader === undefined && weight === undefined) return;
  throw usageError(
    'block-not-free',
    leader === undefined
      ? `Block ${name} cannot be changed by this backend and stays at ${weight}: leave out --block ${name}, or choose another --backend.`
      : `Block ${name} follows ${leader} in this backend: set ${leader} instead, or choose another --backend.`,
  );
}

function checkOptional(name: BlockName, { architecture, optional, parts }: SpaceSettings): void {
  checkPart(name, architecture, parts);
  if (optional === undefined || optional.includes(name)) return;
  if (!architectureRow(architecture).optionalBlocks.includes(name)) return;
  throw usageError(
    'block-not-free',
    `Block ${name} cannot be set by this backend and stays model A's: leave it out, or choose --backend comfyui or checkpoint.`,
  );
}

export function checkBounds(name: string, low: number, high: number, range: SpaceSettings['range']): void {
  if (low > high) {
    throw usageError(
      'bounds-reversed',
      `The lower bound of ${name}, ${low}, is above its upper bound, ${high}: swap them.`,
    );
  }
  if (range !== undefined && (low < range.low || high > range.high)) {
    throw usageError(
      'weight-out-of-range',
      `${name} may go from ${low} to ${high}, but this backend takes weights from ${range.low} to ${range.high} only.`,
    );
  }
}
