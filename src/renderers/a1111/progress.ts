/** What the server is doing: for progress bars, for noticing that it does nothing, and for waiting until it is free. */
import { awakeTime } from '../../shared/awake-time.ts';
import { pause } from '../../shared/abort/pause.ts';
import type { RenderProgress } from '../renderer.ts';
import type { Client } from '../http/client.ts';
import { webuiError } from '../http/errors.ts';
import { pendingTasksSchema, progressSchema, taskProgressSchema } from './schemas.ts';
import type { ServerProgress } from './schemas.ts';
import { duration } from '../../shared/duration.ts';

export interface WatchOptions {
  readonly requestId: string;
  readonly onProgress: ((progress: RenderProgress) => void) | undefined;
  /** Called once when nothing has moved for `stallSeconds`; 0 = never. */
  readonly onStall: () => void;
  readonly stallSeconds: number;
  /** Seconds between looks, and before the first. */
  readonly intervalSeconds: number;
  /** Told of every look; asks for quick first looks at a task of ours, until it says that this task runs. */
  readonly task?: WatchedTask | undefined;
}

export interface WatchedTask {
  /** `task(…)`. */
  readonly id: string;
  readonly isOurs: boolean;
  sawTask(progress: { readonly active: boolean; readonly queued: boolean }): void;
  sawProgress(progress: ServerProgress): void;
  /** Jobs that wait behind ours: they begin at the moment in which ours ends, and wipe out its traces. */
  sawWaiting(ids: readonly string[]): void;
}

/** Without the preview image, which is large. */
const PROGRESS = '/sdapi/v1/progress?skip_current_image=true';

export async function readProgress(client: Client, signal: AbortSignal): Promise<ServerProgress> {
  return client.get(PROGRESS, progressSchema, signal);
}

/**
 * Looks at the progress until the signal is aborted. Never throws: a look that fails is no sign of life, and nothing
 * else. The server describes whatever it runs, other people's jobs included.
 */
export async function watchProgress(
  client: Client,
  { requestId, onProgress, onStall, stallSeconds, intervalSeconds, task }: WatchOptions,
  signal: AbortSignal,
): Promise<void> {
  let seen = '';
  let movedAt = awakeTime();
  let isFollowed = false;
  for (let look = 0; !signal.aborted; look++) {
    try {
      const wait = task === undefined || task.isOurs ? Infinity : (FIRST_LOOKS[look] ?? Infinity);
      await pause(Math.min(wait, isFollowed ? FOLLOWED_LOOK : Infinity, intervalSeconds * 1000), signal);
      if (task !== undefined && !task.isOurs) {
        await lookAtTask(client, task, signal);
        if (task.isOurs && wait < intervalSeconds * 1000) continue;
      }
      const looked = await client.get(PROGRESS, progressSchema, signal, { retry: false });
      task?.sawProgress(looked);
      if (task?.isOurs === true) isFollowed = await lookBehind(client, task, signal);
      const { progress, state } = looked;
      const text = JSON.stringify([progress, state]);
      if (text !== seen) movedAt = awakeTime();
      seen = text;
      const running = state.sampling_steps > 0 && state.job_count > 0;
      onProgress?.({
        requestId,
        step: running ? state.sampling_step : null,
        steps: running ? state.sampling_steps : null,
      });
    } catch {
      // See above; the abort ends the loop.
    }
    if (stallSeconds > 0 && awakeTime() - movedAt > stallSeconds * 1000) {
      onStall();
      return;
    }
  }
}

/** Milliseconds before each. A job of somebody else that was there first may be over in half a second. */
const FIRST_LOOKS = [30, 60, 120, 240, 480];
/** Milliseconds: less than decoding an image takes, so that an interruption is seen while our job still lasts. */
const FOLLOWED_LOOK = 200;

/** A server without these pages (`--nowebui`) says nothing of single tasks. */
async function lookAtTask(client: Client, task: WatchedTask, signal: AbortSignal): Promise<void> {
  const body = { id_task: task.id, id_live_preview: -1, live_preview: false };
  const once = { retry: false };
  const found = await client
    .post('/internal/progress', body, taskProgressSchema, signal, once)
    .catch(() => undefined);
  if (found !== undefined) task.sawTask(found);
}

/** @returns whether somebody waits behind our job */
async function lookBehind(client: Client, task: WatchedTask, signal: AbortSignal): Promise<boolean> {
  const { tasks } = await client
    .get('/internal/pending-tasks', pendingTasksSchema, signal, { retry: false })
    .catch(() => ({ tasks: [] }));
  const others = tasks.filter((one) => one !== task.id);
  if (others.length > 0) task.sawWaiting(others);
  return others.length > 0;
}

export interface IdleOptions {
  /** Longest wait for other people's jobs. */
  readonly limitSeconds?: number;
  readonly intervalSeconds?: number;
  /** How long it must have been at rest. Default 0. */
  readonly quietSeconds?: number;
  /** The same where it was busy at the first look: who is at work there is soon at work again. Default `quietSeconds`. */
  readonly quietIfBusySeconds?: number;
  /** Told once when it has to wait. */
  readonly onWait?: () => void;
}

/**
 * Waits until the server generates nothing. Needed before everything that changes weights behind its queue's back.
 * @returns what it showed at rest
 * @throws WebuiError `webui-busy`
 */
export async function waitUntilIdle(
  client: Client,
  signal: AbortSignal,
  {
    limitSeconds = 600,
    intervalSeconds = 1,
    quietSeconds = 0,
    quietIfBusySeconds = quietSeconds,
    onWait,
  }: IdleOptions = {},
): Promise<ServerProgress> {
  const start = awakeTime();
  let needed = quietSeconds * 1000;
  let last: string | undefined;
  let restSince = start;
  for (let look = 0; ; look++) {
    const found = await readProgress(client, signal);
    const now = awakeTime();
    const isBusyNow = isBusy(found);
    if (isBusyNow && look === 0) needed = Math.max(needed, quietIfBusySeconds * 1000);
    const text = isBusyNow ? undefined : JSON.stringify(found.state);
    if (text === undefined || text !== last) restSince = now;
    last = text;
    if (text !== undefined && now - restSince >= needed) return found;
    if (now - start > limitSeconds * 1000) {
      throw webuiError(
        'webui-busy',
        `The WebUI at ${client.address} has been busy with other jobs for ${duration(limitSeconds)}; let them finish, then try again.`,
      );
    }
    if (look === 0) onWait?.();
    await pause(intervalSeconds * 1000, signal);
  }
}

export function isBusy({ state }: ServerProgress): boolean {
  return state.job_count !== 0 || (state.job ?? '') !== '';
}
