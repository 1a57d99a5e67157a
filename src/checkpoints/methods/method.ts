/**
 * The contract of a merge method: pure functions on float32 arrays. Reading, converting, threads and rounding to the
 * output type are not its business. A new method is one file like weighted-sum.ts and one row in registry.ts.
 */

export interface MergeMethod {
  readonly name: string;
  /** One line for the help. */
  readonly description: string;
  /** How many models it takes: 2 = A and B, 3 = A, B and C. */
  readonly models: 2 | 3;
  /**
   * Sums over a whole tensor that its coefficients depend on, for methods that are not element by element. The tensor
   * comes in consecutive pieces; `sums` begins as zeros and is added to, in float64. Such a method reads everything twice.
   */
  readonly statistics?: {
    readonly size: number;
    readonly accumulate: (models: readonly Float32Array[], sums: Float64Array) => void;
  };
  /**
   * The numbers that `combine` multiplies with; they are rounded to float32 before use.
   * @param weight of the tensor's block, -1 to 2; 0 = model A
   * @param sums of `statistics`, empty without
   */
  readonly coefficients: (weight: number, sums: Float64Array) => readonly number[];
  /**
   * Writes `out`, of the same length as every model; it may be the array of a model. Every operation is rounded to
   * float32, as PyTorch does on float32 tensors.
   */
  readonly combine: (models: readonly Float32Array[], coefficients: Float32Array, out: Float32Array) => void;
}
