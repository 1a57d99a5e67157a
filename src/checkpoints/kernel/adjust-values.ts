/** What becomes of the numbers of one tensor at the end of a merge, in a form that travels to worker threads. */

/** Every number times `factor`; or to each one that of the same place in `addends` is added. */
export type TensorAdjustment = { readonly factor: number } | { readonly addends: readonly number[] };

/**
 * In place, with one rounding to float32 for each number.
 * @param first number of the first one within its tensor
 */
export function adjustValues(values: Float32Array, adjustment: TensorAdjustment, first: number): void {
  if ('factor' in adjustment) {
    const { factor } = adjustment;
    for (let i = 0; i < values.length; i++) values[i] = (values[i] ?? 0) * factor;
    return;
  }
  const { addends } = adjustment;
  for (let i = 0; i < values.length; i++) values[i] = (values[i] ?? 0) + (addends[first + i] ?? 0);
}
