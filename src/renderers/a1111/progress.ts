/** What the server is doing: for progress bars, for noticing that it does nothing, and for waiting until it is free. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RenderProgress } from '../renderer.ts';
import type { Client } from '../http/client.ts';
import { webuiError } from '../http/errors.ts';
import { progressSchema } from './schemas.ts';
import type { ServerProgress } from './schemas.ts';

export interface WatchOptions {
  readonly requestId: string;
  readonly onProgress: ((progress: RenderProgress) => void) | undefined;
  /** Called once when nothing has moved for `stallSeconds`; 0 = never. */
  readonly onStall: () => void;
  readonly stallSeconds: number;
  /** Seconds between looks, and before the first. */
  readonly intervalSeconds: number;
}

/** Without the preview picture, which is large. */
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
  { requestId, onProgress, onStall, stallSeconds, intervalSeconds }: WatchOptions,
  signal: AbortSignal,
): Promise<void> {
  let seen = '';
  let movedAt = performance.now();
  while (!signal.aborted) {
    try {
      await sleep(intervalSeconds * 1000, undefined, { signal });
      const { progress, state } = await client.get(PROGRESS, progressSchema, signal, { retry: false });
      const look = JSON.stringify([progress, state]);
      if (look !== seen) movedAt = performance.now();
      seen = look;
      const running = state.sampling_steps > 0 && state.job_count > 0;
      onProgress?.({
        requestId,
        step: running ? state.sampling_step : null,
        steps: running ? state.sampling_steps : null,
      });
    } catch {
      // See above; the abort ends the loop.
    }
    if (stallSeconds > 0 && performance.now() - movedAt > stallSeconds * 1000) {
      onStall();
      return;
    }
  }
}

export interface IdleOptions {
  /** Longest wait for other people's jobs. */
  readonly limitSeconds?: number;
  readonly intervalSeconds?: number;
}

/**
 * Waits until the server generates nothing. Needed before everything that changes weights behind its queue's back.
 * @throws WebuiError `webui-busy`
 */
export async function waitUntilIdle(
  client: Client,
  signal: AbortSignal,
  { limitSeconds = 600, intervalSeconds = 1 }: IdleOptions = {},
): Promise<void> {
  const deadline = performance.now() + limitSeconds * 1000;
  while (isBusy(await readProgress(client, signal))) {
    if (performance.now() > deadline) {
      throw webuiError(
        'webui-busy',
        `The WebUI at ${client.address} has been busy with other jobs for ${limitSeconds} s; let them end, then try again.`,
      );
    }
    await sleep(intervalSeconds * 1000, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

function isBusy({ state }: ServerProgress): boolean {
  return state.job_count > 0 || (state.job ?? '') !== '';
}
