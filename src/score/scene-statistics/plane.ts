import type { Grey } from '../measures/grey.ts';

/** One channel in grey levels, not rounded; row by row from the top left. Single precision is the storage, sums are double. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

export function toPlane({ width, height, data }: Grey): Plane {
  return { width, height, data: Float32Array.from(data) };
}
