/** A worker: serves one run after another, until it is told to stop. */
import { randomBytes } from 'node:crypto';
import { afterColon } from '../../shared/after-colon.ts';
import { onAbort, untilAborted } from '../../shared/abort/on-abort.ts';
import type { Clock } from '../../shared/clock.ts';
import { createController } from '../../shared/abort/create-controller.ts';
import { isExpected, messageOf } from '../../shared/errors.ts';
import type { ImageRecord } from '../../types.ts';
import type { QueueConnection } from '../connection.ts';
import { KEPT_MS } from '../keys.ts';
import { findRun, type FoundRun } from './find-run.ts';
import type { OpenServer } from './open-server.ts';
import { serve, type ServiceSettings } from './served-run.ts';

export interface WorkerSettings {
  readonly connection: QueueConnection;
  /** As messages call it. */
  readonly name: string;
  readonly version: string;
  /** Seconds without a sign of life after which its work goes to others. */
  readonly lease: number;
  readonly clock: Clock;
  readonly open: OpenServer;
  readonly say: (sentence: string) => void;
  readonly onImage: (record: ImageRecord) => void;
  readonly onState: (state: WorkerState) => void;
  /** Aborted when it is to finish the image that it is making, and leave. */
  readonly drain: AbortSignal;
}

/** `waiting`: no run wants it. */
type WorkerState = 'waiting' | 'opening' | 'idle' | 'working' | 'down';

const LOOK_MS = 1000;
/** A run that could not be served is tried again, later and later. */
const FIRST_PAUSE_MS = 15_000;
const LONGEST_PAUSE_MS = 600_000;

/** Milliseconds that it waits for Redis, once it is to leave and draws nothing. A scheduler kills after 30 s. */
const LEAVING_MS = 10_000;
const LEAVING_LOOK_MS = 250;

/** Resolves once it is drained, whether Redis answers or not. */
export async function work(settings: WorkerSettings): Promise<void> {
  const { connection, clock, drain } = settings;
  let drawing = 0;
  const whileDrawing = async <T>(drawn: Promise<T>): Promise<T> => {
    drawing++;
    try {
      return await drawn;
    } finally {
      drawing--;
    }
  };
  const left = createController();
  const giveUp = async (): Promise<void> => {
    let waited = 0;
    while (waited < LEAVING_MS) {
      await clock.sleep(LEAVING_LOOK_MS, left.signal);
      if (left.signal.aborted) return;
      waited = drawing > 0 ? 0 : waited + LEAVING_LOOK_MS;
    }
    connection.giveUp();
  };
  const stopListening = onAbort(drain, () => void giveUp());
  try {
    await serveAll({ ...settings, whileDrawing });
  } catch (error) {
    const isNoAnswer = error === drain.reason || connection.givenUp.aborted;
    if (!drain.aborted || !isNoAnswer) throw error;
  } finally {
    left.abort();
    stopListening();
  }
}

type Serving = WorkerSettings & Pick<ServiceSettings, 'whileDrawing'>;

async function serveAll(settings: Serving): Promise<void> {
  const { connection, clock, say, drain, onState, version } = settings;
  const id = `${fileSafe(settings.name)}-${randomBytes(4).toString('hex')}`;
  const excluded = new Map<string, { readonly until: number; readonly pause: number }>();
  const others = new Set<string>();
  const stopListening = connection.listen({
    onAway: (what) => say(`${what} Waiting for that to change.`),
    onBack: () => say('The queue is back; continuing.'),
  });
  const isExcluded = (run: string): boolean => (excluded.get(run)?.until ?? 0) > clock.now();
  let isTold = false;
  try {
    while (!drain.aborted) {
      const finding = findRun({
        redis: connection.redis,
        version,
        isExcluded,
        onOtherVersion: (run, { output, version: other }) => {
          if (others.has(run)) return;
          others.add(run);
          say(
            `The run "${output}" was started by autombw ${other}, but this is ${version}: leaving it to workers of that version.`,
          );
        },
      });
      const found = await connection.abortable(finding, drain);
      if (drain.aborted) return;
      if (found === undefined) {
        onState('waiting');
        if (!isTold) say(`Waiting at ${connection.address.shown} for a run that needs a worker.`);
        isTold = true;
        await clock.sleep(LOOK_MS, drain);
        continue;
      }
      isTold = false;
      onState('opening');
      if (await serveOne({ ...settings, isExcluded }, found, id)) excluded.delete(found.id);
      else {
        const pause = Math.min(LONGEST_PAUSE_MS, 2 * (excluded.get(found.id)?.pause ?? FIRST_PAUSE_MS / 2));
        excluded.set(found.id, { until: clock.now() + pause, pause });
      }
    }
  } finally {
    stopListening();
  }
}

/** @returns false where it cannot serve the run */
async function serveOne(
  settings: Serving & Pick<ServiceSettings, 'isExcluded'>,
  run: FoundRun,
  id: string,
): Promise<boolean> {
  const { connection, name, open, say, onState, drain } = settings;
  const { output } = run.description;
  say(`Opening the WebUI for the run "${output}".`);
  let server;
  try {
    server = await open(run.description, run.requests, drain);
  } catch (error) {
    if (drain.aborted) return true;
    if (!isExpected(error)) throw error;
    say(`The run "${output}" cannot be served: ${afterColon(messageOf(error))}`);
    const refusal = JSON.stringify({ name, message: messageOf(error) });
    const telling = connection.redis.multi().hset(run.keys.refusals, id, refusal);
    // Where it is not taken, it is said here alone.
    await connection.beat(async () => telling.pexpire(run.keys.refusals, KEPT_MS).exec());
    return false;
  }
  try {
    say(`Working on the run "${output}" as ${name}, with ${server.rendererName}.`);
    onState('idle');
    const served = serve({ ...settings, run, server, id });
    served.catch(() => undefined);
    await Promise.race([served, untilAborted(connection.givenUp)]);
    return true;
  } finally {
    await server.close();
  }
}

/** A part of a key. */
function fileSafe(name: string): string {
  return name.replaceAll(/[^\w.-]+/g, '_').slice(0, 80);
}
