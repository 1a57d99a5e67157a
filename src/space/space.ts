/**
 * The space of a search: which blocks move, between which bounds, on which grid, and which stand still or follow.
 * One codec maps a point (bare numbers, the optimizer's side) to named weights and back.
 */
import { usageError } from '../shared/errors.ts';
import type { BlockName, BlockWeights } from '../architectures/architecture.ts';
import { blocksOf, optionalBlocksOf, weighableBlocksOf, weightOfBlock } from '../architectures/registry.ts';
import { fitKnots, type KnotRange } from './curve-fit.ts';
import { depths, nearestBlocks, planCurves, weightsOnCurve, type Curve, type CurvePlan } from './curve.ts';
import { neighbourGroups, parseGroup } from './groups.ts';
import type { BlockSpace, SpaceDimension } from './dimension.ts';
import { isParameterName } from './parameters.ts';
import { checkWhole, layerByLayer } from './parts.ts';
import {
  boundsOf,
  checkBounds,
  checkFree,
  checkGroup,
  isAskedFor,
  isFixed,
  rulesByName,
  type SpaceSettings,
} from './rules.ts';
import {
  checkShared,
  checkShares,
  rounded,
  shareDimensions,
  sharedNames,
  sharedPlace,
  sharedWeights,
} from './shares.ts';

export type { BlockSpace } from './dimension.ts';
export type { SpaceSettings } from './rules.ts';

/**
 * @throws usage errors `block-unknown` (not in this architecture), `block-not-free`, `bounds-reversed`,
 * `weight-out-of-range`, `group-invalid`, `curve-invalid`
 */
export function createSpace(given: SpaceSettings): BlockSpace {
  const { architecture } = given;
  const all = weighableBlocksOf(architecture);
  const asked = rulesByName(given.blocks, architecture);
  const { blocks: rules, layers } =
    given.textEncoderLayers === true
      ? layerByLayer(asked, architecture)
      : { blocks: asked, layers: new Set<BlockName>() };
  const settings = { ...given, blocks: rules };
  for (const name of all) if (settings.blocks[name] !== undefined) checkFree(name, settings);
  const { shares } = settings;
  if (shares !== undefined) checkShares(settings);
  const fixed: Record<BlockName, number> = {};
  const dimensions: SpaceDimension[] = [];
  const curves: Curve[] = [];
  for (const { blocks, curve } of movingTogether(settings, layers)) {
    const [leader] = blocks;
    const pinned = leader === undefined ? undefined : settings.pinned?.[leader];
    if (pinned !== undefined) {
      for (const block of blocks) fixed[block] = pinned;
      continue;
    }
    const name = curve?.name ?? blocks.join('+');
    const { low, high } = boundsOf(blocks, settings);
    checkBounds(name, low, high, settings.range);
    const isWhole = blocks.some((block) => settings.parts?.whole?.includes(block) === true);
    if (isWhole) checkWhole(name, low, high);
    if (low === high) {
      if (shares !== undefined) checkShared(name, low, high);
      for (const block of blocks) fixed[block] = low;
    } else if (shares !== undefined) {
      dimensions.push(...shareDimensions(name, blocks, { low, high, isWhole }, settings));
    } else if (curve !== undefined) {
      const { name, shape, blocks: places, knots } = curve;
      curves.push({ name, shape, blocks: places });
      dimensions.push(...knotsOf(name, places, depths(knots), { ...settings, low, high }));
    } else {
      dimensions.push({ name, blocks, low, high, intervals: isWhole ? 1 : settings.intervals });
    }
  }
  for (const parameter of given.parameters ?? []) {
    const { name, low, high, intervals, choices, values, neutral, full, when } = parameter;
    if (low === high) fixed[name] = values?.[low] ?? low;
    else {
      const own = { choices, values, neutral, full, when };
      dimensions.push({ name, blocks: [], low, high, intervals, parameter: own });
    }
  }
  return {
    architecture,
    dimensions,
    fixed,
    ...(curves.length > 0 && { curves }),
    ...(shares !== undefined && { shares }),
  };
}

/** The names of all parameters of the space, those that move first. */
export function parametersOfSpace(space: BlockSpace): string[] {
  const { dimensions, fixed } = space;
  const moving = dimensions.flatMap(({ name, parameter }) => (parameter === undefined ? [] : [name]));
  return [...moving, ...sharedNames(space), ...Object.keys(fixed).filter(isParameterName)];
}

/** The blocks that the space says something about, in search order: those of the family, and optional ones asked for. */
export function blocksOfSpace({ architecture, dimensions, fixed }: BlockSpace): BlockName[] {
  const said = new Set([...dimensions.flatMap(({ blocks }) => blocks), ...Object.keys(fixed)]);
  const searched = blocksOf(architecture);
  return weighableBlocksOf(architecture).filter((name) => searched.includes(name) || said.has(name));
}

/** Point to named weights: every block of the space has one, and behind them every parameter. */
export function decode(space: BlockSpace, point: readonly number[]): BlockWeights {
  if (point.length !== space.dimensions.length) {
    throw new RangeError(`a point of this space has ${space.dimensions.length} numbers, not ${point.length}`);
  }
  const weights: Record<BlockName, number> = {};
  for (const { name, d, values, fixed } of sourcesOf(space)) {
    const value = d === undefined ? fixed : (point[d] ?? Number.NaN);
    weights[name] = values?.[value] ?? value;
  }
  const move = (name: BlockName, weight: number): void => {
    if (Object.hasOwn(weights, name)) weights[name] = weight;
  };
  for (const curve of space.curves ?? []) {
    const { first, ranges } = rangesOf(space, curve);
    const values = point.slice(first, first + ranges.length);
    const at = ranges.map((range) => range.at);
    const { low, high } = ranges[0] ?? { low: 0, high: 1 };
    for (const [place, weight] of weightsOnCurve(curve, at, values).entries()) {
      for (const block of curve.blocks[place] ?? [])
        move(block, Math.min(high, Math.max(low, rounded(weight))));
    }
  }
  if (space.shares !== undefined)
    for (const [name, weight] of Object.entries(sharedWeights(space, point))) move(name, weight);
  for (const { name, parameter } of space.dimensions) {
    const { when, neutral } = parameter ?? {};
    // Points that differ in it alone are the same merge.
    if (when !== undefined && (weights[when.name] ?? when.is) !== when.is) move(name, neutral ?? 0);
  }
  return weights;
}

/** Where the weight of a name is found. */
interface WeightSource {
  readonly name: string;
  /** Position of its dimension; undefined = it never moves. */
  readonly d: number | undefined;
  /** What the numbers of the dimension stand for, where they are choices. */
  readonly values: readonly number[] | undefined;
  readonly fixed: number;
}

/** By space: a long run decodes points of the same one again and again. */
const sources = new WeakMap<BlockSpace, readonly WeightSource[]>();

/** Search order, whatever the order in which blocks were given: equal weights are equal as text too. */
function sourcesOf(space: BlockSpace): readonly WeightSource[] {
  const known = sources.get(space);
  if (known !== undefined) return known;
  const places = new Map<string, number>();
  for (const [d, { name, blocks, parameter }] of space.dimensions.entries())
    for (const moved of parameter === undefined ? blocks : [name, ...blocks]) places.set(moved, d);
  const found = [...blocksOfSpace(space), ...parametersOfSpace(space)].map((name) => {
    const d = places.get(name);
    const dimension = d === undefined ? undefined : space.dimensions[d];
    const values = dimension?.name === name ? dimension.parameter?.values : undefined;
    return { name, d, values, fixed: space.fixed[name] ?? 0 };
  });
  sources.set(space, found);
  return found;
}

/**
 * Named weights to the nearest point of the space. Blocks without a weight stand in the middle, but for optional ones,
 * which are model A's then, and parameters, which are as if nobody had named them; a group takes the mean of its blocks, and a curve comes as near to its blocks as it can. The
 * optimizer snaps the point to its grid.
 */
export function encode(space: BlockSpace, weights: BlockWeights): number[] {
  const { architecture } = space;
  const optionalBlocks = optionalBlocksOf(architecture);
  const meanOf = (blocks: readonly BlockName[], { low, high }: { low: number; high: number }): number => {
    const given = blocks.map(
      (block) =>
        weightOfBlock(block, architecture, weights) ??
        (optionalBlocks.includes(block) ? 0 : (low + high) / 2),
    );
    return given.reduce((sum, value) => sum + value, 0) / given.length;
  };
  const point = space.dimensions.flatMap((dimension) => {
    const { name, blocks, low, high, parameter, share } = dimension;
    // Those of the models behind B stand with B's.
    if (share !== undefined && share.model > 0) return [];
    const given = parameter === undefined ? meanOf(blocks, { low, high }) : placeOf(name, parameter, weights);
    if (share !== undefined) return sharedPlace(space, dimension, given, weights);
    return [Math.min(high, Math.max(low, given))];
  });
  for (const curve of space.curves ?? []) {
    const { first, ranges } = rangesOf(space, curve);
    const { low, high } = ranges[0] ?? { low: 0, high: 1 };
    const wanted = curve.blocks.map((blocks) => meanOf(blocks, { low, high }));
    point.splice(first, ranges.length, ...fitKnots(curve, ranges, wanted));
  }
  return point;
}

/** Where a parameter stands in the space. A choice that is not tried stands at the first. */
function placeOf(
  name: string,
  { values, neutral }: NonNullable<SpaceDimension['parameter']>,
  weights: BlockWeights,
): number {
  const given = weights[name] ?? neutral;
  return values === undefined ? given : Math.max(0, values.indexOf(given));
}

/** Are these weights those of a point of the space? */
export function holds(space: BlockSpace, weights: BlockWeights): boolean {
  const nearest = decode(space, encode(space, weights));
  const names = new Set([...Object.keys(weights), ...Object.keys(nearest)]);
  const same = space.curves === undefined ? SAME_WEIGHT : SAME_ON_CURVE;
  return [...names].every((name) => Math.abs((weights[name] ?? 0) - (nearest[name] ?? 0)) < same);
}

/** Rounding. */
const SAME_WEIGHT = 1e-9;
/** Weights on a curve are rounded to {@link DECIMALS}, and the knots that they are of are found again less exactly. */
const SAME_ON_CURVE = 1e-5;

/** The knots of a curve, and the position of the first one among the dimensions. */
function rangesOf(
  { dimensions }: BlockSpace,
  curve: Curve,
): { readonly first: number; readonly ranges: KnotRange[] } {
  const ranges = dimensions.flatMap(({ knot, low, high }) =>
    knot?.curve === curve.name ? [{ at: knot.at, low, high }] : [],
  );
  return { first: dimensions.findIndex(({ knot }) => knot?.curve === curve.name), ranges };
}

/** @param at depths of the knots */
function knotsOf(
  curve: string,
  places: Curve['blocks'],
  at: readonly number[],
  { low, high, intervals }: SpaceSettings,
): SpaceDimension[] {
  const nearest = nearestBlocks(places, at);
  return at.map((depth, k) => ({
    name: `${curve}@${Math.round(1000 * depth) / 1000}`,
    blocks: nearest[k] ?? [],
    low,
    high,
    intervals,
    knot: { curve, at: depth },
  }));
}

interface MovingTogether {
  readonly blocks: readonly BlockName[];
  /** Absent = they share one weight. */
  readonly curve?: Curve & Pick<CurvePlan, 'knots'>;
}

/**
 * Every block once, with those that share its weight or lie on its curve, in search order of the first of each.
 * @param layers of text encoders whose rule is that of the encoder: they may lie on a curve
 */
function movingTogether(settings: SpaceSettings, layers: ReadonlySet<BlockName>): MovingTogether[] {
  const { architecture, groups = [], testGrouping = 1, pinned = {} } = settings;
  const tied = { ...settings.tied, ...settings.parts?.tied };
  const parsed = groups.map((text) => ({ text, group: parseGroup(text, architecture) }));
  const named = parsed.map(({ text, group }) => {
    checkGroup(text, group, settings);
    // A block that follows another one brings nothing of its own.
    return [...new Set(group.map((name) => tied[name] ?? name))];
  });
  const searched = blocksOf(architecture);
  const isMeant = (name: BlockName): boolean =>
    searched.includes(name) ||
    isAskedFor(name, settings) ||
    parsed.some(({ group }) => group.some((member) => member === name || tied[member] === name));
  const names = weighableBlocksOf(architecture).filter(
    (name) => isMeant(name) || isMeant(settings.parts?.tied?.[name] ?? ''),
  );
  const leaders = names.filter((name) => tied[name] === undefined);
  const taken = named.flat();
  const twice = taken.find((name, index) => taken.indexOf(name) !== index);
  if (twice !== undefined) {
    throw usageError('group-invalid', `Block ${twice} is in two groups: combine them into one --group.`);
  }
  const free = leaders.filter(
    (name) => !taken.includes(name) && pinned[name] === undefined && !isFixed(settings.blocks[name]),
  );
  const withFollowers = (group: readonly BlockName[]): BlockName[] => {
    const all = group.flatMap((name) => [name, ...names.filter((other) => tied[other] === name)]);
    return names.filter((name) => all.includes(name));
  };
  const ruleless = free.filter((name) => settings.blocks[name] === undefined || layers.has(name));
  const planned = planCurves(settings.curve ?? [], ruleless, architecture);
  const onCurve = new Set(planned.flatMap(({ blocks }) => blocks));
  const loose = free.filter((name) => !onCurve.has(name));
  const all = [...named, ...neighbourGroups(testGrouping, loose, architecture)];
  const placed = new Set([...all.flat(), ...onCurve]);
  const alone = leaders.filter((name) => !placed.has(name)).map((name) => [name]);
  const curves = planned.map(({ name, knots, blocks }): MovingTogether => {
    const places = blocks.map((block) => withFollowers([block]));
    return {
      blocks: withFollowers(blocks),
      curve: { name, shape: settings.curveShape ?? 'linear', blocks: places, knots },
    };
  });
  return [...curves, ...[...all, ...alone].map((group) => ({ blocks: withFollowers(group) }))].toSorted(
    ({ blocks: [a = ''] }, { blocks: [b = ''] }) => names.indexOf(a) - names.indexOf(b),
  );
}
