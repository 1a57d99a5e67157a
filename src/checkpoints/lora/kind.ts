/**
 * The contract of a kind of LoRA: how the small tensors of a module make a matrix of changes. Every weight is taken as a
 * matrix of its first dimension by all others, in the order of its bytes, so convolutions and linear layers are alike.
 * Names, files, scales and rounding are not its business. A new kind is one file in kinds/ and one row in its registry.
 */

export type Shape = readonly number[];

/** A tensor of a module, as float32. */
export interface Part {
  readonly shape: Shape;
  readonly data: Float32Array;
}

export type Shapes = Readonly<Partial<Record<string, Shape>>>;
export type Parts = Readonly<Partial<Record<string, Part>>>;

export interface Measures {
  readonly rows: number;
  readonly columns: number;
  /** What alpha is divided by; undefined where the kind has no rank, and alpha does not count. */
  readonly rank: number | undefined;
}

/** The changes of one weight, computed when asked for: they are as large as the weight, their factors are not. */
export interface Delta {
  /** Adds `factor` times `count` elements, counted row by row from `first` on, to `sums`, from `at` on; in float64. */
  add(first: number, count: number, factor: number, sums: Float64Array, at: number): void;
}

export interface LoraKind {
  /** The key in plans that travel to threads. */
  readonly name: string;
  /** All parts that it may have, named as in keys.ts. */
  readonly parts: readonly string[];
  /** Its name for people, where the shapes tell it more exactly. */
  title(shapes: Shapes): string;
  /** @returns undefined where a part is missing or the parts do not fit each other */
  measure(shapes: Shapes): Measures | undefined;
  /** @param parts of shapes that `measure` took */
  build(parts: Parts): Delta;
}

/** The product of the dimensions from `from` on. */
export function elements(shape: Shape, from = 0): number {
  return shape.slice(from).reduce((product, size) => product * size, 1);
}
