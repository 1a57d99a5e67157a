/** What travels along the links of a graph. */
import type { StateDict } from '../../models/state-dict.ts';
import type { Sampling } from '../../worlds/world.ts';
import type { Pixels } from '../../../types.ts';

export interface ModelValue {
  readonly kind: 'MODEL';
  /** UNet tensors only, all patches applied. */
  readonly unet: StateDict;
  /** Names what was done to its schedule of noise; left out = nothing. */
  readonly schedule?: string;
}

export interface ClipValue {
  readonly kind: 'CLIP';
  readonly tensors: StateDict;
  /** What its loader took the files for; null or left out for the encoders of a checkpoint. */
  readonly type?: string | null;
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
  /** For distilled models; left out = the one that they were made with. */
  readonly guidance?: number;
  /** Nothing is left of the text. */
  readonly isZero?: true;
}

/** What SamplerCustomAdvanced is put together from. */
export interface GuiderValue {
  readonly kind: 'GUIDER';
  readonly model: ModelValue;
  readonly positive: ConditioningValue;
  /** Null where only one text leads. */
  readonly negative: ConditioningValue | null;
  readonly cfg: number;
}
export interface SamplerValue {
  readonly kind: 'SAMPLER';
  readonly name: string;
}
export interface SigmasValue {
  readonly kind: 'SIGMAS';
  readonly scheduler: string;
  readonly steps: number;
  readonly denoise: number;
}
export interface NoiseValue {
  readonly kind: 'NOISE';
  readonly seed: number;
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
  /** See `PaintJob`. */
  readonly conditions: string;
  /** Names what it started from; null = an empty latent, with nothing of it kept. */
  readonly from: string | null;
  /** Misfortunes on order that show in the image. */
  readonly spoilt: Spoilt;
}

export type Spoilt = 'black' | 'grey' | 'frozen' | 'rubbish' | null;

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
  | GuiderValue
  | SamplerValue
  | SigmasValue
  | NoiseValue
  // A part that the file lacks.
  | null;

/** Names that say more than the kind, as Python's `repr` would. */
export function describeValue(value: NodeValue): string | null {
  return value === null ? null : `<${value.kind} object>`;
}
