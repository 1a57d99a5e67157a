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
}

export interface AddendPart extends FloatSource {
  /** Index into `Job.files`. */
  readonly file: number;
  /** Its key, for messages. */
  readonly name: string;
  readonly shape: Shape;
}

export interface Adder {
  /** Adds the changes of the elements from `first` on to `values`: summed in float64, then one sum in float32. */
  add(tensor: number, addends: readonly Addend[], first: number, values: Float32Array): void;
}

/** The message of what {@link createAdder} throws at a factor that is not finite. */
export const NOT_FINITE = /^(.+) holds values that are no finite numbers$/s;

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

  const build = ({ kind, parts }: Addend): Delta => {
    const loaded: Record<string, Part> = {};
    for (const [key, { file, shape, name, ...source }] of Object.entries(parts)) {
      const data = read(files[file] ?? -1, source);
      // One of them would spread over whole rows of the model.
      if (!data.every(Number.isFinite)) throw new Error(`${name} holds values that are no finite numbers`);
      loaded[key] = { shape, data };
    }
    return loraKind(kind).build(loaded);
  };

  return {
    add(tensor, addends, first, values) {
      const count = values.length;
      if (sums.length < count) sums = new Float64Array(count);
      sums.fill(0, 0, count);
      for (const [index, delta] of deltasOf(tensor, addends).entries()) {
        const addend = addends[index];
        if (addend !== undefined) addRows(delta, addend, first, count, sums);
      }
      for (let i = 0; i < count; i++) values[i] = (values[i] ?? 0) + (sums[i] ?? 0);
    },
  };
}

/** The part of the run that lies in the addend's rows, row by row. */
function addRows(delta: Delta, addend: Addend, first: number, count: number, sums: Float64Array): void {
  const { firstRow, rows, columns, factor } = addend;
  const begin = firstRow * columns;
  const end = Math.min(first + count, begin + rows * columns);
  for (let at = Math.max(first, begin); at < end;) {
    const column = (at - begin) % columns;
    const length = Math.min(columns - column, end - at);
    delta.add((at - begin - column) / columns, column, length, factor, sums, at - first);
    at += length;
  }
}
