/** What does not change of the blocks of a run, as JSON: the words that server and browser share. No code, and nothing imported. */

export interface PageBlockFacts {
  readonly block: string;
  /** `input block 4`. */
  readonly words: string;
  /** Beginnings of its keys in a checkpoint; empty where they have none in common. */
  readonly keys: readonly string[];
  /** How many numbers it holds; null where nobody knows. */
  readonly parameters: number | null;
  /** `alone`: it has a weight of its own. `together`: it shares one. `curve`: it lies on one. `fixed`: it stands still. */
  readonly moves: 'alone' | 'together' | 'curve' | 'fixed';
  /** Blocks that share its weight, itself left out. */
  readonly others: readonly string[];
  /** Bounds of its weight; of a fixed one both are what it is fixed at. */
  readonly low: number;
  readonly high: number;
  /** From one weight to the next; 0 = any. */
  readonly step: number;
}

export interface PageBlocks {
  readonly blocks: readonly PageBlockFacts[];
}

/** What weights that somebody gives would become. */
export interface PageReach {
  /** They can be measured. */
  readonly isReachable: boolean;
  /** What they become, or why they are refused. */
  readonly sentence: string;
}
