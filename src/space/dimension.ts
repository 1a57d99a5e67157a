/** A space of a search, as plans and journals keep it. */
import type { Architecture, BlockName, BlockWeights } from '../architectures/architecture.ts';
import type { Curve } from './curve.ts';
import type { SearchedParameter } from './parameters.ts';

/** One free number: a block, several that share one weight, a knot of a curve, or a parameter beside the blocks. */
export interface SpaceDimension {
  /** The block's name, the names joined by `+`, curve and depth of a knot: `IN@0.333`, or a parameter's: `method:beta`. */
  readonly name: string;
  /** Of a knot: those that are nearer to it than to any other one. None of a parameter. */
  readonly blocks: readonly BlockName[];
  readonly low: number;
  readonly high: number;
  /** Steps between low and high; 0 = continuous. */
  readonly intervals: number;
  /** Its curve, by name, and its depth (0 to 1) there. The knots of a curve stand together, in order of depth. */
  readonly knot?: { readonly curve: string; readonly at: number } | undefined;
  /**
   * It shares out blocks (see shares.ts): the one of model B, 0, has them, and those of the models behind it follow in order. Then its number is no
   * weight.
   */
  readonly share?: { readonly model: number } | undefined;
  /** Of a parameter: what it is beyond a number between low and high. */
  readonly parameter?:
    Pick<SearchedParameter, 'choices' | 'values' | 'neutral' | 'full' | 'when'> | undefined;
}

export interface BlockSpace {
  readonly architecture: Architecture;
  readonly dimensions: readonly SpaceDimension[];
  /** Blocks and parameters that never move. Together with the dimensions they cover every block of the search. */
  readonly fixed: BlockWeights;
  /** Absent = none. */
  readonly curves?: readonly Curve[] | undefined;
  /** What the weights of the models behind B are called that blocks are shared out among: `multi-sum:c`. Absent = none. */
  readonly shares?: readonly string[] | undefined;
}
