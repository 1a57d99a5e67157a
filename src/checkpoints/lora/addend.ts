/** What is added to a tensor, in a form that travels to worker threads, and its sum over a run of elements. */
import type { FloatSource } from './float-reader.ts';
import { createFloatReader } from './float-reader.ts';
import type { Delta, Part, Shape } from './kind.ts';
import { loraKind } from './kinds/registry.ts';

/** A module of a LoRA, for some rows of a tensor. */
export interface Addend {
  readonly kind: string;
  readonly parts: Readonly<Record<string, AddendPart>>;
  /** strength × block weight × alpha / rank */
  readonly factor: number;
  readonly firstRow: number;
  readonly rows: number;
  readonly columns: number;
  /** The rows of the tensor are the columns of the changes. */
  readonly isTransposed: boolean;
}

export interface AddendPart extends FloatSource {
  /** Index into `Job.files`. */
  readonly file: number;
  /** Its key, for messages. */
  readonly name: string;
  readonly shape: Shape;
}

export interface Adder {
  /** Sums up the changes of a run of elements of a tensor, in float64, for {@link Adder.addTo}. */
  sum(tensor: number, addends: readonly Addend[], first: number, count: number): void;
  /** Adds the sums from `first` on, counted within that run, to as many values: one sum in float32. */
  addTo(values: Float32Array, first: number): void;
}

/** @param files descriptors of `Job.files` */
export function createAdder(files: readonly number[]): Adder {
  const read = createFloatReader();
  // Threads work from tensor to tensor: the factors of one are all that is held.
  let held: { readonly tensor: number; readonly deltas: readonly Delta[] } | undefined;
  let sums = new Float64Array();

  const deltasOf = (tensor: number, addends: readonly Addend[]): readonly Delta[] => {
    if (held?.tensor !== tensor) {
      held = undefined;
      held = { tensor, deltas: addends.map(build) };
    }
    return held.deltas;
  };

  const build = ({ kind, parts, isTransposed, rows, columns }: Addend): Delta => {
    const loaded: Record<string, Part> = {};
    for (const [key, { file, shape, ...source }] of Object.entries(parts)) {
      loaded[key] = { shape, data: read(files[file] ?? -1, source) };
    }
    const delta = loraKind(kind).build(loaded);
    return isTransposed ? transposed(delta, rows, columns) : delta;
  };

  return {
    sum(tensor, addends, first, count) {
      if (sums.length < count) sums = new Float64Array(count);
      sums.fill(0, 0, count);
      for (const [index, delta] of deltasOf(tensor, addends).entries()) {
        const addend = addends[index];
        if (addend === undefined) continue;
        const { firstRow, rows, columns, factor } = addend;
        const begin = firstRow * columns;
        const from = Math.max(first, begin);
        const to = Math.min(first + count, begin + rows * columns);
        if (from < to) delta.add(from - begin, to - from, factor, sums, from - first);
      }
    },
    addTo(values, first) {
      for (let i = 0; i < values.length; i++) values[i] = (values[i] ?? 0) + (sums[first + i] ?? 0);
    },
  };
}

/** The changes of a tensor of so many rows and columns that lie the other way round. Computed once: such tensors are small. */
function transposed(delta: Delta, rows: number, columns: number): Delta {
  const whole = new Float64Array(rows * columns);
  delta.add(0, whole.length, 1, whole, 0);
  return {
    add(first, count, factor, sums, at) {
      for (let n = 0; n < count; n++) {
        const [row, column] = [Math.floor((first + n) / columns), (first + n) % columns];
        sums[at + n] = (sums[at + n] ?? 0) + factor * (whole[column * rows + row] ?? 0);
      }
    },
  };
}
