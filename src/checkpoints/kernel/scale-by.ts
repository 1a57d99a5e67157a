/** What codes are multiplied by. */
export interface SourceScale {
  /** One for all, or one for every row. */
  readonly values: Float32Array;
  /** Elements that share a value. */
  readonly length: number;
}

/**
 * Codes, as float32, become values: one rounding to float32, since code and scale together have fewer digits than a float64.
 * @param first number of the first one within its tensor
 */
export function scaleBy({ values, length }: SourceScale, first: number, floats: Float32Array): void {
  for (let i = 0; i < floats.length; i++) {
    floats[i] = (floats[i] ?? 0) * (values[Math.floor((first + i) / length)] ?? 0);
  }
}
