/** A clock on which pauses take no time, and what happens meanwhile all the same: a server that is away for minutes. */
import { setImmediate as turn } from 'node:timers/promises';
import type { Environment } from '../../src/run/environment.ts';

export class Timeline {
  #skipped = 0;
  #set = 0;
  readonly #events: { readonly at: number; readonly act: () => Promise<void> | void }[] = [];

  readonly clock: Environment['clock'] = {
    now: () => Date.now() + this.#skipped + this.#set,
    elapsed: () => this.#elapsed(),
    sleep: async (milliseconds) => {
      this.#skipped += milliseconds;
      await turn();
      await this.#happen();
    },
  };

  /** Somebody sets the time of day. @param hours forward, or backward below 0 */
  setBy(hours: number): void {
    this.#set += hours * 3_600_000;
  }

  #elapsed(): number {
    return performance.now() + this.#skipped;
  }

  /** @param minutes from now, as far as pauses go */
  at(minutes: number, act: () => Promise<void> | void): void {
    this.#events.push({ at: this.#elapsed() + minutes * 60_000, act });
  }

  async #happen(): Promise<void> {
    const due = this.#events.filter(({ at }) => at <= this.#elapsed());
    for (const event of due) {
      this.#events.splice(this.#events.indexOf(event), 1);
      await event.act();
    }
  }
}
