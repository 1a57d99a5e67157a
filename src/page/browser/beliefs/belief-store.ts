/** What the page knows of the beliefs about one run, shared by all parts of the page that show them. */
import type { PageBeliefs } from '../../beliefs/state.ts';

/** Milliseconds after which new scores are worth asking again, however few they are. */
const LONG_MS = 30_000;
/** Share of new scores that is worth asking again at once. */
const GROWTH = 0.1;

export interface BeliefAccess {
  /** @throws where there is no answer */
  readonly ask: () => Promise<PageBeliefs>;
  /** Milliseconds that only grow. */
  readonly now: () => number;
  /** Calls back after so many milliseconds. @returns what takes that back */
  readonly later: (callback: () => void, milliseconds: number) => () => void;
}

export class BeliefStore {
  readonly #access: BeliefAccess;
  readonly #listeners = new Set<() => void>();
  #beliefs: PageBeliefs | undefined;
  /** Scored trials when they were asked for, and when. */
  #asked: { readonly trials: number; readonly at: number } | undefined;
  #isAsking = false;
  #trials = 0;
  #forget: (() => void) | undefined;

  constructor(access: BeliefAccess) {
    this.#access = access;
  }

  get beliefs(): PageBeliefs | undefined {
    return this.#beliefs;
  }

  /** @returns what ends it */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#forget?.();
    };
  }

  /** Asks when it is time to. @param trials scored ones, as far as the page knows */
  want(trials: number): void {
    this.#trials = trials;
    this.#forget?.();
    if (this.#isAsking) return;
    const wait = this.#wait();
    if (wait === 0) void this.#ask();
    else if (wait !== undefined) this.#forget = this.#access.later(() => this.want(this.#trials), wait);
  }

  /** Milliseconds until it is time to ask; undefined while nothing is new. */
  #wait(): number | undefined {
    if (this.#asked === undefined) return 0;
    const { trials, at } = this.#asked;
    const again = Math.max(0, at + LONG_MS - this.#access.now());
    if (this.#beliefs === undefined || this.#beliefs.isOld) return again;
    // Fewer: the journal was replaced, or scores were taken away.
    const change = Math.abs(this.#trials - trials);
    if (change === 0) return undefined;
    return change >= GROWTH * trials ? 0 : again;
  }

  async #ask(): Promise<void> {
    this.#isAsking = true;
    this.#asked = { trials: this.#trials, at: this.#access.now() };
    try {
      this.#beliefs = await this.#access.ask();
      for (const listener of this.#listeners) listener();
    } catch {
      // What is known stays; the next time it may work.
    } finally {
      this.#isAsking = false;
    }
    if (this.#listeners.size > 0) this.want(this.#trials);
  }
}
