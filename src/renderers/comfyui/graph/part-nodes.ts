/**
 * Text encoder and VAE of two whole checkpoints, which hang on loaders `a` and `b`. ComfyUI merges all encoders of a checkpoint by one
 * number, and no VAE: that is A's or B's.
 */
import type { Architecture, BlockName, BlockWeights } from '../../../architectures/architecture.ts';
import { architectureRow, partBlocksOf } from '../../../architectures/registry.ts';
import { NO_PARTS, type PartCapabilities } from '../../../space/parts.ts';
import type { Graph, Link } from './graph.ts';
import { CLIP_NODES, spanOf, sumOf } from './sums.ts';

/** The classes that it takes, and what is sent to each. */
export const CLIP_CLASSES: Readonly<Record<string, readonly string[]>> = {
  CLIPMergeSimple: ['clip1', 'clip2', 'ratio'],
  CLIPMergeSubtract: ['clip1', 'clip2', 'multiplier'],
  CLIPMergeAdd: ['clip1', 'clip2'],
};

/** @param mergesClip the server has the classes */
export function partsOfNodes(architecture: Architecture, mergesClip: boolean): PartCapabilities {
  // Encoders and VAE of transformers are files of their own, which both models share.
  if (architectureRow(architecture).layout !== undefined) return NO_PARTS;
  const [leader, ...followers] = mergesClip ? encodersOf(architecture) : [];
  return {
    free: leader === undefined ? [] : [leader],
    tied: leader === undefined ? {} : Object.fromEntries(followers.map((name) => [name, leader])),
    whole: partBlocksOf(architecture).flatMap(({ name, layers }) => (layers.length === 0 ? [name] : [])),
  };
}

interface PartNodes {
  readonly graph: Graph;
  readonly clip: Link;
  readonly vae: Link;
}

/** @throws RangeError for weights that no number can express: encoders apart, single layers, a VAE between A and B */
export function partNodes(architecture: Architecture, weights: BlockWeights | 'model-a'): PartNodes {
  const own = { graph: {}, clip: ['a', 1], vae: ['a', 2] } as const satisfies PartNodes;
  if (weights === 'model-a') return own;
  const encoders = encodersOf(architecture).map((name) => weights[name] ?? 0);
  const [weight = 0] = encoders;
  const layer = partBlocksOf(architecture)
    .flatMap(({ layers }) => layers)
    .find((name) => weights[name] !== undefined);
  if (layer !== undefined || encoders.some((other) => other !== weight)) {
    throw new RangeError(`ComfyUI has one weight for all text encoders, not one for ${layer ?? 'each'}.`);
  }
  const { VAE: vae = 0 } = weights;
  if (vae !== 0 && vae !== 1) throw new RangeError(`ComfyUI does not merge VAEs, but the weight is ${vae}.`);
  return { ...(weight === 0 ? own : clipNodes(weight)), vae: [vae === 1 ? 'b' : 'a', 2] };
}

/** @param weight of all encoders */
function clipNodes(weight: number): Pick<PartNodes, 'graph' | 'clip'> {
  const sum = sumOf(['a', 1], [{ id: 'b', model: ['b', 1] }], CLIP_NODES, spanOf([[weight]]));
  const [share = 0] = sum.sharesOf([weight]);
  const [other = ['b', 1]] = sum.targets;
  const clip_merge = {
    class_type: 'CLIPMergeSimple',
    inputs: { clip1: sum.base, clip2: other, ratio: 1 - share },
  };
  return { graph: { ...sum.graph, clip_merge }, clip: ['clip_merge', 0] };
}

function encodersOf(architecture: Architecture): BlockName[] {
  return partBlocksOf(architecture).flatMap(({ name, layers }) => (layers.length > 0 ? [name] : []));
}
