/** How long a worker stays with a run: until it is over, or nobody leads it and the WebUI is of more use elsewhere. */
import type { Clock } from '../../shared/clock.ts';
import type { QueueConnection } from '../connection.ts';
import { RUNS_KEY } from '../keys.ts';
import { findRun, type FoundRun } from './find-run.ts';

export interface Staying {
  readonly connection: QueueConnection;
  readonly run: FoundRun;
  readonly version: string;
  readonly clock: Clock;
  readonly drain: AbortSignal;
  /** Runs that this worker cannot serve now. */
  readonly isExcluded: (run: string) => boolean;
  readonly isBusy: () => boolean;
  /** The job under way. */
  readonly current: () => { readonly id: string; readonly abort: () => void } | undefined;
  readonly say: (sentence: string) => void;
}

/** A coordinator that is silent for so long does not come back at once: the WebUI is for others then. */
const SILENCE_MS = 60_000;
/** The same where another run has no worker at all: as long as a restart of the search takes. */
const SHORT_SILENCE_MS = 5000;
/** An entry that is gone may be on its way back: of a Redis that keeps nothing. */
const ABSENCE_MS = 15_000;
const LOOK_MS = 500;

/** Resolves once the run is over for this worker. Never throws: while Redis is away, the job under way goes on. */
export async function untilOver(staying: Staying): Promise<void> {
  const { drain, connection, run, clock, say, current, isBusy } = staying;
  const { redis } = connection;
  const { output } = run.description;
  let absentSince: number | undefined;
  let silentSince: number | undefined;
  while (!drain.aborted) {
    await clock.sleep(LOOK_MS, drain);
    if (drain.aborted || connection.trouble !== undefined) continue;
    try {
      const [entry, coordinator, ended] = await Promise.all([
        redis.hexists(RUNS_KEY, run.id),
        redis.exists(run.keys.coordinator),
        redis.exists(run.keys.ended),
      ]);
      const job = current();
      if (job !== undefined && (await redis.sismember(run.keys.cancelled, job.id)) === 1) job.abort();
      const now = clock.now();
      absentSince = entry === 1 ? undefined : (absentSince ?? now);
      silentSince = coordinator === 1 ? undefined : (silentSince ?? now);
      const isAbsent = absentSince !== undefined && now - absentSince >= ABSENCE_MS;
      if ((ended === 1 && coordinator === 0) || isAbsent) {
        job?.abort();
        say(`The run "${output}" no longer wants workers.`);
        return;
      }
      const silent = silentSince === undefined ? 0 : now - silentSince;
      if (isBusy() || silent < SHORT_SILENCE_MS) continue;
      if (silent >= SILENCE_MS || (await isNeededElsewhere(staying))) {
        say(`The search "${output}" has stopped responding. Its finished images are kept for it.`);
        return;
      }
    } catch {
      // Redis is away.
    }
  }
}

/** Does a run that is led wait for its first worker? */
async function isNeededElsewhere({ connection, run, version, isExcluded }: Staying): Promise<boolean> {
  const other = await findRun({
    redis: connection.redis,
    version,
    isExcluded: (id) => id === run.id || isExcluded(id),
    unservedOnly: true,
    onOtherVersion: () => undefined,
  });
  return other !== undefined;
}
