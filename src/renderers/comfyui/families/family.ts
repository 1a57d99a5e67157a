/** The contract of a family on ComfyUI: what a model of it needs beside its network, and what is taken where a payload says nothing. */
import type { BlockLayout } from '../../../architectures/transformers/layout.ts';
import type { FileKind } from './files.ts';

/** Text encoders that go together; the nodes load one to four files. */
export interface EncoderSet {
  readonly files: readonly FileKind[];
  /** The `type` of CLIPLoader and DualCLIPLoader; those of three and four files have none. */
  readonly type?: string;
}

/** What ComfyUI draws with where a payload says nothing. */
export interface FamilyDefaults {
  readonly steps: number;
  readonly cfgScale: number;
  /** As ComfyUI calls them. */
  readonly sampler: string;
  readonly scheduler: string;
  /** Pixels, both ways. */
  readonly size: number;
}

export interface Drawing {
  /** In order of preference; the first one that the server has the files of is taken. */
  readonly encoders: readonly EncoderSet[];
  readonly vae: FileKind;
  /** The class of the empty latent. */
  readonly latent: string;
  /** Width and height are multiples of it. */
  readonly multiple: number;
  readonly defaults: FamilyDefaults;
  /** The distilled guidance of FluxGuidance where the payload has no `distilled_cfg_scale`; undefined where the network takes none. */
  readonly guidance?: number;
  /** Classes that change the model once more before it is sampled, and their numbers, of servers that have them. */
  readonly patches?: readonly Patch[] | undefined;
}

export interface Patch {
  readonly className: string;
  readonly inputs: Readonly<Record<string, number>>;
}

/** How a model is drawn with, or why this program cannot. */
export type DrawingOrReason = Drawing | { readonly reason: string };

export interface ComfyFamily {
  /** Of the family in src/architectures/transformers. */
  readonly id: string;
  /** Files of the family are usually whole checkpoints. */
  readonly isWhole?: true;
  /** @param file of model A, for what only a name tells: whether it is distilled */
  drawing(layout: BlockLayout, file: string): DrawingOrReason;
}
