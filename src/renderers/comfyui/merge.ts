/** The nodes that merge: block weights into the inputs of ModelMergeSD1 and ModelMergeSDXL. */
import { blocksOf } from '../../space/blocks.ts';
import type { Architecture, BlockName, BlockWeights } from '../../space/blocks.ts';
import type { Graph, Link } from './graph.ts';

/** Weights that the nodes take as they are, and those that four more nodes make possible. */
export const PLAIN_RANGE = { low: 0, high: 1 };
export const WIDE_RANGE = { low: -1, high: 2 };

/** SD1 and SD2 have the same blocks, and ComfyUI the same class for both. */
export function mergeClassOf(architecture: Architecture): string {
  return architecture === 'sdxl' ? 'ModelMergeSDXL' : 'ModelMergeSD1';
}

/** Every input of the merge node that is a number. All of them must be sent: the server has no defaults. */
export function ratioInputsOf(architecture: Architecture): readonly string[] {
  return [...blocksOf(architecture).flatMap((block) => inputsOf(block, architecture)), LABEL_EMB];
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
/** No block of the search: SDXL has these layers, and they stay model A's. */
const LABEL_EMB = 'label_emb.';

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
  const values = blocksOf(architecture).map((block) => weightOf(weights, block));
  return values.some((value) => value < PLAIN_RANGE.low || value > PLAIN_RANGE.high);
}

/** The nodes count the other way round: 1 = model 1. */
function ratiosOf(weights: BlockWeights, architecture: Architecture, wide: boolean): Record<string, number> {
  const ratioOf = (weight: number): number => (wide ? 1 - (weight + 1) / 3 : 1 - weight);
  const ratios = blocksOf(architecture).flatMap((block) => {
    const ratio = ratioOf(weightOf(weights, block));
    return inputsOf(block, architecture).map((input) => [input, ratio] as const);
  });
  return { ...Object.fromEntries(ratios), [LABEL_EMB]: ratioOf(0) };
}

function weightOf(weights: BlockWeights, block: BlockName): number {
  const weight = weights[block];
  if (weight !== undefined && weight >= WIDE_RANGE.low && weight <= WIDE_RANGE.high) return weight;
  // NaN would make black images that look like a success.
  throw new RangeError(`The weight of ${block} is ${weight}; ComfyUI merges from -1 to 2.`);
}

/** Only the numbered inputs of the SDXL node lack the final dot. */
function inputsOf(block: BlockName, architecture: Architecture): readonly string[] {
  const dot = architecture === 'sdxl' ? '' : '.';
  if (block === 'TIME_EMBED') return ['time_embed.'];
  if (block === 'OUT') return ['out.'];
  if (block === 'M00') return [0, 1, 2].map((part) => `middle_block.${part}${dot}`);
  const side = block.startsWith('IN') ? 'input_blocks' : 'output_blocks';
  return [`${side}.${Number(block.slice(-2))}${dot}`];
}
