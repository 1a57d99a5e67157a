/** The arithmetic of all merge nodes, number by number in float32 as the real one's. */
import type { StateDict, Tensor } from '../../models/state-dict.ts';

/** What a tensor of model 1 and one of model 2 are multiplied by. */
export interface Strengths {
  readonly first: number;
  readonly second: number;
}

/**
 * `first * a + second * b`. A second strength of exactly 0 leaves b out, whatever it holds; so does another shape, and
 * then `first * a` is what remains. Keys that only one of them has stay, or stay away, as in `a`.
 */
export function combine(a: StateDict, b: StateDict, strengthsOf: (key: string) => Strengths): StateDict {
  const merged = new Map<string, Tensor>();
  for (const [key, from] of a) {
    const other = b.get(key);
    merged.set(key, other === undefined ? from : combineTensors(from, other, strengthsOf(key)));
  }
  return merged;
}

function combineTensors(a: Tensor, b: Tensor, { first, second }: Strengths): Tensor {
  const takesPart = second !== 0 && a.shape.join() === b.shape.join();
  if (first === 1 && !takesPart) return a;
  const [one, two] = [Math.fround(first), Math.fround(second)];
  const scaled = a.data.map((value) => one * value);
  // A typed array rounds what is put into it: each product and the sum are float32 of their own.
  const data = takesPart ? scaled.map((value, i) => value + Math.fround(two * (b.data[i] ?? 0))) : scaled;
  return { shape: a.shape, data };
}
