/** What is called what in Redis. All keys of a run have one prefix, so that nothing of it is left behind. */
import { createHash, randomBytes } from 'node:crypto';

/** The runs that want workers: a hash, by the id of the run. */
export const RUNS_KEY = 'autombw:runs';

/** Put there to see whether anything can be. */
export const PROBE_KEY = 'autombw:probe';

/** The id of the run whose journal has this first line. */
export function journalKey(identity: string): string {
  return `autombw:journal:${identity}`;
}

/** Of a new run. */
export function newRunId(): string {
  return randomBytes(8).toString('hex');
}

/** Milliseconds after which what nobody touches any more is gone: a run that waits over a long weekend is not. */
export const KEPT_MS = 7 * 24 * 3600 * 1000;

export interface RunKeys {
  /** BullMQ's, too. The braces keep all of a run on one node of a cluster. */
  readonly prefix: string;
  readonly description: string;
  /** Is there while the coordinator lives. */
  readonly coordinator: string;
  /** Is there for a minute when a coordinator has left the run on purpose. */
  readonly ended: string;
  /** Ids of workers that have been seen. */
  readonly workers: string;
  /** Why workers do not serve the run. */
  readonly refusals: string;
  /** Ids of jobs of which nothing is wanted any more. */
  readonly cancelled: string;
  /** How often the images of a trial were thrown away, by its place on the shelf. */
  readonly rounds: string;
  readonly worker: (id: string) => string;
  readonly set: (set: string) => string;
  /** Finished images of a trial: a hash. */
  readonly shelf: (place: string) => string;
}

export function keysOf(run: string): RunKeys {
  const prefix = `autombw:{${run}}`;
  return {
    prefix,
    description: `${prefix}:description`,
    coordinator: `${prefix}:coordinator`,
    ended: `${prefix}:ended`,
    workers: `${prefix}:workers`,
    refusals: `${prefix}:refusals`,
    cancelled: `${prefix}:cancelled`,
    rounds: `${prefix}:rounds`,
    worker: (id) => `${prefix}:worker:${id}`,
    set: (set) => `${prefix}:set:${set}`,
    shelf: (place) => `${prefix}:shelf:${place}`,
  };
}

/** BullMQ's name of the queue that all workers of a pixel group take from. */
export function groupQueue(pixelGroup: string): string {
  return `group-${pixelGroup}`;
}

/** BullMQ's name of the queue of one worker. */
export function workerQueue(id: string): string {
  return `worker-${id}`;
}

/** The same for equal values, whichever process asks. */
export function shortHash(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);
}
