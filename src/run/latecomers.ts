/** Servers that could not be had when the run began: they are asked now and then, and take part once they have come. */
import type { Renderer } from '../renderers/index.ts';
import { followAbort, type Follower } from '../shared/abort/follow-abort.ts';
import type { Clock } from '../shared/clock.ts';
import { isExpected } from '../shared/errors.ts';
import { withoutAdvice } from '../shared/server-in-use.ts';
import type { ConnectedServer } from './prove-server.ts';

export interface Latecomer {
  readonly renderer: Renderer;
  /** Why it could not be had: a sentence for people. Absent = it was not asked yet, which happens at once. */
  readonly reason?: string;
  /** Opens and proves it. @throws why that cannot be; the signal's reason */
  readonly come: (coming: Coming) => Promise<ConnectedServer>;
}

/** A server that has taken no part so far. */
export interface LeftOut {
  /** As it was called first: opened, it may turn out to be of another family. */
  readonly name: string;
  /** Without a login; null where nobody knows. */
  readonly address: string | null;
  /** Why, the last time that it was asked: a sentence for people. */
  readonly reason: string;
}

export interface Coming {
  readonly say: (sentence: string) => void;
  /** Looks whether it merges as the run needs it. @throws when it does not */
  readonly accept: (renderer: Renderer) => void;
  readonly signal: AbortSignal;
}

export interface Following extends Omit<Coming, 'signal'> {
  /** @param before what it was called while it took no part */
  readonly onCome: (server: ConnectedServer, before: string) => Promise<void>;
  /** Told of each that was asked in vain, and again where it is for another reason. */
  readonly onLeftOut?: (server: LeftOut) => void;
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
  /** What is known of each now. */
  readonly #waiting = new Map<Latecomer, Omit<LeftOut, 'reason'> & Partial<Pick<LeftOut, 'reason'>>>();
  #following: Asking | undefined;

  constructor({ clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal }) {
    this.#clock = clock;
    this.#signal = signal;
  }

  /** Is anybody still to come? */
  get isAwaiting(): boolean {
    return this.#waiting.size > 0;
  }

  /** Those that were asked in vain. */
  get leftOut(): readonly LeftOut[] {
    return [...this.#waiting.values()].flatMap(({ reason, ...server }) =>
      reason === undefined ? [] : { ...server, reason },
    );
  }

  /** At any time. */
  add(latecomer: Latecomer): void {
    const { name, address = null } = latecomer.renderer;
    const { reason } = latecomer;
    this.#waiting.set(latecomer, { name, address, ...(reason !== undefined && { reason }) });
    if (this.#following !== undefined) this.#ask(this.#following, [latecomer]);
  }

  /** Asks all of them until each has come, or {@link rest}. */
  follow(following: Following): void {
    if (this.#following !== undefined) return;
    this.#following = { follower: followAbort(this.#signal), following, work: Promise.resolve() };
    for (const one of this.leftOut) following.onLeftOut?.(one);
    this.#ask(this.#following, [...this.#waiting.keys()]);
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
    const { signal, say, onCome, onLeftOut } = following;
    const known = this.#waiting.get(latecomer);
    if (known === undefined) return;
    let { reason } = known;
    for (let isFirst = reason === undefined; !signal.aborted; isFirst = false) {
      if (!isFirst) await this.#clock.sleep(PAUSE_MS, signal);
      if (signal.aborted) return;
      try {
        const server = await latecomer.come(following);
        this.#waiting.delete(latecomer);
        await onCome(server, known.name);
        return;
      } catch (error) {
        if (signal.aborted) return;
        if (!isExpected(error)) throw error;
        const now = withoutAdvice(error);
        if (now === reason) continue;
        say(`${latecomer.renderer.name} is ${reason === undefined ? '' : 'still '}not used: ${now}`);
        reason = now;
        const leftOut = { ...known, reason };
        this.#waiting.set(latecomer, leftOut);
        onLeftOut?.(leftOut);
      }
    }
  }
}
