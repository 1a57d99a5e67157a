/** Tensors out of nothing, fixed by a name. */
import { hashText, randomStream } from '../random.ts';
import { partOf } from './state-dict.ts';
import type { StateDict, Tensor } from './state-dict.ts';

export type Shapes = readonly (readonly [key: string, shape: readonly number[]])[];

/** Multiples of 1/64 in [-1, 1): every float type of 16 bits and more holds them exactly. */
export function randomTensors(shapes: Shapes, seed: string): StateDict {
  return new Map(
    shapes.map(([key, shape]): [string, Tensor] => {
      const random = randomStream(hashText(`${seed}|${partOf(key)}|${key}`));
      const count = shape.reduce((product, side) => product * side, 1);
      const data = Float32Array.from({ length: count }, () => Math.floor(128 * random()) / 64 - 1);
      return [key, { shape, data }];
    }),
  );
}
