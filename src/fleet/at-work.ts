/** A member as its fleet uses it: one call at a time, away and back, and what is known of it. */
import { followAbort, type Follower } from '../shared/abort/follow-abort.ts';
import { elapsedOn, type Clock } from '../shared/clock.ts';
import {
  isBroken,
  type BrokenMerge,
  type Evaluator,
  type LookAnswer,
  type MeasuredTrial,
} from '../trial/evaluator.ts';
import type { Member, MemberState } from './member.ts';
import { Timings } from './timings.ts';

/** In place of an answer: the member has left in the meantime, and whatever it may still say is not heard. */
export const HAS_LEFT = Symbol('the member has left');

type NamedTrial = Pick<MeasuredTrial, 'id' | 'label'>;

interface CurrentCall {
  readonly trial: NamedTrial | null;
  readonly drop: () => void;
}

export class MemberAtWork {
  readonly timings = new Timings();
  images = 0;
  /** It has measured something since the last look. */
  owesLook = false;
  /** Parts in a row that it failed at and others drew. */
  faults = 0;
  /** It was put away for such faults, and has come back. */
  hasFailedOften = false;
  #member: Member;
  /** Undefined while it is here. */
  #why: string | undefined;
  #seconds = 0;
  #call: CurrentCall | undefined;
  #return: Follower | undefined;
  /** Evaluators whose call has not ended, even if nobody waits for it any more. */
  readonly #inCall = new Set<Evaluator>();
  /** Trials that have images of calls that failed: it does not know of them itself when its merge is found broken. */
  readonly #kept = new Set<number>();
  readonly #clock: Clock;
  readonly #onFree: () => void;

  /** @param onFree told when it may be able to take more work */
  constructor(member: Member, clock: Clock, onFree: () => void) {
    this.#member = member;
    this.#clock = clock;
    this.#onFree = onFree;
  }

  get name(): string {
    return this.#member.name;
  }

  get pixelGroup(): string {
    return this.#member.pixelGroup;
  }

  get address(): string | null {
    return this.#member.address;
  }

  /** Scores images that came before, where it can: nothing is asked of its server. */
  get judge(): Evaluator['judge'] {
    const { evaluator } = this.#member;
    return evaluator.judge?.bind(evaluator);
  }

  get isHere(): boolean {
    return this.#why === undefined;
  }

  get isIdle(): boolean {
    return this.isHere && this.#call === undefined && !this.#inCall.has(this.#member.evaluator);
  }

  get state(): MemberState {
    const { name, address, pixelGroup } = this.#member;
    const working = this.#call === undefined ? 'idle' : 'working';
    return {
      name,
      address,
      pixelGroup,
      state: this.isHere ? working : 'away',
      trial: this.#call?.trial ?? null,
      why: this.#why ?? null,
      images: this.images,
      seconds: this.#seconds,
    };
  }

  /**
   * @param trial that it works on; null = none
   * @throws the signal's reason, and mistakes of ours
   */
  async call<T>(
    trial: NamedTrial | null,
    parent: AbortSignal,
    act: (evaluator: Evaluator, signal: AbortSignal) => Promise<T>,
  ): Promise<T | typeof HAS_LEFT> {
    const { evaluator } = this.#member;
    const follower = followAbort(parent);
    const began = elapsedOn(this.#clock);
    this.#inCall.add(evaluator);
    const left = new Promise<typeof HAS_LEFT>((resolve) => {
      this.#call = {
        trial: trial && { id: trial.id, ...(trial.label !== undefined && { label: trial.label }) },
        drop: () => {
          resolve(HAS_LEFT);
          follower.abort();
        },
      };
    });
    const call = this.#call;
    const ended = act(evaluator, follower.signal).finally(() => {
      follower.release();
      this.#inCall.delete(evaluator);
    });
    // Who has left is not waited for: once its last call is over, it may be here again.
    ended.catch(() => undefined).finally(() => this.#onFree());
    try {
      return await Promise.race([left, ended]);
    } finally {
      this.#seconds += (elapsedOn(this.#clock) - began) / 1000;
      if (this.#call === call) this.#call = undefined;
    }
  }

  /**
   * It gets no work until it is back.
   * @param onReturn told once it is, or with why it never will be
   */
  goAway(why: string, closing: AbortSignal, onReturn: (failure?: unknown) => void): void {
    this.leave(why);
    const { comeBack } = this.#member;
    if (comeBack === undefined) return;
    const returning = followAbort(closing);
    this.#return = returning;
    const over = (tell: () => void): void => {
      returning.release();
      if (returning.signal.aborted || this.#return !== returning) return;
      tell();
    };
    comeBack(returning.signal).then(
      () => over(() => onReturn()),
      (error: unknown) => over(() => onReturn(error)),
    );
  }

  /** Its call is not waited for. */
  leave(why: string): void {
    this.#why = why;
    this.#return?.abort();
    this.#return = undefined;
    this.#call?.drop();
    this.#call = undefined;
  }

  /** It is here again. @param member what it is now */
  join(member: Member = this.#member): void {
    this.#return?.abort();
    this.#return = undefined;
    this.#member = member;
    this.#why = undefined;
  }

  /** Why it never comes back by itself. */
  stayAway(why: string): void {
    this.#why = why;
  }

  /** Images of a call that failed are used all the same. */
  noteKept(trial: number): void {
    this.#kept.add(trial);
  }

  /** After every look. @returns what it found, with all that is in doubt */
  noteLook<L extends LookAnswer>(look: L, underWay?: number): L | BrokenMerge {
    if (look.result === 'unanswered') return look;
    this.owesLook = false;
    const kept = [...this.#kept].filter((trial) => trial !== underWay);
    this.#kept.clear();
    if (!isBroken(look)) return look;
    return { ...look, trials: [...new Set([...look.trials, ...kept])].toSorted((one, other) => one - other) };
  }
}
