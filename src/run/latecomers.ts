/** Servers that could not be had when the run began: they are asked now and then, and take part once they have come. */
import type { Renderer } from '../renderers/index.ts';
import { followAbort, type Follower } from '../shared/abort/follow-abort.ts';
import type { Clock } from '../shared/clock.ts';
import { isExpected } from '../shared/errors.ts';
import { withoutAdvice } from '../shared/server-in-use.ts';
import type { ConnectedServer } from './prove-server.ts';

export interface Latecomer {
  readonly renderer: Renderer;
  /** Why it could not be had: a sentence for people. */
  readonly reason: string;
  /** It is there already: it is asked at once. Absent = it was asked in vain. */
  readonly isThere?: true;
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

interface Asking {
  readonly follower: Follower;
  readonly following: Following;
  work: Promise<unknown>;
}

/** Milliseconds between two attempts. */
const PAUSE_MS = 30_000;

export class Latecomers {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  #waiting: Latecomer[] = [];
  #following: Asking | undefined;

  constructor({ clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal }) {
    this.#clock = clock;
    this.#signal = signal;
  }

  get waiting(): readonly Latecomer[] {
    return this.#waiting;
  }

  /** At any time. */
  add(latecomer: Latecomer): void {
    this.#waiting.push(latecomer);
    if (this.#following !== undefined) this.#ask(this.#following, [latecomer]);
  }

  /** Asks all of them until each has come, or {@link rest}. */
  follow(following: Following): void {
    if (this.#following !== undefined) return;
    this.#following = { follower: followAbort(this.#signal), following, work: Promise.resolve() };
    this.#ask(this.#following, this.#waiting);
  }

  /** Nobody is asked any more, until they are followed again. @throws mistakes of ours */
  async rest(): Promise<void> {
    const following = this.#following;
    this.#following = undefined;
    following?.follower.abort();
    following?.follower.release();
    await following?.work;
  }

  #ask(asking: Asking, latecomers: readonly Latecomer[]): void {
    const { follower, following, work } = asking;
    const { signal } = follower;
    const each = latecomers.map(async (one) => this.#await(one, { ...following, signal }));
    asking.work = Promise.all([work, ...each]);
    // Thrown by the next rest.
    asking.work.catch(() => undefined);
  }

  async #await(latecomer: Latecomer, following: Following & Pick<Coming, 'signal'>): Promise<void> {
    const { signal, say, onCome } = following;
    let { reason } = latecomer;
    for (let isFirst = latecomer.isThere === true; !signal.aborted; isFirst = false) {
      if (!isFirst) await this.#clock.sleep(PAUSE_MS, signal);
      if (signal.aborted) return;
      try {
        const server = await latecomer.come(following);
        this.#waiting = this.#waiting.filter((one) => one !== latecomer);
        await onCome(server);
        return;
      } catch (error) {
        if (signal.aborted) return;
        if (!isExpected(error)) throw error;
        const now = withoutAdvice(error);
        if (now !== reason) say(`${latecomer.renderer.name} still takes no part: ${now}`);
        reason = now;
      }
    }
  }
}
