/**
 * The arithmetic of a merge over one arena of bytes. Pieces of the models are read into the arena, decoded to float32,
 * combined, encoded and written from it. Addresses are bytes from the start of the arena.
 */
import type { MergeMethod, Place } from '../methods/method.ts';
import type { FloatType } from '../../shared/safetensors/dtypes.ts';

export interface Kernel {
  readonly name: 'wasm' | 'js';
  readonly arena: Uint8Array;
  /** `count` elements at `from`, any address, to float32 at `to`, a multiple of 16. */
  decode(type: FloatType, from: number, to: number, count: number): void;
  /** `count` float32 at `from`, a multiple of 4, to elements at `to`, any address. Exactly those bytes are written. */
  encode(type: FloatType, from: number, to: number, count: number): void;
  /** A method's `combine` on float32 at multiples of 4. @param read elements of every model, `count` with those of its halo */
  combine(
    method: MergeMethod,
    models: readonly number[],
    coefficients: Float32Array,
    out: number,
    count: number,
    place: Place,
    read?: number,
  ): void;
  /**
   * The largest of `count` codes from `from` on, any address, without their sign bits: in every float format a larger code is a
   * larger magnitude, then infinity, then NaN. Of codes of 8 bytes only the upper half is looked at.
   */
  largest(bytes: CodeBytes, from: number, count: number): number;
}

/** Bytes of one code. */
export type CodeBytes = 1 | 2 | 4 | 8;

/** Elements that are worked on at a time: the float32 copies of three models stay in a core's cache. */
export const CHUNK = 4096;
