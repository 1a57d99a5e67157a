/** Everything that the loop works with; made by the first two phases, used by the last two. */
import type { Journal } from '../journal/append.ts';
import type { DrawnImage } from '../journal/drawn-images.ts';
import type { RunFiles } from '../journal/name-run.ts';
import type { JournalRecord, RecordOf } from '../journal/record.ts';
import type { ImageStore } from '../images/image-store.ts';
import type { Broadcast } from '../observers/broadcast.ts';
import type { LaneState, Pause, RunProgress } from '../observers/observer.ts';
import type { Capabilities } from '../renderers/renderer.ts';
import { elapsedOn, type Clock } from '../shared/clock.ts';
import type { ErrorCode } from '../shared/error-codes.ts';
import { isExpected } from '../shared/errors.ts';
import { stopAhead } from '../stop/patience.ts';
import type { StopRule } from '../stop/stop-rule.ts';
import type { EvaluationEvents, Evaluator, ServerState } from '../trial/evaluator.ts';
import type { Closing } from './closing.ts';
import type { ConnectedServers } from './connected-servers.ts';
import type { LivePlan } from './live-plan.ts';
import type { RunState } from './run-state.ts';
import type { SeenImages } from './seen-images.ts';

/** One evaluator that works on trials, one after the other. */
export interface Lane {
  readonly name: string;
  /** Of its server, without a login; null where it has none of its own. */
  readonly address: string | null;
  readonly evaluator: Evaluator;
  /** Several servers work on its trials, which are told of under their own names. Absent = it is one server. */
  readonly isFleet?: true;
  /** Of its server. */
  readonly capabilities: Pick<Capabilities, 'tied' | 'fixed'>;
  /** Of those who draw a request. */
  readonly pixelGroupOf: (request: string) => string;
}

/** What the run is asked for meanwhile: control.ts. */
export interface Control {
  /** Who wants the search to stop; undefined = nobody. */
  readonly stopAsked: string | undefined;
  /** Undefined where the run is in none. */
  readonly paused: Pause | undefined;
  /** Aborted when a pause begins or the run is to stop; another one when the pause ends. */
  readonly until: AbortSignal;
  /** Aborted when the run is to stop: a server that is away is not waited for then. */
  readonly leave: AbortSignal;
  /** Milliseconds that all lanes have waited for the end of a pause. @param now on the clock that measures */
  idle(now: number): number;
  /** Follows requests until the returned function is called. What fails meanwhile is thrown by the next {@link look}. */
  watch(session: Session): () => void;
  /** Follows what has come. @throws what the journal throws */
  look(session: Session): void;
  /** Waits for the end of a pause. @param isOver for another reason */
  rest(session: Session, isOver: () => boolean): Promise<void>;
  /** As {@link watch}, for the time of a proof: then what changes the search is left for a later session. */
  watchProof(session: ProofContext): () => void;
  /** As {@link look}, within a proof. */
  lookInProof(session: ProofContext): void;
  /** As {@link rest}, within a proof. */
  restInProof(session: RestContext & ProofContext, isOver: () => boolean): Promise<void>;
}

/** What it takes to follow a request that changes nothing of the search. */
export type ProofContext = Pick<Session, 'journal' | 'observers' | 'clock'>;

/** `lanes`: all that are at work. */
export type RestContext = Pick<Session, 'clock' | 'signal' | 'lanes'>;

export type WatchedLanes = Pick<Session, 'journal' | 'observers' | 'clock'>;

export interface Session {
  readonly plan: LivePlan;
  readonly files: RunFiles;
  /** Relative to the working folder. */
  readonly recipe: string;
  readonly state: RunState;
  readonly seen: SeenImages;
  readonly journal: Journal;
  readonly control: Control;
  /** Those that are to work now, at least one: of a fleet the list changes with its servers. */
  readonly lanes: readonly Lane[];
  /** Told of each that comes to the list. @returns ends that */
  readonly followLanes: (begin: (lane: Lane) => void) => () => void;
  /** Of several servers: what is recorded of them is written, and who is missing is asked for. @returns ends that */
  readonly beginLanes: (session: WatchedLanes) => () => Promise<void>;
  /** What the first one can write is written by it at the end. */
  readonly servers: Pick<ConnectedServers, 'all' | 'latecomers'>;
  readonly images: ImageStore;
  /** The merged checkpoints that earlier sessions have written, the oldest first. */
  readonly saved: readonly RecordOf<'saved'>[];
  /** By trial that an earlier session has not finished: images of it that need not be drawn again. Whoever takes them up removes them. */
  readonly drawn: Map<number, readonly DrawnImage[]>;
  readonly rules: readonly StopRule[];
  readonly observers: Broadcast;
  readonly closing: Closing;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Milliseconds on the clock that measures when this session began, and minutes that earlier ones have used. */
  readonly began: number;
  readonly minutesBefore: number;
}

/** For those who watch. */
export function progressOf({ state, plan }: Pick<Session, 'state' | 'plan'>): RunProgress {
  const { earlyStop, patience, tolAbs, tolRel } = plan.config;
  const untilStop = (): number => stopAhead(state.tried, { patience, tolAbs, tolRel })?.left ?? patience;
  return {
    trials: state.trials,
    best: state.best(),
    comparable: state.comparable,
    untilEarlyStop: earlyStop ? untilStop() : null,
  };
}

const AWAY: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'webui-gone',
  'scorer-gone',
  'queue-refuses',
  'queue-unreachable',
]);

/** The run is to stop, and a server or a scorer is away: nobody waits for it. What was under way is made by the next session. */
export function isLeft(
  { control }: { readonly control: Pick<Control, 'stopAsked'> },
  error: unknown,
): boolean {
  return control.stopAsked !== undefined && isExpected(error) && AWAY.has(error.code);
}

/** Disk first: the record is synced before anyone learns of it. */
export function record(session: Pick<Session, 'journal' | 'observers'>, entry: JournalRecord): void {
  const putRight = session.journal.append(entry);
  if (putRight !== undefined) warn(session, putRight);
  session.observers.onRecord(entry);
}

export function warn({ observers }: Pick<Session, 'observers'>, message: string): void {
  observers.onNotice({ level: 'warn', message });
}

/** Nothing is asked of its server. */
export function tellIdle(
  { observers }: Pick<Session, 'observers'>,
  { name: lane, address, isFleet }: Pick<Lane, 'name' | 'address' | 'isFleet'>,
  sentence: string,
): void {
  if (isFleet === true) return;
  observers.onServer({ lane, address, state: 'idle', sentence });
}

/** What an evaluator has to say goes to those who watch. */
export function sentencesOf(
  { observers }: Pick<Session, 'observers'>,
  { name: lane, address }: Pick<Lane, 'name' | 'address'>,
): EvaluationEvents {
  return {
    onState: ({ state, sentence, member }) =>
      observers.onServer({
        ...(member === undefined ? { lane, address } : ofMember(member)),
        state,
        sentence,
      }),
    onWarning: (message) => observers.onNotice({ level: 'warn', message }),
    onInfo: (message) => observers.onNotice({ level: 'info', message }),
  };
}

function ofMember({
  name: lane,
  address,
}: NonNullable<ServerState['member']>): Pick<LaneState, 'lane' | 'address'> {
  return { lane, address };
}

export function timestamp(clock: Clock): { readonly at: string } {
  return { at: new Date(clock.now()).toISOString() };
}

/** Minutes of searching, earlier sessions of the run included and pauses left out. */
export function minutesSpent({
  clock,
  began,
  minutesBefore,
  control,
}: Pick<Session, 'clock' | 'began' | 'minutesBefore' | 'control'>): number {
  const now = elapsedOn(clock);
  return minutesBefore + (now - began - control.idle(now)) / 60_000;
}
