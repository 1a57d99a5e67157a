/**
 * The contract of a family of diffusion transformers. Unlike UNets of Stable Diffusion, files of one family differ in their number of blocks
 * (distilled and pruned ones), so a family says how blocks are named, and the keys of a file say how many there are.
 */

/** Text encoders as keys of whole checkpoints name them. */
export type EncoderName = 'clip_l' | 'clip_g' | 't5xxl';

/** The keys of a file's network, without the prefix that stands in front of them there. */
export interface NetworkKeys {
  has(key: string): boolean;
  /** Is there a key that begins so? Looks through all of them. */
  hasUnder(start: string): boolean;
  /** Undefined where there is no such key. */
  shapeOf(key: string): readonly number[] | undefined;
}

/** What tells files of one family apart. */
export interface VariantSigns {
  /** Files with another one cannot be merged with this: `schnell`. Undefined where the family has only one. */
  readonly kin?: string | undefined;
  /** What else is worth saying, and no obstacle: `384 input channels`. */
  readonly also?: string | undefined;
}

/** A row of numbered blocks. */
export interface BlockGroup {
  /** What stands before the number in keys and in names of blocks: `double_blocks.`; of one family `blocks.block`. */
  readonly start: string;
  /**
   * How many there are in the usual file. An architecture's id names only what differs from it, and ids are kept in files: so
   * this number never changes.
   */
  readonly usual: number;
}

export interface TransformerFamily {
  /** Never changes, for ids are kept in files. */
  readonly id: string;
  /** In full. */
  readonly title: string;
  /** Those of its files, and of no family that is asked before. */
  matches(keys: NetworkKeys): boolean;
  /** A key whose first size is the width of the network: files of unequal width cannot be merged. */
  readonly widthKey?: string;
  signsOf?(keys: NetworkKeys): VariantSigns;
  readonly groups: readonly BlockGroup[];
  /**
   * What is left over in the usual file, by the first words of its keys, each a block of its own; a file may lack some and have others.
   * Never changes, as `usual`.
   */
  readonly parts: readonly string[];
  /** Those of them that stay model A's unless somebody asks for them by name. */
  readonly optionalParts?: readonly string[];
  /** Text encoders that whole checkpoints of it may hold, and that can have weights. */
  readonly encoders?: readonly EncoderName[];
  /**
   * How a search draws with it; left out, by the chain of nodes that autombw knows. `own workflow`: only by what the user gives with
   * `--workflow`, as for videos, of which there is no single picture to judge. `never`: it draws with two networks, of which a merge is one.
   */
  readonly drawing?: 'own workflow' | 'never';
  /** Keys without numbers that matter. */
  readonly ignored?: RegExp;
}
