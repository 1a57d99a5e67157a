/** Weights for models that are known: a list of another architecture would be merged into blocks that it is not about. */
import { usageError } from '../shared/errors.ts';
import type { Architecture, BlockName, BlockWeights } from '../architectures/architecture.ts';
import { isKindOfLayer } from '../architectures/kinds.ts';
import { blocksLike } from '../architectures/block-patterns.ts';
import {
  architectureRow,
  blockNames,
  divisionThat,
  partBlocksOf,
  weighableBlocksOf,
} from '../architectures/registry.ts';
import { FOLLOWERS } from '../architectures/sd-lists.ts';
import { pickBlocks } from '../space/blocks.ts';
import { isParameterName, parametersIn } from '../space/parameters.ts';
import { everyBlock, matchPatterns, requireBlocks } from './named.ts';
import type { FoundWeights } from './weights-source.ts';

/**
 * Parameters of a search among the weights stay as they are, behind the blocks.
 * @throws usage errors `weights-architecture`, `block-unknown`
 */
export function fitWeights(given: FoundWeights, architecture: Architecture): FoundWeights {
  const { found, parameters } = apart(given);
  const fitted = fitBlocks(found, architecture);
  return Object.keys(parameters).length === 0
    ? fitted
    : { ...fitted, weights: { ...fitted.weights, ...parameters } };
}

/** Blocks and their patterns, and beside them what is neither. */
function apart(found: FoundWeights): {
  readonly found: FoundWeights;
  readonly parameters: Readonly<Record<string, number>>;
} {
  const { patterns = [], named = [], weights } = found;
  const parameters = {
    ...parametersIn(weights),
    ...Object.fromEntries(patterns.filter(([name]) => isParameterName(name))),
  };
  if (Object.keys(parameters).length === 0) return { found, parameters };
  const isBlock = (name: string): boolean => !isParameterName(name);
  return {
    found: {
      ...found,
      weights: Object.fromEntries(Object.entries(weights).filter(([name]) => isBlock(name))),
      patterns: patterns.filter(([name]) => isBlock(name)),
      named: named.filter(isBlock),
    },
    parameters,
  };
}

function fitBlocks(found: FoundWeights, architecture: Architecture): FoundWeights {
  const { uniform, named = [], patterns = [], weights } = found;
  const known = blockNames();
  requireBlocks([...named, ...Object.keys(weights).filter((name) => !known.includes(name))], architecture);
  const { layout, kinds } = architectureRow(architecture);
  if (layout !== undefined || kinds === true) requireNames(found, architecture);
  const fitted = withBase(fitList(found, architecture), architecture);
  if (uniform === undefined && patterns.length === 0) return fitted;
  const uniformly = uniform === undefined ? {} : everyBlock(uniform, architecture);
  return {
    ...fitted,
    weights: {
      ...uniformly,
      ...fitted.weights,
      ...matchPatterns(patterns, architecture),
      ...pick(fitted.weights, named),
    },
  };
}

/** The family as the names divide it: `IN.attention` is one of a kind of layer, `IN04` one in depth. */
export function divisionMeant(given: FoundWeights, architecture: Architecture): Architecture {
  const { weights, patterns = [] } = apart(given).found;
  return divisionThat(
    (blocks) =>
      Object.keys(weights).every((name) => blocks.includes(name)) &&
      patterns.every(([pattern]) => blocksLike(pattern, blocks).length > 0),
    architecture,
  );
}

/**
 * Rows of a history are learned by the names of their blocks, and what a model lacks is left out of them; rows of another family would all be the
 * same point.
 * @param origin where they are from, for the message
 * @throws usage error `weights-architecture`
 */
export function requireSameBlocks(
  rows: readonly { readonly weights: BlockWeights }[],
  origin: string,
  architecture: Architecture,
): void {
  const own = new Set(weighableBlocksOf(architecture));
  for (const { weights } of rows) {
    // Of shares there are more than of blocks.
    const names = Object.keys(weights).filter((name) => !isParameterName(name));
    const others = names.filter((name) => !own.has(name));
    if (2 * others.length <= names.length && !others.some(isKindOfLayer)) continue;
    throw usageError(
      'weights-architecture',
      `${origin} is a history with other blocks (${others.slice(0, 3).join(', ')} …) than those of the search for ${architectureRow(architecture).title}: leave it out, or give a history of such models.`,
    );
  }
}

function pick(weights: BlockWeights, names: readonly BlockName[]): BlockWeights {
  return Object.fromEntries(
    names.flatMap((name) => (weights[name] === undefined ? [] : [[name, weights[name]] as const])),
  );
}

/** Lists of bare numbers are of Stable Diffusion's blocks in depth. @throws usage error `weights-architecture` */
function requireNames({ weights, origin }: FoundWeights, architecture: Architecture): void {
  const own = weighableBlocksOf(architecture);
  if (Object.keys(weights).every((name) => own.includes(name))) return;
  const [example = ''] = own;
  const { layout } = architectureRow(architecture);
  throw usageError(
    'weights-architecture',
    `The weights (${origin}) are for ${layout === undefined ? 'blocks in depth' : 'Stable Diffusion'}, but these models are ${architectureRow(architecture).title}: give one number for every block, or weights by name such as ${example}=0.5.`,
  );
}

function fitList(found: FoundWeights, architecture: Architecture): FoundWeights {
  const { architectures, follows, weights, origin } = found;
  const { shortTitle, lists } = architectureRow(architecture);
  if (architectures?.includes(architecture) === false) {
    const theirs = architectures.map((name) => architectureRow(name).shortTitle).join(' and ');
    throw usageError(
      'weights-architecture',
      `The weights (${origin}) are for ${theirs}, but these models are ${shortTitle}: give a list for these models, 27 numbers in search order or 25 in preset order.`,
    );
  }
  if (follows !== true || lists === undefined || lists.followers === FOLLOWERS || architectures !== undefined)
    return found;
  // Of 26 numbers, those tools leave out what SDXL has not; `out` follows its last block, `time_embed` stays model A's.
  const picked = Object.entries(pickBlocks(weights, architecture)).filter(([name]) => !(name in FOLLOWERS));
  const others = Object.entries(lists.followers).flatMap(([name, leader]) =>
    weights[leader] === undefined ? [] : [[name, weights[leader]] as const],
  );
  return { ...found, weights: Object.fromEntries([...picked, ...others]) };
}

/** Base alpha as weights of text encoders and VAE. What is given by name beats it. */
function withBase(found: FoundWeights, architecture: Architecture): FoundWeights {
  const { baseAlpha = 0, vaeWeight = baseAlpha, isLora, isBaseForAllElse, weights } = found;
  if (isLora === true || (baseAlpha === 0 && vaeWeight === 0)) return found;
  const { optionalBlocks } = architectureRow(architecture);
  const others = [
    ...(isBaseForAllElse === true ? optionalBlocks.map((name) => [name, baseAlpha] as const) : []),
    ...partBlocksOf(architecture).map(
      ({ name, layers }) => [name, layers.length > 0 ? baseAlpha : vaeWeight] as const,
    ),
  ];
  return { ...found, weights: { ...Object.fromEntries(others), ...weights } };
}

/** What of base alpha a search leaves out, because it does not ask for text encoder or VAE: sentences. */
export function baseLeftOut(
  { baseAlpha = 0, vaeWeight = 0 }: FoundWeights,
  leftOff: readonly BlockName[],
): string[] {
  if (leftOff.length === 0 || (baseAlpha === 0 && vaeWeight === 0)) return [];
  const parts = [
    ...(baseAlpha === 0 ? [] : [`base alpha ${baseAlpha}`]),
    ...(vaeWeight === 0 ? [] : [`VAE ${vaeWeight}`]),
  ];
  return [
    `The ${parts.join(' and ')} of the weights ${parts.length === 1 ? 'is' : 'are'} ignored, because ${leftOff.join(' and ')} ${leftOff.length === 1 ? 'stays' : 'stay'} model A's; give --block ${leftOff[0]}=… to use ${leftOff.length === 1 ? 'it' : 'them'}.`,
  ];
}
