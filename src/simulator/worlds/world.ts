/**
 * What the simulated server's models "are": a world turns a job into pixels. The server knows nothing of pictures,
 * the world nothing of HTTP.
 */
import type { BlockWeights, Pixels } from '../../types.ts';

/** One picture to be made. Equal jobs give equal pixels. */
export interface PaintJob {
  readonly prompt: string;
  readonly negativePrompt: string;
  readonly seed: number;
  readonly subseed: number;
  readonly subseedStrength: number;
  /** Pixels of the finished picture, multiples of 8. */
  readonly width: number;
  readonly height: number;
  readonly steps: number;
  /** 0..1: below 1 the sampling was cut short. */
  readonly finished: number;
  readonly cfgScale: number;
  readonly sampler: string;
  readonly scheduler: string;
  readonly clipSkip: number;
  /** Pictures of one batch differ in rounding from the same seed made alone. */
  readonly batch: { readonly size: number; readonly index: number };
  /** Second pass as a text that names all that matters for the picture; null without one. */
  readonly hires: string | null;
  /** Where the UNet really lies: 0 = that of the first model, 1 = that of the second, block by block. */
  readonly weights: BlockWeights;
  /** Names what the weights do not tell of the UNet (`label_emb`); empty or left out = nothing. */
  readonly unet?: string;
  /** Of the loaded checkpoint: not touched by UNet merges. */
  readonly textEncoder: string;
  readonly vae: string;
  /** A failed load left the model half-written. */
  readonly damaged: boolean;
}

export interface World {
  readonly name: string;
  /** Must let the event loop breathe: no longer than about 30 ms at a time. */
  paint(job: PaintJob): Promise<Pixels>;
}
