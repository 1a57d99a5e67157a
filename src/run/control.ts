/** Follows what a run is asked for while it searches: pause, go on, stop, reject, next; and when it may work at all. */
import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import path from 'node:path';
import { ControlReader, type ControlRequest } from '../journal/control.ts';
import type { JournalRecord } from '../journal/record.ts';
import type { Pause } from '../observers/observer.ts';
import { afterColon } from '../shared/after-colon.ts';
import { elapsedOn } from '../shared/clock.ts';
import { reachOf, roundedText } from '../optimizers/reach.ts';
import { rejectionOf } from './rejection.ts';
import {
  progressOf,
  record,
  timestamp,
  warn,
  type Control,
  type ProofContext,
  type RestContext,
  type Session,
} from './session.ts';
import { untilText, type StandingPauses } from './standing-pauses.ts';
import { createController } from '../shared/abort/create-controller.ts';

/** What of a run it takes to follow every request. */
type ControlContext = ProofContext & Pick<Session, 'plan' | 'state' | 'images'>;
type Of<R extends ControlRequest['request']> = Extract<ControlRequest, { request: R }>;

/** Milliseconds between two looks. */
const LOOK_MS = 1000;

export class RunControl implements Control {
  readonly #reader: ControlReader;
  readonly #followed = new Set<string>();
  /** Read, and not followed yet. */
  #waiting: ControlRequest[] = [];
  readonly #standing: StandingPauses | undefined;
  #pause: Pause | undefined;
  /** Somebody has asked for the pause, and has to end it. */
  #isAsked = false;
  #stopAsked: string | undefined;
  #until = createController();
  readonly #leave = createController();
  #failure: { readonly error: unknown } | undefined;
  /** Lanes that wait for the end of a pause, and since when all of them do, in milliseconds on the clock that measures. */
  #resting = 0;
  #idleSince: number | undefined;
  #idle = 0;

  /**
   * Whoever begins a session wants it to run: of what came before it, only trials to reject and weights to measure are followed.
   * @param records of the run so far
   * @param standing when the run may not work; it always may unless given
   */
  constructor(journal: string, records: readonly JournalRecord[] = [], standing?: StandingPauses) {
    this.#standing = standing;
    // Every server and every open iteration of a fleet listens to it: none of them is a leak.
    setMaxListeners(0, this.#leave.signal);
    for (const entry of records)
      if ('id' in entry && typeof entry.id === 'string') this.#followed.add(entry.id);
    this.#reader = new ControlReader(journal);
    this.#waiting = this.#fresh(this.#reader.lookAtAll().requests).filter(
      ({ request }) => request === 'reject' || request === 'next',
    );
  }

  get stopAsked(): string | undefined {
    return this.#stopAsked;
  }

  get paused(): Pause | undefined {
    return this.#pause;
  }

  get until(): AbortSignal {
    return this.#until.signal;
  }

  get leave(): AbortSignal {
    return this.#leave.signal;
  }

  idle(now: number): number {
    return this.#idle + (this.#idleSince === undefined ? 0 : now - this.#idleSince);
  }

  watch(context: ControlContext): () => void {
    return this.#watch(() => this.look(context));
  }

  watchProof(context: ProofContext): () => void {
    return this.#watch(() => this.lookInProof(context));
  }

  look(context: ControlContext): void {
    const isBusy = context.state.open > 0;
    this.#look(context, isBusy, (request) => this.#follow(context, request, isBusy));
  }

  lookInProof(context: ProofContext): void {
    // A trial that is rejected now would take the proof its ground: what changes the search is for a session that goes on with it.
    this.#look(context, true, (request) => this.#followAlways(context, request, true) ?? false);
  }

  #watch(look: () => void): () => void {
    const timer = setInterval(() => {
      try {
        look();
      } catch (error) {
        this.#failure ??= { error };
      }
    }, LOOK_MS);
    return () => clearInterval(timer);
  }

  #look(context: ProofContext, isBusy: boolean, follow: (request: ControlRequest) => boolean): void {
    if (this.#failure !== undefined) throw this.#failure.error;
    const { requests, unreadable } = this.#reader.look();
    for (const line of unreadable)
      warn(
        context,
        `A line of ${path.basename(this.#reader.file)} is not a request and is skipped: ${JSON.stringify(line)}.`,
      );
    const waiting = [...this.#waiting, ...this.#fresh(requests)];
    this.#waiting = [];
    for (const [n, request] of waiting.entries()) {
      try {
        if (!follow(request)) this.#waiting.push(request);
      } catch (error) {
        this.#waiting.push(...waiting.slice(n));
        throw error;
      }
    }
    this.#followStanding(context, isBusy);
  }

  async rest(context: ControlContext & RestContext, isOver: () => boolean): Promise<void> {
    await this.#rest(context, isOver, () => this.look(context));
  }

  async restInProof(context: ProofContext & RestContext, isOver: () => boolean): Promise<void> {
    await this.#rest(context, isOver, () => this.lookInProof(context));
  }

  async #rest({ clock, signal, lanes }: RestContext, isOver: () => boolean, look: () => void): Promise<void> {
    const isPaused = (): boolean =>
      this.#pause !== undefined && this.#stopAsked === undefined && !signal.aborted && !isOver();
    if (!isPaused()) return;
    if (++this.#resting === lanes.length) this.#idleSince ??= elapsedOn(clock);
    try {
      while (isPaused()) {
        await clock.sleep(LOOK_MS, signal);
        look();
      }
    } finally {
      this.#resting--;
      this.#idle = this.idle(elapsedOn(clock));
      this.#idleSince = undefined;
    }
  }

  #fresh(requests: readonly ControlRequest[]): ControlRequest[] {
    return requests.filter(({ id }) => {
      const isFresh = !this.#followed.has(id);
      this.#followed.add(id);
      return isFresh;
    });
  }

  /** @returns false where its time has not come */
  #follow(context: ControlContext, request: ControlRequest, isBusy: boolean): boolean {
    if (request.request === 'reject') return this.#reject(context, request);
    if (request.request !== 'next') return this.#followAlways(context, request, isBusy) ?? false;
    this.#queue(context, request);
    return true;
  }

  /** @returns undefined for what changes the search */
  #followAlways(context: ProofContext, request: ControlRequest, isBusy: boolean): true | undefined {
    if (request.request === 'pause') this.#beginPause(context, request, isBusy);
    else if (request.request === 'go-on') this.#endPause(context, request);
    else if (request.request === 'stop') this.#stop(context, request, isBusy);
    else return undefined;
    return true;
  }

  #beginPause(context: ProofContext, request: Of<'pause'>, isBusy: boolean): void {
    if (this.#isAsked) return;
    const asked = askedBy(context, request);
    this.#isAsked = true;
    this.#pauseNow(context, asked, undefined);
    const what = isBusy ? FINISHED_FIRST : '';
    inform(context, `Paused by ${asked.by}; autombw go-on ends the pause.${what}`);
  }

  /** @param until ISO 8601; undefined = nobody knows */
  #pauseNow(context: ProofContext, asked: AskedBy, until: string | undefined): void {
    const end = until === undefined ? {} : { until };
    record(context, { kind: 'paused', ...asked, ...end });
    this.#pause = { by: asked.by, since: asked.time.at, ...end };
    this.#until.abort();
    context.observers.onPause(this.#pause);
  }

  #endPause(context: ProofContext, request: Of<'go-on'>): void {
    if (this.#pause === undefined) return;
    // Who ends a pause that somebody has asked for does not mean the hours behind it.
    const refusal = this.#isAsked ? undefined : this.#standing?.overrule(context.clock.now());
    this.#isAsked = false;
    if (refusal === undefined) this.#goOn(context, askedBy(context, request));
    else refuse(context, request, refusal);
  }

  #goOn(context: ProofContext, asked: AskedBy): void {
    record(context, { kind: 'continued', ...asked });
    this.#pause = undefined;
    if (this.#stopAsked === undefined) this.#until = createController();
    context.observers.onPause(undefined);
    inform(context, `The run continues (${asked.by}).`);
  }

  /** A pause that somebody has asked for stands above all others. */
  #followStanding(context: ProofContext, isBusy: boolean): void {
    if (this.#standing === undefined || this.#isAsked) return;
    const { clock } = context;
    const standing = this.#standing.at(clock.now());
    const until = standing?.until === undefined ? undefined : new Date(standing.until).toISOString();
    if (standing?.by === this.#pause?.by && until === this.#pause?.until) return;
    const by = standing?.by ?? this.#pause?.by ?? '';
    const asked = { id: randomUUID(), by, time: timestamp(clock) };
    if (standing === undefined) {
      this.#goOn(context, asked);
      return;
    }
    this.#pauseNow(context, asked, until);
    const what = isBusy ? FINISHED_FIRST : '';
    inform(context, `Paused by ${by}${untilText(standing, clock.now())}; ${standing.end}.${what}`);
  }

  #stop(context: ProofContext, request: Of<'stop'>, isBusy: boolean): void {
    if (this.#stopAsked !== undefined) return;
    const asked = askedBy(context, request);
    record(context, { kind: 'stopping', ...asked });
    this.#stopAsked = asked.by;
    this.#until.abort();
    this.#leave.abort();
    const when = isBusy ? 'after the current iteration' : 'now';
    inform(context, `The run stops ${when} (${asked.by}).`);
  }

  #reject(context: ControlContext, request: Of<'reject'>): boolean {
    const { state, images, observers } = context;
    // A trial is never left half: its turn comes when it is finished.
    if (request.trial !== undefined && state.isUnderWay(request.trial)) return false;
    const rejection = rejectionOf(state.trials, request.trial);
    if ('refusal' in rejection) {
      refuse(context, request, rejection.refusal);
      return true;
    }
    const { trial, trials } = rejection;
    const entry = { kind: 'rejected' as const, trial, trials: [...trials], ...askedBy(context, request) };
    record(context, entry);
    state.reject(entry);
    images.drop(trials);
    observers.onDoubt(trials, progressOf(context));
    const best = state.best();
    const now =
      best === undefined ? 'there is no best iteration now' : `the best is now iteration ${best.trial}`;
    inform(context, `Iteration ${trials.join(', ')} was rejected by ${entry.by}; ${now}.`);
    return true;
  }

  #queue(context: ControlContext, request: Of<'next'>): void {
    const { plan, state } = context;
    const reach = reachOf(plan, request.weights, state.best()?.weights ?? {});
    if (reach.unreachable.length > 0) {
      refuse(context, request, `The search cannot try these weights: ${reach.unreachable.join('; ')}.`);
      return;
    }
    const { weights } = reach;
    const point = [...reach.point];
    const asked = askedBy(context, request);
    record(context, { kind: 'queued', point, weights, ...asked });
    state.queue(point);
    const rounded = reach.rounded.length > 0 ? ` (${roundedText(reach.rounded)})` : '';
    inform(context, `The weights from ${asked.by} are measured next${rounded}.`);
  }
}

const FINISHED_FIRST = ' The current iteration is finished first.';

interface AskedBy {
  readonly id: string;
  readonly by: string;
  readonly time: { readonly at: string };
}

function askedBy({ clock }: Pick<Session, 'clock'>, { id, by, request }: ControlRequest): AskedBy {
  return { id, by: by ?? `a request to ${request}`, time: timestamp(clock) };
}

function refuse(context: ProofContext, request: ControlRequest, reason: string): void {
  const asked = askedBy(context, request);
  record(context, { kind: 'refused', request: request.request, reason, ...asked });
  warn(context, `The request by ${asked.by} was refused: ${afterColon(reason)}`);
}

function inform({ observers }: Pick<Session, 'observers'>, message: string): void {
  observers.onNotice({ level: 'info', message });
}
