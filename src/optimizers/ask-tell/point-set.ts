/** Points of the grid, each once: of a long search there are thousands, which are kept elsewhere as well. */
import { hashOfNumbers } from '../../shared/hashes/number-hash.ts';
import { Multimap } from '../../shared/multimap.ts';
import type { CubePoint } from './grid.ts';

export class PointSet {
  readonly #points = new Multimap<number, CubePoint>();
  #size = 0;

  /** How many different points. */
  get size(): number {
    return this.#size;
  }

  /** @param point snapped, as are those that were added */
  has(point: CubePoint): boolean {
    return this.#holds(point, hashOfNumbers(point));
  }

  /** @param point kept as it is: it must not change any more */
  add(point: CubePoint): void {
    const hash = hashOfNumbers(point);
    if (this.#holds(point, hash)) return;
    this.#points.add(hash, point);
    this.#size++;
  }

  #holds(point: CubePoint, hash: number): boolean {
    return this.#points.of(hash).some((one) => isEqual(one, point));
  }
}

function isEqual(one: CubePoint, other: CubePoint): boolean {
  return one.length === other.length && one.every((value, d) => value === other[d]);
}
