/**
 * The servers of one run as one evaluator for every trial that is under way. An image of the set is always drawn by servers that
 * draw the same pixels; within such a group a trial goes to one member, or over several that would be idle otherwise. Work
 * of a member that fails goes to the others.
 */
import type { Clock } from '../shared/clock.ts';
import { BarrenPayloads } from '../trial/barren-payloads.ts';
import type { BrokenMerge, Evaluator } from '../trial/evaluator.ts';
import type { ImageRequest } from '../types.ts';
import { MemberAtWork } from './at-work.ts';
import { Crew } from './crew.ts';
import { FleetEvaluator } from './fleet-evaluator.ts';
import { IdleShare } from './idle-share.ts';
import type { Member, MemberState } from './member.ts';
import { OpenTrials } from './open-trials.ts';
import type { Pins } from './pins.ts';
import { createController } from '../shared/abort/create-controller.ts';

export interface FleetSettings {
  /** All that may be asked for. */
  readonly requests: readonly ImageRequest[];
  /** For every one of them. */
  readonly pins: Pins;
  readonly clock: Clock;
  /** Minutes that a group waits when none of its members answers (`--reconnect`). */
  readonly reconnect: number;
  /** Members came or went, or a trial is over: another number of open trials may be right now. */
  readonly onChange?: () => void;
  /** What happens to members, for people. */
  readonly onNotice?: (notice: { readonly level: 'info' | 'warn'; readonly message: string }) => void;
}

export class Fleet {
  readonly #settings: FleetSettings;
  /** By pixel group. */
  readonly #crews = new Map<string, Crew>();
  /** All that ever joined, by name. */
  readonly #members = new Map<string, MemberAtWork>();
  readonly #evaluators: FleetEvaluator[] = [];
  readonly #closing = createController();
  readonly #barren: BarrenPayloads;
  readonly #openTrials = new OpenTrials();
  readonly #idleShare = new IdleShare();
  #hereBefore = '';
  #order = 0;
  #isDispatching = false;
  #isChanged = false;

  constructor(settings: FleetSettings) {
    this.#settings = settings;
    this.#barren = new BarrenPayloads(settings.requests);
    for (const group of new Set(Object.values(settings.pins))) this.#crewOf(group);
  }

  /** At any time; who has joined before under this name is here again. */
  join(member: Member): void {
    const { name, pixelGroup } = member;
    const crew = this.#crewOf(pixelGroup);
    let atWork = this.#members.get(name);
    if (atWork === undefined) {
      atWork = new MemberAtWork(member, this.#settings.clock, () => this.#dispatch());
      this.#members.set(name, atWork);
    } else {
      if (atWork.isHere) atWork.leave('It has joined again.');
      else this.#notice('info', `${name} is back and gets work again.`);
      if (atWork.pixelGroup !== pixelGroup) this.#crewOf(atWork.pixelGroup).members.delete(atWork);
      atWork.join(member);
    }
    if (!this.#isPinned(pixelGroup))
      this.#notice(
        'warn',
        `${name} gets no work: it draws different pixels, and every image of this run is drawn by other WebUIs. A new search with more payloads could give it a share.`,
      );
    crew.join(atWork);
    this.#dispatch();
  }

  /** At any time: its work goes to others. @param why one sentence for people */
  leave(name: string, why: string): void {
    const member = this.#members.get(name);
    if (member?.isHere !== true) return;
    this.#notice('warn', `${name} has left. ${why}`);
    this.#crewOf(member.pixelGroup).leave(member, why);
    this.#dispatch();
  }

  /** For one trial after another. One for each that may be under way at a time. */
  evaluator(): Evaluator {
    const { requests, clock } = this.#settings;
    const evaluator = new FleetEvaluator({
      requests,
      clock,
      barren: this.#barren,
      name: () => this.#name,
      crewOf: (request) => this.#crewOfRequest(request),
      members: () => [...this.#members.values()],
      crewOfMember: (member) => this.#crewOf(member.pixelGroup),
      nextOrder: () => this.#order++,
      dispatch: () => this.#dispatch(),
      onAsked: (requests, gap) => this.#openTrials.note(requests, gap),
      onOver: () => this.#afterTrial(),
    });
    this.#evaluators.push(evaluator);
    return evaluator;
  }

  /**
   * How many trials are to be under way now, from 1 on.
   * @param wanted a number that somebody wants: no more than there are members for, and one that takes over at once
   * @param before while nobody is here
   */
  openTrials(wanted: 'auto' | number, before: number): number {
    const groups = this.#pinnedCrews;
    if (wanted === 'auto') return this.#openTrials.decide(groups, before);
    const here = groups.reduce((sum, crew) => sum + crew.here.length, 0);
    return here === 0 ? before : Math.min(wanted, here + 1);
  }

  /** All that ever joined, in the order in which they did. */
  get members(): readonly MemberState[] {
    return [...this.#members.values()].map(({ state }) => state);
  }

  /** Nobody is tried again any more; what is under way ends by its own signal. */
  close(): void {
    this.#closing.abort();
  }

  get #name(): string {
    const [first, ...others] = this.#members.keys();
    return first !== undefined && others.length === 0 ? first : `a fleet of ${this.#members.size}`;
  }

  get #pinnedCrews(): Crew[] {
    return [...this.#crews].flatMap(([group, crew]) => (this.#isPinned(group) ? crew : []));
  }

  #afterTrial(): void {
    const sentence = this.#idleShare.afterTrial(this.#pinnedCrews.map(({ here }) => here));
    if (sentence !== undefined) this.#notice('warn', sentence);
    this.#settings.onChange?.();
  }

  #isPinned(group: string): boolean {
    return Object.values(this.#settings.pins).includes(group);
  }

  #crewOfRequest(request: string): Crew {
    const group = this.#settings.pins[request];
    if (group === undefined) throw new Error(`no pixel group draws ${request}`);
    return this.#crewOf(group);
  }

  #crewOf(group: string): Crew {
    const known = this.#crews.get(group);
    if (known !== undefined) return known;
    const { clock, reconnect } = this.#settings;
    const crew: Crew = new Crew({
      clock,
      reconnect,
      closing: this.#closing.signal,
      onNotice: (level, message) => this.#notice(level, message),
      coming: () => this.#evaluators.filter((one) => one.isComing).length,
      nextEnd: () => this.#nextEnd(),
      others: () => this.#othersOf(crew),
      isAlone: () => this.#members.size === 1,
      usualSeconds: (request) => this.#usualSeconds(request),
      onDoubt: (broken) => this.#doubt(broken),
      onChange: () => this.#dispatch(),
    });
    this.#crews.set(group, crew);
    return crew;
  }

  #othersOf(crew: Crew): 'here' | 'awaited' | 'gone' {
    const pinned = new Set(Object.values(this.#settings.pins));
    const others = [...this.#crews].flatMap(([group, one]) => (one !== crew && pinned.has(group) ? one : []));
    if (others.some(({ here }) => here.length > 0)) return 'here';
    return others.some((one) => !one.isGone) ? 'awaited' : 'gone';
  }

  #nextEnd(): number | undefined {
    const ends = [...this.#crews.values()].flatMap((crew) =>
      crew.here.length === 0 && crew.patienceLeft > 0 ? crew.patienceLeft : [],
    );
    return ends.length === 0 ? undefined : Math.min(...ends);
  }

  #usualSeconds(request: string): number | undefined {
    const known = [...this.#members.values()].flatMap(({ timings }) => timings.requestSeconds(request) ?? []);
    return known.length === 0 ? undefined : known.reduce((sum, one) => sum + one, 0) / known.length;
  }

  #doubt(broken: BrokenMerge): void {
    for (const evaluator of this.#evaluators) evaluator.doubt(broken);
  }

  /** Giving work out may settle other work: that is looked at in another round. */
  #dispatch(): void {
    this.#isChanged = true;
    if (this.#isDispatching) return;
    this.#isDispatching = true;
    try {
      while (this.#isChanged) {
        this.#isChanged = false;
        for (const crew of this.#crews.values()) crew.dispatch();
      }
    } finally {
      this.#isDispatching = false;
    }
    const here = [...this.#members.values()].flatMap(({ isHere, name }) => (isHere ? name : [])).join('\n');
    if (here === this.#hereBefore) return;
    this.#hereBefore = here;
    this.#settings.onChange?.();
  }

  #notice(level: 'info' | 'warn', message: string): void {
    this.#settings.onNotice?.({ level, message });
  }
}
