/**
 * Sums of models by nodes that have one number for a block, from 0 to 1, and mix two models with it. Pure.
 *
 * The wanted A + Σ wᵢ (Xᵢ - A) is made by mixing in one model after the other. Where all weights of a block are at least 0 and add up to at
 * most 1, the last of n models is mixed in by its weight, the one before by its weight divided by what is left then, and so on. Other weights
 * are moved into that range first: with base = A - l Σ (Xᵢ - A) and hiᵢ = base + r (Xᵢ - A) the same sum is base + Σ (wᵢ + l) / r (hiᵢ - base).
 * Its shares are at least 0 and add up to at most 1 for weights from 0 to 2 with l = 0 and r = 2n, and for those from -1 to 2 with l = 1 and
 * r = 3n. These need nothing but the models, so that the server keeps them from one iteration to the next, and only n nodes are computed anew.
 */
import type { Graph, GraphNode, Link } from './graph.ts';

/** The classes that add and subtract. */
export interface Arithmetic {
  readonly add: string;
  readonly subtract: string;
  /** Names of the inputs. */
  readonly first: string;
  readonly second: string;
  /** What the ids of its nodes begin with. */
  readonly prefix: string;
}

export const MODEL_NODES: Arithmetic = {
  add: 'ModelMergeAdd',
  subtract: 'ModelMergeSubtract',
  first: 'model1',
  second: 'model2',
  prefix: '',
};

export const CLIP_NODES: Arithmetic = {
  add: 'CLIPMergeAdd',
  subtract: 'CLIPMergeSubtract',
  first: 'clip1',
  second: 'clip2',
  prefix: 'clip_',
};

/** The largest `multiplier` of a node that subtracts. */
const MOST = 10;

/** What weight 1 makes of model A. */
export interface Target {
  /** For the ids of nodes: `b`. */
  readonly id: string;
  readonly model: Link;
}

export interface Sum {
  readonly graph: Graph;
  /** What is mixed into. */
  readonly base: Link;
  /** What is mixed in, in this order. */
  readonly targets: readonly Link[];
  /** By how much each is mixed into what is there by then, from 0 to 1. @param weights of one block, by target, from -1 to 2 */
  readonly sharesOf: (weights: readonly number[]) => readonly number[];
}

/** How far weights go: between the models, above that, or below 0 too. */
type Span = 'between' | 'above' | 'below';

/** @param blocks weights of one block each, by target */
export function spanOf(blocks: readonly (readonly number[])[]): Span {
  if (blocks.some((weights) => weights.some((weight) => weight < 0))) return 'below';
  const most = Math.max(...blocks.map((weights) => weights.reduce((sum, weight) => sum + weight, 0)));
  return most > 1 + ROUNDING ? 'above' : 'between';
}

/** @param span of all weights that are going to be asked for */
export function sumOf(base: Link, targets: readonly Target[], arithmetic: Arithmetic, span: Span): Sum {
  if (span === 'between') {
    return { graph: {}, base, targets: targets.map(({ model }) => model), sharesOf: inTurn };
  }
  // One model alone always has both ends: so its merges stay what they were.
  const below = span === 'below' || targets.length === 1 ? 1 : 0;
  const reach = (2 + below) * targets.length;
  return {
    ...widened(base, targets, arithmetic, { below, reach }),
    sharesOf: (weights) => inTurn(weights.map((weight) => (weight + below) / reach)),
  };
}

/** Each divided by what those behind it leave over. @param shares add up to at most 1 */
function inTurn(shares: readonly number[]): number[] {
  let rest = 1;
  return shares
    .toReversed()
    .map((share) => {
      const part = rest <= ROUNDING ? 0 : Math.min(1, Math.max(0, share / rest));
      rest -= share;
      return part;
    })
    .toReversed();
}

const ROUNDING = 1e-9;

function widened(
  base: Link,
  targets: readonly Target[],
  { add, subtract, first, second, prefix }: Arithmetic,
  { below, reach }: { readonly below: number; readonly reach: number },
): Omit<Sum, 'sharesOf'> {
  const graph: Record<string, GraphNode> = {};
  const node = (id: string, classType: string, x: Link, y: Link, more: GraphNode['inputs'] = {}): Link => {
    graph[prefix + id] = { class_type: classType, inputs: { [first]: x, [second]: y, ...more } };
    return [prefix + id, 0];
  };
  const [only, ...others] = targets;
  if (only !== undefined && others.length === 0) {
    const less = node(`a_less_${only.id}`, subtract, base, only.model, { multiplier: 1 });
    const more = node(`${only.id}_less_a`, subtract, only.model, base, { multiplier: 1 });
    const lo = node('lo', add, base, less);
    return { graph, base: lo, targets: [node('hi', add, only.model, more)] };
  }
  let lo = base;
  for (const { id, model } of below === 0 ? [] : targets) {
    lo = node(`lo_${id}`, add, lo, node(`a_less_${id}`, subtract, base, model, { multiplier: 1 }));
  }
  const times = Math.ceil(reach / MOST);
  return {
    graph,
    base: lo,
    targets: targets.map(({ id, model }) => {
      const part = node(`${id}_less_a`, subtract, model, base, { multiplier: reach / times });
      let hi = lo;
      for (let n = 1; n <= times; n++) hi = node(n === 1 ? `hi_${id}` : `hi_${id}${n}`, add, hi, part);
      return hi;
    }),
  };
}
