/** What threads notice about numbers while they work: counters for every tensor of a job, in memory that all of them share. */
import { MOST_MODELS } from '../methods/method.ts';
import type { FloatType } from '../../shared/safetensors/dtypes.ts';

const PER_SLOT = 3;
const [NAN, INFINITE, NONZERO] = [0, 1, 2];
const TOO_LARGE = MOST_MODELS * PER_SLOT;
const DIFFERENT = TOO_LARGE + 1;
const PER_TENSOR = TOO_LARGE + 2;

export class Findings {
  readonly #cells: Int32Array;

  /** @param memory of {@link Findings.memoryFor}; its counters are added to */
  constructor(memory: SharedArrayBuffer) {
    this.#cells = new Int32Array(memory);
  }

  static memoryFor(tensors: number): SharedArrayBuffer {
    return new SharedArrayBuffer(4 * PER_TENSOR * tensors);
  }

  addNotFinite(tensor: number, slot: number, values: Float32Array): number {
    let [nan, infinite] = [0, 0];
    for (const value of values) {
      if (Number.isNaN(value)) nan++;
      else if (!Number.isFinite(value)) infinite++;
    }
    const at = PER_TENSOR * tensor + PER_SLOT * slot;
    Atomics.add(this.#cells, at + NAN, nan);
    Atomics.add(this.#cells, at + INFINITE, infinite);
    return nan + infinite;
  }

  addTooLarge(tensor: number, count: number): void {
    Atomics.add(this.#cells, PER_TENSOR * tensor + TOO_LARGE, count);
  }

  setNonzero(tensor: number, slot: number): void {
    Atomics.store(this.#cells, PER_TENSOR * tensor + PER_SLOT * slot + NONZERO, 1);
  }

  setDifferent(tensor: number): void {
    Atomics.store(this.#cells, PER_TENSOR * tensor + DIFFERENT, 1);
  }

  /** Values of the tensor that are no finite numbers in that model. */
  notFinite(tensor: number, slot: number): { readonly nan: number; readonly infinite: number } {
    const at = PER_TENSOR * tensor + PER_SLOT * slot;
    return { nan: this.#cells[at + NAN] ?? 0, infinite: this.#cells[at + INFINITE] ?? 0 };
  }

  /** Results from finite numbers that the type of the output cannot hold. */
  tooLarge(tensor: number): number {
    return this.#cells[PER_TENSOR * tensor + TOO_LARGE] ?? 0;
  }

  isZero(tensor: number, slot: number): boolean {
    return this.#cells[PER_TENSOR * tensor + PER_SLOT * slot + NONZERO] === 0;
  }

  /** Do the first two models differ there? */
  isDifferent(tensor: number): boolean {
    return this.#cells[PER_TENSOR * tensor + DIFFERENT] === 1;
  }
}

/** The smallest code without its sign, as `Kernel.largest` tells it, that is no finite number. */
export const NOT_FINITE_FROM: Readonly<Record<FloatType, number>> = {
  F64: 0x7ff0_0000,
  F32: 0x7f80_0000,
  F16: 0x7c00,
  BF16: 0x7f80,
  F8_E4M3: 0x7f,
  F8_E5M2: 0x7c,
};

/**
 * The smallest magnitude, as float32 bits, that becomes infinite in the type; the largest number where it has no infinity. Half way
 * between the largest number and the next is rounded to even.
 */
export const TOO_LARGE_FROM: Readonly<Record<FloatType, number>> = {
  F64: 0x7f80_0000,
  F32: 0x7f80_0000,
  // 65520
  F16: 0x477f_f000,
  BF16: 0x7f7f_8000,
  // Just above 464.
  F8_E4M3: 0x43e8_0001,
  // 61440
  F8_E5M2: 0x4770_0000,
};
