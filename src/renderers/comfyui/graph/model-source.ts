/**
 * The contract of whatever the model of the images comes from: nodes that merge in memory, or a merged file. Nodes of the images
 * hang on its links.
 */
import type { Architecture, BlockWeights } from '../../../architectures/architecture.ts';
import { architectureRow } from '../../../architectures/registry.ts';
import { uniformWeights } from '../../../space/blocks.ts';
import type { Graph, Link } from './graph.ts';
import { mergeLoaded, mergeNodes, type MergeSteps, type ModelFiles } from './merge.ts';
import { partNodes } from './part-nodes.ts';
import type { Source } from './parts.ts';
import type { Loaders } from './terms.ts';

interface LoadedModel extends Source {
  readonly graph: Graph;
}

export interface ModelSource {
  /** Makes what the nodes need beside the server, such as a file. Called before the nodes of the same weights are asked for. */
  prepare?(weights: BlockWeights | 'model-a', signal: AbortSignal): Promise<void>;
  /** @throws RangeError for weights that it cannot merge */
  nodes(weights: BlockWeights | 'model-a'): LoadedModel;
}

/** Whole checkpoints of Stable Diffusion: text encoder and VAE are model A's where they have no weight. */
export function checkpointSource(files: ModelFiles, architecture: Architecture): ModelSource {
  return {
    nodes: (weights) => {
      const { graph, model } = mergeNodes(files, ...inFamily(architecture, weights));
      const parts = partNodes(architecture, weights);
      return { ...parts, graph: { ...graph, ...parts.graph }, model };
    },
  };
}

/** Blocks that the family lacks are moved by the node of the family that has them, which leaves alone what is not there. */
function inFamily(
  architecture: Architecture,
  weights: BlockWeights | 'model-a',
): [Architecture, BlockWeights | 'model-a'] {
  const { foreign } = architectureRow(architecture);
  if (weights === 'model-a' || foreign?.blocks.some((block) => weights[block] !== undefined) !== true)
    return [architecture, weights];
  return [foreign.other, { ...uniformWeights(0, foreign.other), ...weights }];
}

/** A network and what belongs to it, loaded one by one. */
export interface LoadedParts {
  /** The nodes of the links. */
  readonly graph: Graph;
  readonly clip: Link | undefined;
  readonly vae: Link | undefined;
}

/** Networks that nodes merge in memory. */
export function mergingSource(
  loaders: Loaders,
  { graph: others, clip, vae }: LoadedParts,
  merge: { readonly architecture: Architecture; readonly steps: MergeSteps },
): ModelSource {
  return {
    nodes(weights) {
      const { graph, model } = mergeLoaded(loaders, merge, weights);
      return { graph: { ...graph, ...others }, model, clip, vae };
    },
  };
}
