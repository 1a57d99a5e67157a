/** The nodes that merge: block weights into the inputs of ModelMergeSD1 and ModelMergeSDXL. */
import type {
  Architecture,
  BlockName,
  BlockWeights,
  ComfyNode,
} from '../../../architectures/architecture.ts';
import { architectureRow } from '../../../architectures/registry.ts';
import { blocksIn } from '../../../space/blocks.ts';
import type { Graph, Link } from './graph.ts';

/** Weights that the nodes take as they are, and those that four more nodes make possible. */
export const PLAIN_RANGE = { low: 0, high: 1 };
export const WIDE_RANGE = { low: -1, high: 2 };

/** @throws RangeError where ComfyUI has no node for the family: whoever chooses it has looked */
function nodeOf(architecture: Architecture): ComfyNode {
  const { comfyNode, title } = architectureRow(architecture);
  if (comfyNode === undefined) throw new RangeError(`ComfyUI has no node that merges ${title} by blocks`);
  return comfyNode;
}

/** SD1 and SD2 have the same blocks, and ComfyUI the same class for both. */
export function mergeClassOf(architecture: Architecture): string {
  return nodeOf(architecture).className;
}

/** Every input of the merge node that is a number. All of them must be sent: the server has no defaults. */
export function ratioInputsOf(architecture: Architecture): readonly string[] {
  const { inputs, others } = nodeOf(architecture);
  return [...Object.values(inputs).flat(), ...others];
}

/**
 * Loaders `a` and `b` and, unless model A is asked for plain, the merge. Weights outside 0..1 go through
 * `lo = 2A - B` and `hi = 2B - A`, of which `lo` and `hi` mixed reach -1..2.
 * @returns the nodes, and the link to the model
 * @throws RangeError for a weight that is missing, no number, or outside -1..2
 */
export function mergeNodes(
  files: { readonly modelA: string; readonly modelB: string },
  architecture: Architecture,
  weights: BlockWeights | 'model-a',
): { readonly graph: Graph; readonly model: Link } {
  const loaderA: Graph = { a: { class_type: LOADER, inputs: { ckpt_name: files.modelA } } };
  if (weights === 'model-a') return { graph: loaderA, model: ['a', 0] };
  const loaders: Graph = { ...loaderA, b: { class_type: LOADER, inputs: { ckpt_name: files.modelB } } };
  const wide = isWide(weights, architecture);
  const merge = {
    class_type: mergeClassOf(architecture),
    inputs: {
      model1: [wide ? 'lo' : 'a', 0],
      model2: [wide ? 'hi' : 'b', 0],
      ...ratiosOf(weights, architecture, wide),
    },
  };
  return { graph: { ...loaders, ...(wide ? WIDE_NODES : {}), merge }, model: ['merge', 0] };
}

const LOADER = 'CheckpointLoaderSimple';

const WIDE_NODES: Graph = {
  a_less_b: {
    class_type: 'ModelMergeSubtract',
    inputs: { model1: ['a', 0], model2: ['b', 0], multiplier: 1 },
  },
  b_less_a: {
    class_type: 'ModelMergeSubtract',
    inputs: { model1: ['b', 0], model2: ['a', 0], multiplier: 1 },
  },
  lo: { class_type: 'ModelMergeAdd', inputs: { model1: ['a', 0], model2: ['a_less_b', 0] } },
  hi: { class_type: 'ModelMergeAdd', inputs: { model1: ['b', 0], model2: ['b_less_a', 0] } },
};

function isWide(weights: BlockWeights, architecture: Architecture): boolean {
  const values = blocksIn(weights, architecture).map((block) => weightOf(weights, block));
  return values.some((value) => value < PLAIN_RANGE.low || value > PLAIN_RANGE.high);
}

/** The nodes count the other way round: 1 = model 1. */
function ratiosOf(weights: BlockWeights, architecture: Architecture, wide: boolean): Record<string, number> {
  const ratioOf = (weight: number): number => (wide ? 1 - (weight + 1) / 3 : 1 - weight);
  const { inputs, others } = nodeOf(architecture);
  const given = new Set(blocksIn(weights, architecture));
  const ratios = Object.entries(inputs).flatMap(([block, names]) => {
    // What nobody asked for stays model A's.
    const ratio = ratioOf(given.has(block) ? weightOf(weights, block) : 0);
    return names.map((name) => [name, ratio] as const);
  });
  return Object.fromEntries([...ratios, ...others.map((name) => [name, ratioOf(0)] as const)]);
}

function weightOf(weights: BlockWeights, block: BlockName): number {
  const weight = weights[block];
  if (weight !== undefined && weight >= WIDE_RANGE.low && weight <= WIDE_RANGE.high) return weight;
  // NaN would make black images that look like a success.
  throw new RangeError(`The weight of ${block} is ${weight}; ComfyUI merges from -1 to 2.`);
}
