/** One call of a member's evaluator, and what is to be done after it. */
import { followAbort, type Follower } from '../shared/abort/follow-abort.ts';
import { elapsedOn, type Clock } from '../shared/clock.ts';
import { counted } from '../shared/counted.ts';
import { imageKey } from '../images/names.ts';
import {
  isBroken,
  failureOf,
  nameOf,
  type BrokenMerge,
  type EvaluationEvents,
  type EvaluationFailure,
  type ImageRef,
  type LookAnswer,
  type Outcome,
  type Redrawn,
} from '../trial/evaluator.ts';
import type { ImageRecord } from '../types.ts';
import { HAS_LEFT, type MemberAtWork } from './at-work.ts';
import { isOfOneServer } from './member.ts';
import { SecondTries } from './second-try.ts';
import { Stopwatch } from './timings.ts';
import type { LookWork, PartWork, RedrawWork, Work } from './work.ts';

export interface CallEnd {
  /** What is left for others, or for later. */
  readonly rest?: Work;
  /** The member is to be put away. `hasWaited`: it has waited for its server as long as anybody would. */
  readonly away?: { readonly failure: EvaluationFailure; readonly hasWaited: boolean };
}

export interface CallsSurroundings {
  readonly clock: Clock;
  /** Are others of its group here? */
  readonly hasComrades: (member: MemberAtWork) => boolean;
  /** Is the fleet of one member, ever since? */
  readonly isAlone: () => boolean;
  /** Can the run go on once the member is away? */
  readonly canGoOnWithout: (member: MemberAtWork) => boolean;
  readonly onDoubt: (broken: BrokenMerge) => void;
  /** Another one has drawn what it had failed at. @param why one sentence for people */
  readonly onFault: (member: MemberAtWork, why: string) => void;
}

export class Calls {
  readonly #around: CallsSurroundings;
  readonly #secondTries = new SecondTries();
  /** Aborted when a member need not wait for its server, by member. */
  readonly #leaves = new Map<MemberAtWork, Follower>();

  constructor(around: CallsSurroundings) {
    this.#around = around;
  }

  /** Somebody else is here: who waits for its own server need not. */
  letOthersTakeOver(newcomer: MemberAtWork): void {
    for (const [member, leave] of this.#leaves) if (member !== newcomer) leave.abort();
  }

  /** Never rejects: whoever asked for the work is told. */
  async make(work: Work, member: MemberAtWork): Promise<CallEnd> {
    try {
      if (work.kind === 'part') return await this.#evaluate(work, member);
      return work.kind === 'redraw' ? await this.#redraw(work, member) : await this.#look(work, member);
    } catch (error) {
      if (work.kind === 'part') work.trial.reject(work.part, error);
      else work.reject(error);
      return {};
    }
  }

  async #evaluate(work: PartWork, member: MemberAtWork): Promise<CallEnd> {
    const { trial, part } = work;
    const leave = followAbort(trial.wanted.leave);
    if (this.#around.hasComrades(member)) leave.abort();
    this.#leaves.set(member, leave);
    const announced = new Map<string, ImageRecord>();
    const asked = trial.asked(part, member, leave.signal, this.#around.isAlone());
    const isCurrent = { value: true };
    const events = this.#events(work, member, announced, isCurrent);
    let outcome: Outcome | typeof HAS_LEFT;
    try {
      outcome = await member.call(trial.trial, trial.signal, async (evaluator, signal) =>
        evaluator.evaluate(trial.trial, asked, signal, events),
      );
    } finally {
      isCurrent.value = false;
      leave.release();
      if (this.#leaves.get(member) === leave) this.#leaves.delete(member);
    }
    if (outcome === HAS_LEFT) return this.#handOver(work, member, [...announced.values()]);
    member.images += outcome.images.length;
    if (part.images.length > 0) member.owesLook = true;
    const { failure } = outcome;
    const look = outcome.look && member.noteLook(outcome.look, trial.trial.id);
    if (isBroken(look)) {
      this.#around.onDoubt(look);
      return this.#afterBroken(work, member, { ...outcome, look });
    }
    if (failure?.ends === 'run' && isOfOneServer(failure.code)) {
      const came = new Map([...announced, ...outcome.images.map((image) => [keyOf(image), image] as const)]);
      const end = this.#handOver(work, member, [...came.values()]);
      return {
        ...end,
        away: { failure, hasWaited: !leave.signal.aborted || trial.wanted.leave?.aborted === true },
      };
    }
    return this.#settle(work, member, { ...outcome, look });
  }

  #settle(work: PartWork, member: MemberAtWork, outcome: Outcome): CallEnd {
    const { trial, part, failed } = work;
    const { onFault, hasComrades } = this.#around;
    const again = hasComrades(member) ? this.#secondTries.of(work, member, outcome) : undefined;
    if (again === undefined) {
      trial.settle(part, member, outcome);
      if (outcome.images.length === 0) return {};
      if (outcome.failure === null) member.faults = 0;
      if (failed === undefined) return {};
      const reason = reasonOf(failed.outcome);
      const count = counted(outcome.images.length, 'image');
      trial.events.onWarning?.(
        `${nameOf(trial.trial)}: ${member.name} drew ${count} that ${failed.member.name} failed to draw. ${reason}`,
      );
      onFault(failed.member, reason);
      return {};
    }
    const { done, rest } = again;
    // Of a call that failed it does not know itself.
    if (outcome.failure !== null && done.images.length > 0) member.noteKept(trial.trial.id);
    trial.settle(part, member, done, rest.part);
    return { rest };
  }

  /** What has come counts; the rest is for others. */
  #handOver(work: PartWork, member: MemberAtWork, came: readonly ImageRecord[]): CallEnd {
    const { trial, part } = work;
    trial.keep(member, came);
    if (came.length > 0) member.noteKept(trial.trial.id);
    const rest = { images: part.images.filter((image) => !trial.has(image)) };
    trial.replace(part, rest.images.length === 0 ? [] : [rest]);
    return rest.images.length === 0 ? {} : { rest: { ...work, part: rest, by: undefined } };
  }

  /** A merge that is lost is the end of one server, as long as others can go on. */
  #afterBroken(
    { trial, part }: PartWork,
    member: MemberAtWork,
    outcome: Outcome & { readonly look: BrokenMerge },
  ): CallEnd {
    if (outcome.look.result === 'mended' || !this.#around.canGoOnWithout(member)) {
      trial.settle(part, member, outcome);
      return {};
    }
    const look = withoutServer(outcome.look, member);
    trial.settle(part, member, { images: [], missing: [], failure: failureOf(look), look });
    return { away: { failure: failureOf(outcome.look), hasWaited: true } };
  }

  async #redraw(work: RedrawWork, member: MemberAtWork): Promise<CallEnd> {
    const { image, signal, events } = work;
    const redrawn = await member.call(null, signal, async (evaluator, following) =>
      evaluator.redraw(image, following, this.#stateOf(events, member)),
    );
    if (redrawn === HAS_LEFT) return { rest: { ...work, by: undefined } };
    const look = redrawn.look && member.noteLook(redrawn.look);
    const { failure } = redrawn;
    if (isBroken(look)) {
      this.#around.onDoubt(look);
      if (look.result === 'mended' || !this.#around.canGoOnWithout(member)) {
        work.answer({ ...redrawn, look });
        return {};
      }
      const without = withoutServer(look, member);
      work.answer({ pixels: null, failure: failureOf(without), look: without });
      return { away: { failure: failureOf(look), hasWaited: true } };
    }
    if (failure?.ends === 'run' && isOfOneServer(failure.code))
      return {
        rest: { ...work, by: undefined },
        away: { failure, hasWaited: !this.#around.hasComrades(member) },
      };
    const answer: Redrawn = { ...redrawn, look };
    work.answer(answer);
    return {};
  }

  async #look(work: LookWork, member: MemberAtWork): Promise<CallEnd> {
    const { signal, events } = work;
    const found = await member.call(null, signal, async (evaluator, following) =>
      evaluator.look(following, this.#stateOf(events, member)),
    );
    if (found === HAS_LEFT) {
      work.answer(unanswered(member));
      return {};
    }
    const look: LookAnswer | null = found && member.noteLook(found);
    if (look === null) member.owesLook = false;
    if (isBroken(look)) {
      this.#around.onDoubt(look);
      if (look.result === 'lost' && this.#around.canGoOnWithout(member)) {
        work.answer(withoutServer(look, member));
        return { away: { failure: failureOf(look), hasWaited: true } };
      }
    }
    if (look?.result === 'unanswered' && look.failure.ends === 'run' && isOfOneServer(look.failure.code)) {
      const { failure } = look;
      if (this.#around.canGoOnWithout(member)) {
        work.answer({ ...look, failure: { ...failure, ends: 'nothing' } });
        return { away: { failure, hasWaited: true } };
      }
    }
    work.answer(look);
    return {};
  }

  #events(
    { trial, part }: PartWork,
    member: MemberAtWork,
    announced: Map<string, ImageRecord>,
    isCurrent: { readonly value: boolean },
  ): EvaluationEvents {
    const { events } = trial;
    const { name, address } = member;
    const counts = new Map<string, number>();
    for (const { request } of part.images) counts.set(request, (counts.get(request) ?? 0) + 1);
    const watch = new Stopwatch(member.timings, this.#around.clock, counts);
    const timed = new Set<string>();
    const note = (image: ImageRef): void => {
      if (timed.has(keyOf(image))) return;
      timed.add(keyOf(image));
      trial.lastArrival = elapsedOn(this.#around.clock);
      watch.note(image.request);
    };
    const heard =
      <A extends readonly unknown[]>(tell: (...args: A) => void) =>
      (...args: A): void => {
        if (isCurrent.value && !trial.signal.aborted) tell(...args);
      };
    return {
      ...this.#stateOf(events, member, heard),
      onProgress: heard(({ step, steps }) => trial.progress(step, steps, { name, address })),
      onReceived: heard((image, file) => events.onReceived?.(image, file)),
      onArrival: heard((image, file) => {
        note(image);
        events.onArrival?.(image, file);
      }),
      onImage: heard((record, file) => {
        note(record);
        announced.set(keyOf(record), record);
        trial.announce(keyOf(record));
        events.onImage?.(record, file);
      }),
    };
  }

  #stateOf(
    { onState, onWarning, onInfo }: EvaluationEvents,
    { name, address }: MemberAtWork,
    heard: <A extends readonly unknown[]>(tell: (...args: A) => void) => (...args: A) => void = (tell) =>
      tell,
  ): EvaluationEvents {
    return {
      onState: heard((state) => onState?.({ ...state, member: { name, address } })),
      onWarning: heard((sentence) => onWarning?.(sentence)),
      onInfo: heard((sentence) => onInfo?.(sentence)),
    };
  }
}

function reasonOf({ failure, missing }: Pick<Outcome, 'failure' | 'missing'>): string {
  return failure?.message ?? missing[0]?.message ?? '';
}

/** The server is put out, so that the others merge as asked. */
function withoutServer(look: BrokenMerge, { name }: MemberAtWork): BrokenMerge {
  return {
    ...look,
    result: 'mended',
    reason: `${look.reason} Setting it up again did not help: ${name} gets no more work until it is restarted.`,
  };
}

function unanswered(member: MemberAtWork): LookAnswer {
  const message = member.state.why ?? `${member.name} is unavailable.`;
  return { result: 'unanswered', failure: { code: 'webui-gone', message, ends: 'nothing' } };
}

function keyOf({ request, index }: ImageRef): string {
  return imageKey(request, index);
}
