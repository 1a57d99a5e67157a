/** What a merge adds to model A: for each of its methods that is a sum of models, which targets, and the weight of every block for each of them. Pure. */
import { blocksIn, type Architecture, type BlockName, type BlockWeights } from '../../../space/blocks.ts';
import { methodsOfWay } from '../../../checkpoints/methods/ways.ts';
import { mergeMethod } from '../../../checkpoints/methods/registry.ts';
import { completeParameters, valuesOfBlock } from '../../../checkpoints/methods/given-parameters.ts';
import { readSearchedMerge } from '../../../checkpoints/searched-merge.ts';
import { weighableBlocksOf } from '../../../architectures/registry.ts';
import type { Graph, GraphNode } from './graph.ts';
import { MODEL_NODES, type Target } from './sums.ts';

/** As in `--backend`. */
export const MERGE_WAY = 'comfyui';

/** Nodes that load the models. */
export interface Loaders {
  readonly a: GraphNode;
  readonly b: GraphNode;
  /** Model C and further ones. */
  readonly others?: readonly GraphNode[] | undefined;
}

/** Something that is added to model A, by how much in every block. */
interface Term extends Target {
  readonly weights: BlockWeights;
}

export interface Terms {
  /** Loaders, and what has to be computed of whole models. */
  readonly graph: Graph;
  readonly terms: readonly Term[];
}

/**
 * @param named weights with parameters
 * @throws RangeError for a method that is no sum of models, and for models that are not there: whoever chooses nodes has looked
 */
export function termsOf(
  { a, b, others = [] }: Loaders,
  named: BlockWeights,
  architecture: Architecture,
): Terms {
  const { method, weights, parameters, isSwapped } = readSearchedMerge(named, architecture);
  if (!methodsOfWay(MERGE_WAY).includes(method)) throw new RangeError(`no nodes merge by ${method}`);
  const pair: Graph = isSwapped ? { a: b, b: a } : { a, b };
  const plain: Term = { id: 'b', model: ['b', 0], weights };
  if (method === 'weighted-sum') return { graph: pair, terms: [plain] };
  const loaders = Object.fromEntries(others.map((loader, n) => [idOfModel(n), loader] as const));
  if (others.length === 0) throw new RangeError(`${method} needs a third model`);
  if (method === 'add-difference') {
    const { c = a } = loaders;
    return { graph: { ...pair, c, ...DIFFERENCE }, terms: [{ ...plain, model: ['with_difference', 0] }] };
  }
  const complete = completeParameters(
    mergeMethod(method),
    parameters,
    weighableBlocksOf(architecture),
    2 + others.length,
  );
  const shareOf = (id: string, block: BlockName): number => {
    const value = valuesOfBlock(complete, block, weights[block] ?? 0)[id];
    if (typeof value !== 'number') throw new RangeError(`${method} has no weight of ${id}`);
    return value;
  };
  const blocks = blocksIn(weights, architecture);
  const more = Object.keys(loaders).map((id): Term => ({
    id,
    model: [id, 0],
    weights: Object.fromEntries(blocks.map((block) => [block, shareOf(id, block)])),
  }));
  return { graph: { ...pair, ...loaders }, terms: [plain, ...more] };
}

/** `c`, `d` …, which are the names of the parameters as well. @param n from 0 */
export function idOfModel(n: number): string {
  return String.fromCharCode('c'.charCodeAt(0) + n);
}

/** A + (B - C), which weight 1 gives. */
const DIFFERENCE: Graph = {
  difference: {
    class_type: MODEL_NODES.subtract,
    inputs: { model1: ['b', 0], model2: ['c', 0], multiplier: 1 },
  },
  with_difference: {
    class_type: MODEL_NODES.add,
    inputs: { model1: ['a', 0], model2: ['difference', 0] },
  },
};
