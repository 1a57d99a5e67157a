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
import { MODEL_NODES, spanOf, sumOf } from './sums.ts';
import { termsOf, type Loaders } from './terms.ts';

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
export function usualSteps(architecture: Architecture): MergeSteps {
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

/** Whose weight the server gives to tensors that no input is for; undefined where they stay model A's. */
export function strayBlockOf([first]: MergeSteps): BlockName | undefined {
  const [input] = first?.inputs ?? [];
  return input?.keeps === true ? undefined : input?.block;
}

/**
 * Loaders `a` and `b`, of further models where the method takes them, and, unless model A is asked for plain, the merge.
 * @returns the nodes, and the link to the model
 * @throws RangeError for a weight that is missing, no number, or outside -1..2
 */
export function mergeNodes(
  { modelA, modelB, others }: ModelFiles,
  architecture: Architecture,
  weights: BlockWeights | 'model-a',
): { readonly graph: Graph; readonly model: Link } {
  const loader = (file: string): GraphNode => ({ class_type: LOADER, inputs: { ckpt_name: file } });
  return mergeLoaded(
    { a: loader(modelA), b: loader(modelB), others: others?.map(loader) },
    // Model A alone needs no node, which a family by kinds of layers has not.
    { architecture, steps: weights === 'model-a' ? [] : usualSteps(architecture) },
    weights,
  );
}

/** As the server names them. */
export interface ModelFiles {
  readonly modelA: string;
  readonly modelB: string;
  /** Model C and further ones. */
  readonly others?: readonly string[] | undefined;
}

/** The same with loaders of any kind, whose first output is the model. */
export function mergeLoaded(
  loaders: Loaders,
  { architecture, steps }: { readonly architecture: Architecture; readonly steps: MergeSteps },
  weights: BlockWeights | 'model-a',
): { readonly graph: Graph; readonly model: Link } {
  if (weights === 'model-a') return { graph: { a: loaders.a }, model: ['a', 0] };
  if (steps.length === 0) throw new RangeError('no nodes merge these models');
  const { graph, terms } = termsOf(loaders, weights, architecture);
  const weightsOf = (block: BlockName): number[] => terms.map((term) => weightOf(term.weights, block));
  const span = spanOf(networkBlocksIn(weights, architecture).map(weightsOf));
  const sum = sumOf(['a', 0], terms, MODEL_NODES, span);
  const given = new Set(blocksIn(weights, architecture));
  // What nobody asked for stays model A's.
  const sharesOf = (block: BlockName | undefined): readonly number[] =>
    sum.sharesOf(block !== undefined && given.has(block) ? weightsOf(block) : terms.map(() => 0));
  const merges: Record<string, GraphNode> = {};
  let model = sum.base;
  for (const [n, { id: term }] of terms.entries()) {
    for (const [position, { className, slot, inputs }] of steps.entries()) {
      const id = `merge${n === 0 ? '' : `_${term}`}${position === 0 ? '' : position + 1}`;
      // The nodes count the other way round: 1 = model 1.
      const ratioOf = ({ block, keeps }: MergeInput): number =>
        keeps === true ? 1 : 1 - (sharesOf(block)[n] ?? 0);
      merges[id] = {
        class_type: className,
        inputs: {
          model1: model,
          model2: sum.targets[n] ?? model,
          ...Object.fromEntries(inputs.map((input) => [input.name, ratioOf(input)])),
        },
      };
      model = [id, slot];
    }
  }
  return { graph: { ...graph, ...sum.graph, ...merges }, model };
}

const LOADER = 'CheckpointLoaderSimple';

/** Text encoders and VAE have nodes of their own. */
function networkBlocksIn(weights: BlockWeights, architecture: Architecture): BlockName[] {
  const network = allBlocksOf(architecture);
  return blocksIn(weights, architecture).filter((block) => network.includes(block));
}

function weightOf(weights: BlockWeights, block: BlockName): number {
  const weight = weights[block];
  if (weight !== undefined && weight >= WIDE_RANGE.low && weight <= WIDE_RANGE.high) return weight;
  // NaN would make black images that look like a success.
  throw new RangeError(`The weight of ${block} is ${weight}; ComfyUI merges from -1 to 2.`);
}
