/** Tensors of a head, which come out of files of two kinds. */
import type { FloatType as StoredFloat } from '../../../shared/safetensors/dtypes.ts';

export interface Tensor {
  readonly shape: readonly number[];
  /** Row by row. */
  readonly data: Float32Array;
}

export type Tensors = ReadonlyMap<string, Tensor>;

/** Heads are small: nobody has reason to store them in eight bits. */
export type FloatType = Extract<StoredFloat, 'F16' | 'BF16' | 'F32' | 'F64'>;
const FLOAT_TYPES: ReadonlySet<string> = new Set<FloatType>(['F16', 'BF16', 'F32', 'F64']);

export function isFloatType(name: string): name is FloatType {
  return FLOAT_TYPES.has(name);
}

/** A counter of batch normalisations, which only training reads; the one tensor of a head that is no float. */
export function isCounter(name: string): boolean {
  return name.endsWith('num_batches_tracked');
}

export function countOf(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}

/** The reason why a file of weights is not used; what reads it puts the file's name before it. */
export class WeightsFault extends Error {
  override readonly name = 'WeightsFault';
}
