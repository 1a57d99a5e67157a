import { fromBfloat, fromHalf } from './halves.ts';

export interface Tensor {
  readonly shape: readonly number[];
  /** Row by row. */
  readonly data: Float32Array;
}

export type Tensors = ReadonlyMap<string, Tensor>;

export type FloatType = 'F16' | 'BF16' | 'F32' | 'F64';
export const BYTES: Readonly<Record<FloatType, number>> = { F16: 2, BF16: 2, F32: 4, F64: 8 };

/** Little-endian floats of the type, all that the bytes hold. */
export function toFloats(bytes: Uint8Array, type: FloatType): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = READERS[type];
  const floats = new Float32Array(Math.floor(bytes.byteLength / BYTES[type]));
  for (let i = 0; i < floats.length; i++) floats[i] = read(view, i);
  return floats;
}

const READERS: Readonly<Record<FloatType, (view: DataView, index: number) => number>> = {
  F16: (view, i) => fromHalf(view.getUint16(2 * i, true)),
  BF16: (view, i) => fromBfloat(view.getUint16(2 * i, true)),
  F32: (view, i) => view.getFloat32(4 * i, true),
  F64: (view, i) => view.getFloat64(8 * i, true),
};

export function countOf(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}

/** The reason why a file of weights is not used; what reads it puts the file's name before it. */
export class WeightsFault extends Error {
  override readonly name = 'WeightsFault';
}
