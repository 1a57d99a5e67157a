/** The members that draw the same pixels, and what waits for one of them. */
import { afterColon } from '../shared/after-colon.ts';
import { elapsedOn } from '../shared/clock.ts';
import { counted } from '../shared/counted.ts';
import { isExpected, messageOf } from '../shared/errors.ts';
import type { EvaluationFailure } from '../trial/evaluator.ts';
import type { MemberAtWork } from './at-work.ts';
import { isSaidElsewhere } from './member.ts';
import { Calls, type CallEnd } from './calls.ts';
import type { CrewSurroundings } from './crew-surroundings.ts';
import { fastestFirst, shareOf, spread, type Drawer } from './schedule.ts';
import {
  eventsOf,
  giveUp,
  goWithout,
  isLeft,
  isOver,
  letGo,
  mayMove,
  refuse,
  requestsOf,
  type Work,
} from './work.ts';

/** Failures in a row at images that others drew, before a member is looked at. */
const MOST_FAULTS = 3;

export class Crew {
  readonly members = new Set<MemberAtWork>();
  readonly #around: CrewSurroundings;
  readonly #calls: Calls;
  #waiting: Work[] = [];
  /** When nobody is waited for any longer, as elapsed milliseconds; undefined while nobody was ever here. */
  #deadline: number | undefined;
  readonly #began: number;
  #timer: number | undefined;
  #lastFailure: Omit<EvaluationFailure, 'ends'> = {
    code: 'webui-gone',
    message: 'None of the servers that can draw these images is available.',
  };
  #hasToldMissing = false;

  constructor(around: CrewSurroundings) {
    this.#around = around;
    this.#began = elapsedOn(around.clock);
    this.#calls = new Calls({
      clock: around.clock,
      hasComrades: (member) => this.#hasOthers(member),
      isAlone: around.isAlone,
      canGoOnWithout: (member) =>
        this.#hasOthers(member) || this.patienceLeft > 0 || around.others() !== 'gone',
      onDoubt: around.onDoubt,
      onFault: (member, why) => this.#noteFault(member, why),
    });
  }

  get here(): MemberAtWork[] {
    return [...this.members].filter(({ isHere }) => isHere);
  }

  /** Nobody is here, nor will be soon. */
  get isGone(): boolean {
    if (this.here.length > 0) return false;
    return this.patienceLeft <= 0;
  }

  /** Was anybody ever here? */
  get isKnown(): boolean {
    return this.#deadline !== undefined;
  }

  /** Milliseconds for which it is still waited for; 0 or less = no longer. */
  get patienceLeft(): number {
    const { clock, reconnect } = this.#around;
    return (this.#deadline ?? this.#began + reconnect * 60_000) - elapsedOn(clock);
  }

  add(...works: readonly Work[]): void {
    this.#waiting = [...this.#waiting, ...works].toSorted((one, other) => one.order - other.order);
  }

  /** A member is here, for the first time or again. */
  join(member: MemberAtWork): void {
    this.members.add(member);
    this.#hasToldMissing = false;
    this.#deadline ??= elapsedOn(this.#around.clock);
    // Who waits for its own server need not any more.
    this.#calls.letOthersTakeOver(member);
  }

  /** It is gone without having failed. */
  leave(member: MemberAtWork, why: string): void {
    member.leave(why);
    this.#lastFailure = { code: 'webui-gone', message: why };
    this.#waitFor();
  }

  /** Gives out what can be given out, and settles what cannot be had. */
  dispatch(): void {
    for (const work of this.#waiting.filter((one) => isOver(one))) {
      this.#remove(work);
      letGo(work);
    }
    if (this.here.length === 0) this.#settleWithout();
    for (const work of this.#waiting) {
      // What was given out may have changed what waits.
      if (!this.#waiting.includes(work)) continue;
      const { by } = work;
      if (by !== undefined && (by.isHere || !mayMove(work))) {
        if (by.isIdle && by.isHere) this.#begin(work, by);
        else if (!by.isHere) this.#refuseFor(work, by);
        continue;
      }
      this.#giveOut(work);
    }
  }

  #giveOut(work: Work): void {
    const failed = work.kind === 'part' ? work.failed : undefined;
    const able = this.here.filter((member) => member !== failed?.member);
    if (work.kind === 'part' && failed !== undefined && able.length === 0 && this.here.length > 0) {
      this.#remove(work);
      giveUp(work, failed);
      return;
    }
    const idle = fastestFirst(
      able.filter(({ isIdle }) => isIdle).map((member) => this.#drawer(member)),
      requestsOf(work),
    );
    const [first] = idle;
    if (first === undefined) return;
    if (work.kind !== 'part') {
      this.#begin(work, first.member);
      return;
    }
    const parts = this.#waiting.filter((one) => one.kind === 'part' && one.part.only === undefined).length;
    const share = shareOf(idle.length, parts, this.#around.coming());
    const plan = spread(requestsOf(work), idle.slice(0, share)).map(({ member, requests }) => ({
      member,
      part: { images: work.part.images.filter(({ request }) => requests.includes(request)) },
    }));
    this.#remove(work);
    work.trial.replace(
      work.part,
      plan.map(({ part }) => part),
    );
    for (const { member, part } of plan) this.#run({ ...work, part }, member);
  }

  #begin(work: Work, member: MemberAtWork): void {
    this.#remove(work);
    this.#run(work, member);
  }

  #run(work: Work, member: MemberAtWork): void {
    void this.#calls.make(work, member).then((end) => this.#after(work, member, end));
  }

  #after(work: Work, member: MemberAtWork, { rest, away }: CallEnd): void {
    if (rest !== undefined) this.add(rest);
    if (away !== undefined && member.isHere) this.#putAway(member, work, away);
    this.#around.onChange();
  }

  #putAway(member: MemberAtWork, work: Work, { failure, hasWaited }: NonNullable<CallEnd['away']>): void {
    const { onNotice, reconnect } = this.#around;
    this.#lastFailure = failure;
    // Who did not wait for its server knows no more than that.
    const isSilent = failure.code === 'webui-gone' && !hasWaited;
    const why = isSilent ? `${member.name} is not answering.` : failure.message;
    this.#awaitReturn(member, why, isSaidElsewhere(failure.code));
    if (!hasWaited) this.#waitFor();
    if (isSaidElsewhere(failure.code)) return;
    const { name, address } = member;
    const hasComrades = this.here.length > 0;
    const reason = isSilent ? '' : ` ${failure.message}`;
    if (hasComrades) {
      const sentence = `${name} is unavailable; others draw its images until it is back.${reason}`;
      onNotice('warn', sentence);
      eventsOf(work).onState?.({ state: 'down', sentence, member: { name, address } });
      return;
    }
    if (hasWaited || this.patienceLeft <= 0) return;
    const names = [...this.members].map((one) => one.name).join(', ');
    const who = this.members.size === 1 ? names : `Any of ${names}`;
    const sentence = `${who} is not answering; waiting up to ${counted(reconnect, 'minute')}.${reason}`;
    eventsOf(work).onWarning?.(sentence);
    eventsOf(work).onState?.({ state: 'down', sentence, member: { name, address } });
  }

  #awaitReturn(member: MemberAtWork, why: string, isQuiet = false): void {
    const { closing, onNotice } = this.#around;
    member.goAway(why, closing, (error) => {
      if (error === undefined) {
        member.join();
        this.join(member);
        if (!isQuiet) onNotice('info', `${member.name} is back and gets work again.`);
      } else {
        const why = isExpected(error) ? error.message : messageOf(error);
        member.stayAway(why);
        onNotice('warn', `${member.name} gets no more work: ${afterColon(why)}`);
      }
      this.#around.onChange();
    });
  }

  /** Others draw what it fails at: it is looked at, and if that does not help, left out. */
  #noteFault(member: MemberAtWork, why: string): void {
    if (!member.isHere || !this.#hasOthers(member) || ++member.faults < MOST_FAULTS) return;
    const { name, hasFailedOften } = member;
    member.faults = 0;
    member.hasFailedOften = true;
    const sentence = `${name} failed ${MOST_FAULTS} times in a row on images that others drew`;
    if (hasFailedOften) {
      member.leave(why);
      this.#around.onNotice('warn', `${sentence}, again: it gets no more work in this session. ${why}`);
    } else {
      this.#around.onNotice('warn', `${sentence}: it gets no work until it passes the merge check. ${why}`);
      this.#awaitReturn(member, why);
    }
  }

  #waitFor(): void {
    const { clock, reconnect } = this.#around;
    this.#deadline = elapsedOn(clock) + reconnect * 60_000;
  }

  /** Nobody is here: what waits goes on waiting, or is settled without. */
  #settleWithout(): void {
    const others = this.#around.others();
    const isGone = this.isGone || (!this.isKnown && others === 'here');
    for (const work of this.#waiting.filter((one) => mayMove(one))) {
      if (isLeft(work) || (isGone && others === 'gone')) {
        this.#remove(work);
        refuse(work, { ...this.#lastFailure, ends: 'run' });
      } else if (isGone && others === 'here') {
        this.#remove(work);
        this.#tellMissing();
        goWithout(work, { code: 'webui-gone', message: this.#lastFailure.message });
      }
    }
    if (this.#waiting.length > 0) this.#waitOut();
  }

  #waitOut(): void {
    const { clock, closing, onChange } = this.#around;
    const left = this.#around.nextEnd();
    if (left === undefined) return;
    const until = elapsedOn(clock) + left;
    if (this.#timer !== undefined && this.#timer <= until) return;
    this.#timer = until;
    void clock.sleep(left, closing).then(() => {
      if (this.#timer === until) this.#timer = undefined;
      if (!closing.aborted) onChange();
    });
  }

  #refuseFor(work: Work, by: MemberAtWork): void {
    this.#remove(work);
    // What is only looked at has no images.
    if (work.kind === 'part') work.trial.replace(work.part, []);
    else
      refuse(work, {
        code: 'webui-gone',
        message: by.state.why ?? `${by.name} is unavailable.`,
        ends: 'nothing',
      });
  }

  #tellMissing(): void {
    if (this.#hasToldMissing) return;
    this.#hasToldMissing = true;
    const names = [...this.members].map(({ name }) => name).join(', ');
    const who =
      this.members.size === 0 ? 'The servers that draw some of the images are' : `${names}: none of them is`;
    this.#around.onNotice(
      'warn',
      `${who} available; those images are missing until one is back, because no other server draws the same pixels. ${this.#lastFailure.message}`,
    );
  }

  #drawer(member: MemberAtWork): Drawer<MemberAtWork> {
    const seconds = (request: string): number => this.#seconds(member, request);
    return { member, before: member.timings.mergeSeconds, seconds };
  }

  #seconds(member: MemberAtWork, request: string): number {
    return member.timings.requestSeconds(request) ?? this.#around.usualSeconds(request) ?? 1;
  }

  #hasOthers(member: MemberAtWork): boolean {
    return this.here.some((other) => other !== member);
  }

  #remove(work: Work): void {
    this.#waiting = this.#waiting.filter((one) => one !== work);
  }
}
