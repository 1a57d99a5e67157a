import type { SourceScale } from './job.ts';

/**
 * Codes, as float32, become values: one rounding to float32, since code and scale together have fewer digits than a float64.
 * @param first number of the first one within its tensor
 */
export function scaleBy({ values, length }: SourceScale, first: number, floats: Float32Array): void {
  for (let i = 0; i < floats.length; i++) {
    floats[i] = (floats[i] ?? 0) * (values[Math.floor((first + i) / length)] ?? 0);
  }
}
