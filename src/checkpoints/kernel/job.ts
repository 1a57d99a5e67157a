/** What is to be computed, in a form that travels to worker threads: plain data, offsets and file descriptors. */
import type { Addend } from '../lora/addend.ts';
import type { MergedTensor, MergeMethod } from '../methods/method.ts';
import type { ParameterValues } from '../methods/parameter.ts';
import type { TensorAdjustment } from './adjust-values.ts';
import type { SourceScale } from './scale-by.ts';
import type { FloatType } from '../../shared/safetensors/dtypes.ts';

/** A tensor within a source file. */
export interface Source {
  /** Index into `Job.files`. */
  readonly file: number;
  /** Bytes from the start of the file. */
  readonly offset: number;
  readonly bytesPerElement: number;
  /** Undefined for types that are only copied. */
  readonly type: FloatType | undefined;
  readonly scale?: SourceScale;
}

/** One tensor of the output. */
export interface TensorJob {
  /**
   * `copy`: bytes of the first source; `convert`: the first source to another type; `combine`: the method; `add`: the first source
   * with the changes of LoRAs; `bytes`: given here; `check`: the first source is looked at, nothing is written.
   */
  readonly kind: 'copy' | 'convert' | 'combine' | 'add' | 'bytes' | 'check';
  /** Bytes from the start of the output file. */
  readonly offset: number;
  readonly count: number;
  readonly bytesPerElement: number;
  readonly type: FloatType | undefined;
  readonly sources: readonly Source[];
  /** For `combine`: what the method is told. */
  readonly merged?: Merged;
  /** Of what is converted or combined: the last thing that is done to the numbers before they are rounded to their type. */
  readonly adjustment?: TensorAdjustment;
  /** The content, for `bytes`. */
  readonly bytes?: Uint8Array;
  /** The results become codes with a scale, which is found before. */
  readonly isScaled?: true;
  /** That scale: results are divided by it. */
  readonly divisor?: number;
  /** Holds the scale of the tensor before it, as `bytes`. */
  readonly isScaleOfLast?: true;
  /** The changes, for `add`. */
  readonly addends?: readonly Addend[];
}

/** A tensor and what the method is told of it: the values of its block. */
export interface Merged {
  readonly tensor: MergedTensor;
  readonly values: ParameterValues;
}

/** A run of elements of one tensor. */
export interface Piece {
  readonly tensor: number;
  readonly first: number;
  readonly count: number;
}

export interface Job {
  /** Descriptors of the sources. They belong to the process and so are good in every thread. */
  readonly files: readonly number[];
  readonly output: number;
  readonly method: string;
  readonly tensors: readonly TensorJob[];
  /** What one worker does at a time. */
  readonly blocks: readonly (readonly Piece[])[];
  /** Coefficients of the method for each tensor, empty where it is not combined. */
  readonly coefficients: readonly Float32Array[];
  /** What is noticed on the way; see findings.ts. */
  readonly findings: SharedArrayBuffer;
}

/**
 * Bytes that one block holds of one model or of the output: small enough for a cache, large enough for the disk. At least
 * a piece of 8-byte elements.
 */
const BLOCK_BYTES = 2 * 2 ** 20;

/**
 * Tensors are cut at multiples of this, whatever is merged beside them: sums over a tensor then always add up in the same
 * order, and its bytes do not depend on the number of workers or on which tensors are merged again.
 */
export const PIECE_ELEMENTS = 2 ** 18;

/** The same for whole rows: what is looked at around a piece should be small beside it. */
export const ROWS_ELEMENTS = 2 ** 19;

/** @param rows of the method: then pieces of what it merges are of whole rows */
export function cutIntoBlocks(tensors: readonly TensorJob[], rows?: MergeMethod['rows']): Piece[][] {
  const blocks: Piece[][] = [];
  let block: Piece[] = [];
  let used: number[] = [];
  for (const [index, tensor] of tensors.entries()) {
    const length = rows === undefined ? PIECE_ELEMENTS : wholeRows(tensor);
    for (let first = 0; first < tensor.count; first += length) {
      const count = Math.min(length, tensor.count - first);
      const needed = sizesOf(tensor).map((bytes, slot) => (used[slot] ?? 0) + bytes * count);
      if (block.length > 0 && needed.some((bytes) => bytes > BLOCK_BYTES)) {
        blocks.push(block);
        block = [];
        used = [];
      }
      for (const [slot, bytes] of sizesOf(tensor).entries()) used[slot] = (used[slot] ?? 0) + bytes * count;
      block.push({ tensor: index, first, count });
    }
  }
  if (block.length > 0) blocks.push(block);
  return blocks;
}

/** Elements of a piece of whole rows; a vector, which is one row to some methods, is not cut. */
function wholeRows({ merged, count }: TensorJob): number {
  const shape = merged?.tensor.shape;
  if (shape === undefined) return PIECE_ELEMENTS;
  const [rows = 1] = shape;
  if (shape.length < 2) return Math.max(1, count);
  const row = count / Math.max(1, rows);
  return row * Math.max(1, Math.floor(ROWS_ELEMENTS / row));
}

/** Bytes an element takes in the output's buffer, then in that of each model. Copies never pass through a model's buffer. */
function sizesOf({ kind, bytesPerElement, sources }: TensorJob): number[] {
  const isComputed = kind !== 'copy' && kind !== 'bytes';
  return [bytesPerElement, ...(isComputed ? sources.map((source) => source.bytesPerElement) : [])];
}
