/** The open trials of a fleet: as many as are right for the servers that are there now. */
export interface FleetLanesParts<L> {
  /** The nth one, from 0. */
  readonly create: (n: number) => L;
  /** How many there are to be. @param before how many there are */
  readonly count: (before: number) => number;
}

export class FleetLanes<L> {
  readonly #parts: FleetLanesParts<L>;
  readonly #made: L[] = [];
  readonly #wanted: L[] = [];
  #begin: ((lane: L) => void) | undefined;

  constructor(parts: FleetLanesParts<L>) {
    this.#parts = parts;
    this.settle();
  }

  /** Those that are to work, the same list at all times: whoever is no longer in it asks for no further trial. */
  get wanted(): readonly L[] {
    return this.#wanted;
  }

  /** Told of every one that is wanted from now on. @returns ends that */
  follow(begin: (lane: L) => void): () => void {
    this.#begin = begin;
    return () => {
      if (this.#begin === begin) this.#begin = undefined;
    };
  }

  /**
   * To be called where another number may be right.
   * @param decided told when it is another one now, before anybody works by it
   */
  settle(decided: () => void = () => {}): void {
    const before = this.#wanted.length;
    const count = Math.max(1, this.#parts.count(Math.max(1, before)));
    if (count === before) return;
    const more: L[] = [];
    for (let n = before; n < count; n++) more.push((this.#made[n] ??= this.#parts.create(n)));
    this.#wanted.splice(count, before, ...more);
    decided();
    for (const lane of more) this.#begin?.(lane);
  }
}
