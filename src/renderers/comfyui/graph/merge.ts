/** The nodes that merge: block weights into the inputs of ModelMergeSD1, ModelMergeSDXL and their kind. */
import type {
  Architecture,
  BlockName,
  BlockWeights,
  ComfyNode,
} from '../../../architectures/architecture.ts';
import { allBlocksOf, architectureRow } from '../../../architectures/registry.ts';
import { blocksIn } from '../../../space/blocks.ts';
import type { Graph, GraphNode, Link } from './graph.ts';

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

/** Every input of the merge node that is a number. */
export function ratioInputsOf(architecture: Architecture): readonly string[] {
  return usualSteps(architecture).flatMap(({ inputs }) => inputs.map(({ name }) => name));
}

/** One number of a merge node. */
export interface MergeInput {
  readonly name: string;
  /** Whose weight it is; undefined = model A's, whatever the weights. */
  readonly block?: BlockName | undefined;
  /** It leaves alone what came into the node. */
  readonly keeps?: true;
}

/** A node that merges. */
export interface MergeStep {
  readonly className: string;
  /** Which of its outputs is the model. */
  readonly slot: number;
  /**
   * All of its numbers, in the order in which they are sent: tensors that no input is for get the first one. All of them must be sent:
   * the server has no defaults.
   */
  readonly inputs: readonly MergeInput[];
}

/** Nodes one behind the other; the later ones leave alone what the first has merged. */
export type MergeSteps = readonly MergeStep[];

/** The node of a family of Stable Diffusion, which covers all of its blocks. */
function usualSteps(architecture: Architecture): MergeSteps {
  const { className, inputs, others } = nodeOf(architecture);
  const blocks = Object.entries(inputs).flatMap(([block, names]) => names.map((name) => ({ name, block })));
  return [
    {
      className,
      slot: 0,
      inputs: [...blocks, ...others.map((name) => ({ name }))],
    },
  ];
}

/**
 * Loaders `a` and `b` and, unless model A is asked for plain, the merge.
 * @returns the nodes, and the link to the model
 * @throws RangeError for a weight that is missing, no number, or outside -1..2
 */
export function mergeNodes(
  { modelA, modelB }: { readonly modelA: string; readonly modelB: string },
  architecture: Architecture,
  weights: BlockWeights | 'model-a',
): { readonly graph: Graph; readonly model: Link } {
  const loader = (file: string): GraphNode => ({ class_type: LOADER, inputs: { ckpt_name: file } });
  return mergeLoaded(
    { a: loader(modelA), b: loader(modelB) },
    // Model A alone needs no node, which a family by kinds of layers has not.
    { architecture, steps: weights === 'model-a' ? [] : usualSteps(architecture) },
    weights,
  );
}

/**
 * The same with loaders of any kind, whose first output is the model. Weights outside 0..1 go through `lo = 2A - B` and
 * `hi = 2B - A`, of which `lo` and `hi` mixed reach -1..2.
 */
export function mergeLoaded(
  { a, b }: { readonly a: GraphNode; readonly b: GraphNode },
  { architecture, steps }: { readonly architecture: Architecture; readonly steps: MergeSteps },
  weights: BlockWeights | 'model-a',
): { readonly graph: Graph; readonly model: Link } {
  if (weights === 'model-a') return { graph: { a }, model: ['a', 0] };
  if (steps.length === 0) throw new RangeError('no nodes merge these models');
  const wide = isWide(weights, architecture);
  const merges: Record<string, GraphNode> = {};
  let model: Link = [wide ? 'lo' : 'a', 0];
  for (const [position, step] of steps.entries()) {
    const id = position === 0 ? 'merge' : `merge${position + 1}`;
    merges[id] = {
      class_type: step.className,
      inputs: {
        model1: model,
        model2: [wide ? 'hi' : 'b', 0],
        ...ratiosOf(step, weights, architecture, wide),
      },
    };
    model = [id, step.slot];
  }
  return { graph: { a, b, ...(wide ? WIDE_NODES : {}), ...merges }, model };
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
  const values = networkBlocksIn(weights, architecture).map((block) => weightOf(weights, block));
  return values.some((value) => value < PLAIN_RANGE.low || value > PLAIN_RANGE.high);
}

/** Text encoders and VAE have nodes of their own. */
function networkBlocksIn(weights: BlockWeights, architecture: Architecture): BlockName[] {
  const network = allBlocksOf(architecture);
  return blocksIn(weights, architecture).filter((block) => network.includes(block));
}

/** The nodes count the other way round: 1 = model 1. */
function ratiosOf(
  { inputs }: MergeStep,
  weights: BlockWeights,
  architecture: Architecture,
  wide: boolean,
): Record<string, number> {
  const given = new Set(blocksIn(weights, architecture));
  const ratioOf = ({ block, keeps }: MergeInput): number => {
    if (keeps === true) return 1;
    // What nobody asked for stays model A's.
    const weight = block !== undefined && given.has(block) ? weightOf(weights, block) : 0;
    return wide ? 1 - (weight + 1) / 3 : 1 - weight;
  };
  return Object.fromEntries(inputs.map((input) => [input.name, ratioOf(input)]));
}

function weightOf(weights: BlockWeights, block: BlockName): number {
  const weight = weights[block];
  if (weight !== undefined && weight >= WIDE_RANGE.low && weight <= WIDE_RANGE.high) return weight;
  // NaN would make black images that look like a success.
  throw new RangeError(`The weight of ${block} is ${weight}; ComfyUI merges from -1 to 2.`);
}
