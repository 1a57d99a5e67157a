/** A clock that stands still until everybody sleeps, and then goes on to the next one's end: hours pass in no time, the same way every time. */
import type { Clock } from '../../src/shared/clock.ts';
import { onAbort } from '../../src/shared/abort/on-abort.ts';

/** A day. */
const LONGEST_MS = 86_400_000;

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

export class VirtualClock implements Clock {
  #now = 0;
  readonly #sleepers = new Set<Sleeper>();

  now(): number {
    return this.#now;
  }

  async sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const sleeper: Sleeper = {
        at: this.#now + Math.max(0, milliseconds),
        wake: () => {
          this.#sleepers.delete(sleeper);
          letGo();
          resolve();
        },
      };
      this.#sleepers.add(sleeper);
      let letGo = (): void => undefined;
      letGo = onAbort(signal, () => sleeper.wake());
    });
  }

  /** Lets time pass until it is settled. @throws where it never would be: nobody sleeps any more */
  async run<T>(work: Promise<T>): Promise<T> {
    let isSettled = false;
    const settled = (): void => {
      isSettled = true;
    };
    work.then(settled, settled);
    for (;;) {
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
      if (isSettled) return work;
      const [next] = [...this.#sleepers].toSorted((one, other) => one.at - other.at);
      if (next === undefined) throw new Error(`it hangs: nobody sleeps at ${this.#now} ms`);
      if (next.at > LONGEST_MS) throw new Error('it hangs: somebody waits for ever');
      this.#now = next.at;
      next.wake();
    }
  }
}
