/**
 * What the simulated server's models "are": a world turns a job into pixels. The server knows nothing of images,
 * the world nothing of HTTP.
 */
import type { BlockWeights, Pixels } from '../../types.ts';
import type { StateDict } from '../models/state-dict.ts';

/** What is known of an image before its first step. */
export interface SampleJob {
  readonly prompt: string;
  readonly negativePrompt: string;
  readonly seed: number;
  readonly subseed: number;
  readonly subseedStrength: number;
  /** Pixels, multiples of 8. */
  readonly width: number;
  readonly height: number;
  readonly steps: number;
  readonly cfgScale: number;
}

/** One image to be made. Equal jobs give equal pixels. Size: of the finished image. */
export interface PaintJob extends SampleJob {
  /** 0..1: below 1 the sampling was cut short. */
  readonly finished: number;
  readonly sampler: string;
  readonly scheduler: string;
  readonly clipSkip: number;
  /** Images of one batch differ in rounding from the same seed made alone. */
  readonly batch: { readonly size: number; readonly index: number };
  /** Second pass as a text that names all that matters for the image; null without one. */
  readonly hires: string | null;
  /** Where the UNet really lies: 0 = that of the first model, 1 = that of the second, block by block. */
  readonly weights: BlockWeights;
  /** Names what the weights do not tell of the UNet (`label_emb`); empty or left out = nothing. */
  readonly unet?: string;
  /** Names what else the image depends on: guidance of a distilled model, a shifted schedule. Empty or left out = nothing. */
  readonly conditions?: string;
  /** Of the loaded checkpoint: not touched by UNet merges. */
  readonly textEncoder: string;
  readonly vae: string;
  /** A failed load left the model half-written. */
  readonly damaged: boolean;
}

/** A batch of one size. */
export interface SampleBatch {
  readonly jobs: readonly SampleJob[];
  /** Models whose text encoders read the prompts. */
  readonly encoders: { readonly positive: StateDict; readonly negative: StateDict };
  /** Begins with what another sampling has made, or with nothing, noise put over the share `denoise` of the way. */
  readonly start?: { readonly sampling: Sampling | null; readonly denoise: number };
}

/** A batch under way. */
export interface Sampling {
  /** Called once a step, with the tensors that the UNet has at that moment. */
  step(unet: StateDict): Promise<void>;
  /** The image at the job's place in the batch, after whatever steps have been taken. */
  paint(job: PaintJob, vae: StateDict): Promise<Pixels>;
}

export interface World {
  readonly name: string;
  /**
   * Why this model cannot be loaded, in the words of torch; undefined = it can. Left out: all can.
   * @param part looks at that part alone, where the model is nothing else
   */
  readonly refuse?: (model: StateDict, part?: 'unet') => string | undefined;
  /** Its work must let the event loop breathe: no longer than about 30 ms at a time. */
  readonly begin: (batch: SampleBatch) => Sampling;
  readonly close?: () => Promise<void>;
}
