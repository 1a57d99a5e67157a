/**
 * The contract of a model family: how a file of it is recognised, which blocks it has, which tensors belong to each, and
 * what a merge leaves at model A. One row a family; registry.ts holds them. Nothing here reads a file.
 */

import type { BlockLayout } from './transformers/layout.ts';

/** The `id` of a row: `sd1`, `sdxl`, `flux1:double_blocks=8`. Checked against the registry where it comes in. */
export type Architecture = string;

/** A block's name, as its row spells it. Checked against the registry where it comes in. */
export type BlockName = string;

/** Weights by block; 0 = model A, 1 = model B. A block without one stays model A's. */
export type BlockWeights = Readonly<Record<BlockName, number>>;

/** What recognition may look at: the header of a file, and none of its numbers. */
export interface HeaderView {
  readonly tensors: readonly TensorView[];
  readonly byName: ReadonlyMap<string, TensorView>;
  readonly metadata: ReadonlyMap<string, string>;
}

export interface TensorView {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: { readonly name: string };
}

export interface Match {
  /** Another kind of the same family, in words: `inpainting`. Undefined for the ordinary one. */
  readonly variant: string | undefined;
}

/** Tensors that are no block of the search, by name: a merge takes them from model A. */
export interface Part {
  /** `text encoder`, `VAE`. */
  readonly name: string;
  readonly prefixes: readonly string[];
}

/** A text encoder or the VAE as a block, which stays model A's unless somebody asks for it by name. */
export interface PartBlock {
  /** `TE`, `CLIP_L`, `VAE`. */
  readonly name: BlockName;
  readonly prefixes: readonly string[];
  /** Its layers, which have weights of their own where somebody names them; none where it is merged as a whole only. */
  readonly layers: readonly BlockName[];
  /** The numbered ones among them, in order of depth. */
  readonly depth: readonly BlockName[];
  /** @param key of this part */
  layerOf(key: string): BlockName | undefined;
}

/** One text encoder in a checkpoint, and what LoRAs call it. */
interface TextEncoder {
  /** A checkpoint without such keys lacks the encoder. */
  readonly prefix: string;
  /** What stands before the names of its layers. */
  readonly layers: RegExp;
  /** Prefixes of modules that trainers write for it. */
  readonly loraPrefixes: readonly string[];
  /** Its layers are named and laid out as OpenCLIP does, not as transformers does. */
  readonly isOpenClip: boolean;
}

/**
 * Orders of lists of bare numbers, where tools of the field write such lists for the family. `search`: CSV columns, console,
 * warm start. `recipe`: recipe files and checkpoint metadata. `legacy`: recipes of the first extension, which swapped OUT
 * and TIME_EMBED. `preset`: the list without those two.
 */
export type WeightOrder = 'search' | 'recipe' | 'legacy' | 'preset';

export interface ListFormats {
  /** A list may be laid out for more blocks than the family has: those are written as 0 and dropped when read. */
  readonly orders: Readonly<Record<WeightOrder, readonly BlockName[]>>;
  /** What a preset list has no number for, and the block that it follows in the tools that write such lists. */
  readonly followers: Readonly<Record<BlockName, BlockName>>;
  /** How many numbers a LoRA of the family takes, BASE among them; a LyCORIS has the blocks without attention too. */
  readonly loraCounts: { readonly lora: 12 | 17; readonly lycoris: 20 | 26 };
}

/** ComfyUI's own node that merges the family block by block. */
export interface ComfyNode {
  readonly className: string;
  /** Inputs of each block, optional ones included. */
  readonly inputs: Readonly<Record<BlockName, readonly string[]>>;
  /** Inputs that the node demands and that are no block: they are sent as model A's. */
  readonly others: readonly string[];
}

export interface ArchitectureRow {
  readonly id: Architecture;
  /** In full: `Stable Diffusion XL`. */
  readonly title: string;
  /** For sentences: `SDXL`. */
  readonly shortTitle: string;
  /** Stability AI's name of it in `modelspec.architecture`; a merge keeps model A's where there is none here. */
  readonly modelSpec?: string;
  /**
   * Of transformers, whose blocks are counted in the file: how many there are. Such models are merged as files; searches, bakes and
   * what else is made for Stable Diffusion's UNets do not know them.
   */
  readonly layout?: BlockLayout;
  /** Its blocks are kinds of layers and not places in depth: only a merge of files can tell them apart. See kinds.ts. */
  readonly kinds?: true;
  /** The network that is merged by blocks, and where its keys begin. */
  readonly network: { readonly name: string; readonly prefix: string };
  /** From the header alone; undefined for a file of another family. No two rows may match one file. */
  recognise(header: HeaderView): Match | undefined;
  /** The blocks of a search, in search order. */
  readonly blocks: readonly BlockName[];
  /** Blocks that stay model A's unless somebody asks for them by name. They come after `blocks` everywhere. */
  readonly optionalBlocks: readonly BlockName[];
  /** The block of a tensor, optional ones included; undefined for everything else. */
  blockOf(key: string): BlockName | undefined;
  /** Blocks as data goes through them: what a range such as IN04-IN08 means. */
  readonly path: readonly BlockName[];
  /** Rows of neighbours of one kind, which may share a weight. */
  readonly sides: readonly (readonly BlockName[])[];
  /** What is left over. */
  readonly parts: readonly Part[];
  readonly textEncoders: readonly TextEncoder[];
  /** Those of the parts that can have weights; none where left out. They come after all blocks of the network everywhere. */
  readonly partBlocks?: readonly PartBlock[];
  /** A tensor of positions that WebUIs need, and that some files lack. */
  readonly positionIdsKey?: string;
  /** Width of the text encoder that the cross-attention was made for: tells LoRAs apart. */
  readonly contextWidth: number;
  /** Programs guess from numbers, and not from keys, what such a model predicts. */
  readonly hidesPrediction?: true;
  /** Undefined where no tool of the field writes bare lists: then files have named columns. */
  readonly lists?: ListFormats;
  /** Undefined where ComfyUI has no such node. */
  readonly comfyNode?: ComfyNode;
  /**
   * Blocks that models of another family lack, although a server loads them as this one: without an effect there, the
   * family was given wrongly.
   */
  readonly tellTale?: {
    readonly blocks: readonly BlockName[];
    /** In words. */
    readonly range: string;
    /** Which family it is then. */
    readonly other: Architecture;
  };
  /** The other way round: blocks that models of this family lack, although lists have a place for them. With an effect there, the family was given wrongly. */
  readonly foreign?: NonNullable<ArchitectureRow['tellTale']>;
}
