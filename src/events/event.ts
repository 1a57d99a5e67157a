/** What is told of a run, for people and for programs. */
import type { EventName } from '../types.ts';

export interface RunEvent {
  readonly event: EventName;
  /** One line for people, which begins with the name of the run; at most {@link LONGEST} characters. */
  readonly message: string;
  /** Name of the merged model. */
  readonly run: string;
  /** Path of the journal: told to programs of this machine alone. */
  readonly journal: string;
  /** ISO 8601, UTC. */
  readonly time: string;
  /** What it is about, where it is about an iteration. */
  readonly iteration: number | null;
  readonly score: number | null;
  readonly best: { readonly iteration: number; readonly score: number } | null;
  /** Code of why the run ended. */
  readonly reason: string | null;
}

/** Discord takes 2000. */
export const LONGEST = 1500;

/** The event as programs of this machine read it. */
export function eventVariables(event: RunEvent): Record<string, string> {
  const text = (value: number | string | null | undefined): string => (value == null ? '' : String(value));
  return {
    AUTOMBW_EVENT: event.event,
    AUTOMBW_MESSAGE: event.message,
    AUTOMBW_RUN: event.run,
    AUTOMBW_JOURNAL: event.journal,
    AUTOMBW_TIME: event.time,
    AUTOMBW_ITERATION: text(event.iteration),
    AUTOMBW_SCORE: text(event.score),
    AUTOMBW_BEST_ITERATION: text(event.best?.iteration),
    AUTOMBW_BEST_SCORE: text(event.best?.score),
    AUTOMBW_REASON: text(event.reason),
  };
}

/** For somewhere else: where the run lies on this machine is nobody's business there. */
export function publicEvent({ journal: _, ...event }: RunEvent): Omit<RunEvent, 'journal'> {
  return event;
}
