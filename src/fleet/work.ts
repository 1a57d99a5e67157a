/** What waits for a member of a pixel group. */
import { imageKey } from '../images/names.ts';
import type {
  EvaluationEvents,
  EvaluationFailure,
  ImageRef,
  LookAnswer,
  Outcome,
  Redrawn,
} from '../trial/evaluator.ts';
import type { BlockWeights } from '../types.ts';
import type { MemberAtWork } from './at-work.ts';
import type { Part, SpreadTrial } from './spread-trial.ts';

interface Waiting {
  /** Oldest first. */
  readonly order: number;
  /** Who is to do it, as long as it is here. */
  readonly by?: MemberAtWork | undefined;
}

/** What a member has failed at, and what it said. */
export interface FailedAt {
  readonly member: MemberAtWork;
  readonly outcome: Pick<Outcome, 'missing' | 'failure'>;
}

export interface PartWork extends Waiting {
  readonly kind: 'part';
  readonly trial: SpreadTrial;
  readonly part: Part;
  /** Who has failed at it already: it is for another one. */
  readonly failed?: FailedAt;
}

/** Is told how it went; what is thrown is thrown to whoever asked. */
interface Asked<T> {
  readonly signal: AbortSignal;
  readonly events: EvaluationEvents;
  readonly answer: (answer: T) => void;
  readonly reject: (error: unknown) => void;
}

export interface RedrawWork extends Waiting, Asked<Redrawn> {
  readonly kind: 'redraw';
  readonly image: ImageRef & { readonly weights: BlockWeights };
}

export interface LookWork extends Waiting, Asked<LookAnswer | null> {
  readonly kind: 'look';
  readonly by: MemberAtWork;
}

export type Work = PartWork | RedrawWork | LookWork;

/** May somebody else do it, once who was to do it is away? */
export function mayMove(work: Work): boolean {
  return work.kind === 'redraw' || (work.kind === 'part' && work.part.only === undefined);
}

export function eventsOf(work: Work): EvaluationEvents {
  return work.kind === 'part' ? work.trial.events : work.events;
}

/** Is nobody to be waited for any longer? */
export function isLeft(work: Work): boolean {
  return work.kind === 'part' && work.trial.wanted.leave?.aborted === true;
}

/** It is not to be begun any more. */
export function isOver(work: Work): boolean {
  return work.kind === 'part' ? work.trial.isClosed : work.signal.aborted;
}

/** It was not begun, and nobody wants it any more. */
export function letGo(work: Work): void {
  if (work.kind === 'part') work.trial.replace(work.part, []);
  else work.reject(work.signal.reason);
}

/** Nobody is left that has not failed at it. */
export function giveUp({ trial, part }: PartWork, { member, outcome }: FailedAt): void {
  const left = new Set(part.images.map(({ request, index }) => imageKey(request, index)));
  const missing = outcome.missing.filter(({ request, index }) => left.has(imageKey(request, index)));
  trial.settle(part, member, { images: [], missing, failure: outcome.failure, look: null });
}

/** It cannot be had. */
export function refuse(work: Work, failure: EvaluationFailure): void {
  if (work.kind === 'part') work.trial.fail(work.part, failure);
  else if (work.kind === 'redraw') work.answer({ pixels: null, failure, look: null });
  else work.answer({ result: 'unanswered', failure });
}

/** It cannot be had, and the run goes on without it. */
export function goWithout(work: Work, { code, message }: Omit<EvaluationFailure, 'ends'>): void {
  if (work.kind === 'part') work.trial.miss(work.part, code, message);
  else refuse(work, { code, message, ends: work.kind === 'redraw' ? 'trial' : 'nothing' });
}

/** Each once. */
export function requestsOf(work: Work): string[] {
  if (work.kind === 'look') return [];
  const images = work.kind === 'part' ? work.part.images : [work.image];
  return [...new Set(images.map(({ request }) => request))];
}
