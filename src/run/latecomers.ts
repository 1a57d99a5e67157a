/** Servers that could not be had when the run began: they are asked now and then, and take part once they have come. */
import type { Renderer } from '../renderers/index.ts';
import { followAbort, type Follower } from '../shared/abort/follow-abort.ts';
import type { Clock } from '../shared/clock.ts';
import { isExpected } from '../shared/errors.ts';
import type { ConnectedServer } from './prove-server.ts';

export interface Latecomer {
  readonly renderer: Renderer;
  /** Why it could not be had: a sentence for people. */
  readonly reason: string;
  /** Opens and proves it. @throws why that cannot be; the signal's reason */
  readonly come: (coming: Coming) => Promise<ConnectedServer>;
}

export interface Coming {
  readonly say: (sentence: string) => void;
  /** Looks whether it merges as the run needs it. @throws when it does not */
  readonly accept: (renderer: Renderer) => void;
  readonly signal: AbortSignal;
}

export interface Following extends Omit<Coming, 'signal'> {
  readonly onCome: (server: ConnectedServer) => Promise<void>;
}

/** Milliseconds between two attempts. */
const PAUSE_MS = 30_000;

export class Latecomers {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  #waiting: Latecomer[] = [];
  #following: { readonly follower: Follower; readonly work: Promise<unknown> } | undefined;

  constructor({ clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal }) {
    this.#clock = clock;
    this.#signal = signal;
  }

  get waiting(): readonly Latecomer[] {
    return this.#waiting;
  }

  add(latecomer: Latecomer): void {
    this.#waiting.push(latecomer);
  }

  /** Asks all of them until each has come, or {@link rest}. */
  follow(following: Following): void {
    if (this.#following !== undefined || this.#waiting.length === 0) return;
    const follower = followAbort(this.#signal);
    const { signal } = follower;
    const each = this.#waiting.map(async (one) => this.#await(one, { ...following, signal }));
    const work = Promise.all(each).finally(() => follower.release());
    // Thrown by the next rest.
    work.catch(() => undefined);
    this.#following = { follower, work };
  }

  /** Nobody is asked any more, until they are followed again. @throws mistakes of ours */
  async rest(): Promise<void> {
    const following = this.#following;
    this.#following = undefined;
    following?.follower.abort();
    await following?.work;
  }

  async #await(latecomer: Latecomer, following: Following & Pick<Coming, 'signal'>): Promise<void> {
    const { signal, say, onCome } = following;
    let { reason } = latecomer;
    while (!signal.aborted) {
      await this.#clock.sleep(PAUSE_MS, signal);
      if (signal.aborted) return;
      try {
        const server = await latecomer.come(following);
        this.#waiting = this.#waiting.filter((one) => one !== latecomer);
        await onCome(server);
        return;
      } catch (error) {
        if (signal.aborted) return;
        if (!isExpected(error)) throw error;
        if (error.message !== reason) say(`${latecomer.renderer.name} still takes no part: ${error.message}`);
        reason = error.message;
      }
    }
  }
}
