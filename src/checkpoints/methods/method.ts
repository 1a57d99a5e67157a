/**
 * The contract of a merge method: pure functions on float32 arrays. Reading, converting, threads and rounding to the
 * output type are not its business. A new method is one file like weighted-sum.ts and one row in registry.ts.
 */
import type { Parameter, ParameterValues } from './parameter.ts';

/** The most models that a merge takes, A included. */
export const MOST_MODELS = 8;

/** A tensor that is merged. */
export interface MergedTensor {
  readonly shape: readonly number[];
  /** How many models it is merged from. */
  readonly models: number;
  /** Of its name: what is drawn at random differs from tensor to tensor, and not with the order in which they are merged. */
  readonly key: number;
}

/** Where in its tensor an array lies. */
export interface Place {
  readonly tensor: MergedTensor;
  /** Number of the first element of `out`. */
  readonly first: number;
  /** Elements that the models have before it, for methods that look at neighbouring rows. */
  readonly before: number;
  readonly values: ParameterValues;
}

/** What a method has to know of a whole tensor before it can compute the first element. */
export interface Measure {
  /** How often the tensor is read for it. */
  readonly passes: 1 | 2;
  /** How many numbers come of it. */
  readonly size: (tensor: MergedTensor) => number;
  readonly start: (tensor: MergedTensor, values: ParameterValues) => Measurement;
}

export interface Measurement {
  /** The tensor comes in consecutive pieces, from its beginning to its end, in every pass. @param first number of the first element; @param pass from 0 */
  readonly add: (models: readonly Float32Array[], first: number, pass: number) => void;
  /** `size` numbers. */
  readonly result: () => Float64Array;
}

export interface MergeMethod {
  readonly name: string;
  /** Its formula in one line. */
  readonly description: string;
  /** Where the formula comes from. */
  readonly source: string;
  /** How many models it takes, A included. */
  readonly models: { readonly least: number; readonly most: number };
  /** `weight` first. */
  readonly parameters: readonly Parameter[];
  /** What is certain at these weights and the usual values of the other parameters: model A at 0, model B at 1 (where there is a C, if C is A). */
  readonly isAAtZero: boolean;
  readonly isBAtOne: boolean;
  /** Numbers of models that are not finite need not show in the result: they are looked for in the models. */
  readonly hidesNonFinite?: true;
  /** Takes whole rows (all elements of one index of the first dimension), and `halo` rows of the models before and after those of `out`, where there are any. */
  readonly rows?: { readonly halo: number };
  readonly measure?: Measure;
  /** Numbers about all tensors together. @param measured of every merged tensor, in the order of the file */
  readonly overall?: (measured: readonly Float64Array[]) => readonly number[];
  /**
   * The numbers that `combine` multiplies with; they are rounded to float32 before use.
   * @param values of the tensor's block
   * @param measured of the tensor, empty without `measure`
   * @param overall empty without `overall`
   */
  readonly coefficients: (
    values: ParameterValues,
    measured: Float64Array,
    tensor: MergedTensor,
    overall: readonly number[],
  ) => ArrayLike<number>;
  /**
   * Writes `out`, of the same length as every model (without their halo); without `rows` it may be the array of a model. The methods of plain
   * formulas round every operation to float32, as PyTorch does on float32 tensors; others compute in float64 and round once.
   */
  readonly combine: (
    models: readonly Float32Array[],
    coefficients: Float32Array,
    out: Float32Array,
    place: Place,
  ) => void;
}

/** How often the models are read. */
export function passesOf({ measure }: MergeMethod): 1 | 2 | 3 {
  if (measure === undefined) return 1;
  return measure.passes === 1 ? 2 : 3;
}
