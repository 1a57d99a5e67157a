/** What travels along the links of a graph. */
import type { StateDict } from '../../models/state-dict.ts';
import type { Sampling } from '../../worlds/world.ts';
import type { Pixels } from '../../../types.ts';

export interface ModelValue {
  readonly kind: 'MODEL';
  /** UNet tensors only, all patches applied. */
  readonly unet: StateDict;
}

export interface ClipValue {
  readonly kind: 'CLIP';
  readonly tensors: StateDict;
  /** 1 = the last layer, 2 = the one before … */
  readonly skip: number;
}

export interface VaeValue {
  readonly kind: 'VAE';
  /** Empty where the file has none: an object all the same, which fails when it is used. */
  readonly tensors: StateDict;
}

export interface ConditioningValue {
  readonly kind: 'CONDITIONING';
  /** As the text encoder understands it (prompt-text.ts). */
  readonly text: string;
  readonly clip: ClipValue;
}

/** A sampling that has been done. */
export interface Pass {
  /** What the world has of it. */
  readonly sampling: Sampling;
  readonly unet: StateDict;
  readonly positive: ConditioningValue;
  readonly negative: ConditioningValue;
  readonly seed: number;
  readonly steps: number;
  readonly cfg: number;
  readonly sampler: string;
  readonly scheduler: string;
  readonly denoise: number;
  /** Names what it started from; null = an empty latent, with nothing of it kept. */
  readonly from: string | null;
  /** Misfortunes on order that show in the image. */
  readonly spoilt: Spoilt;
}

export type Spoilt = 'black' | 'frozen' | 'rubbish' | null;

export interface LatentValue {
  readonly kind: 'LATENT';
  /** Pixels of the decoded image. */
  readonly width: number;
  readonly height: number;
  readonly batch: number;
  /** The last sampling; null for a latent that has seen none. */
  readonly pass: Pass | null;
  /** Names what was done to it since that sampling, or since it was empty. */
  readonly changes: string;
  /** For an encoded image that nothing has sampled since. */
  readonly images: readonly Pixels[] | null;
}

export interface ImageValue {
  readonly kind: 'IMAGE';
  readonly images: readonly Pixels[];
  /** The latent it came from: encoding it again leads on from there. */
  readonly latent: LatentValue;
}

export type NodeValue =
  | ModelValue
  | ClipValue
  | VaeValue
  | ConditioningValue
  | LatentValue
  | ImageValue
  // A part that the file lacks.
  | null;

/** Names that say more than the kind, as Python's `repr` would. */
export function describeValue(value: NodeValue): string | null {
  return value === null ? null : `<${value.kind} object>`;
}
