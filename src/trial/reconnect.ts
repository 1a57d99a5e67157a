/** Waits for a WebUI that went away and makes merging work again: an overnight run outlives a restart of the server. */
import { afterColon } from '../shared/after-colon.ts';
import { followAbort } from '../shared/abort/follow-abort.ts';
import { onAbort } from '../shared/abort/on-abort.ts';
import { isExpected, runError } from '../shared/errors.ts';
import { isConnectionLoss, isTransient, type Renderer } from '../renderers/index.ts';
import { elapsedOn, type Clock } from '../shared/clock.ts';
import type { EvaluationEvents } from './evaluator.ts';
import { counted } from '../shared/counted.ts';

export interface Reconnecting {
  readonly renderer: Pick<Renderer, 'name' | 'rearm'>;
  readonly clock: Clock;
  /** How long it may stay away (`--reconnect`). */
  readonly minutes: number;
  /** Aborted when nobody wants to wait any longer. */
  readonly leave?: AbortSignal | undefined;
}

/** Pauses between attempts, seconds; the last one repeats. */
const PAUSES = [1, 2, 5, 10, 30] as const;

/**
 * @throws run error `webui-gone` when it does not come back within `--reconnect` minutes or is not waited for any longer, and whatever the server
 * answers that waiting cannot cure
 */
export async function reconnect(
  { renderer, clock, minutes, leave }: Reconnecting,
  signal: AbortSignal,
  { onWarning, onInfo, onState }: EvaluationEvents,
): Promise<void> {
  const { name } = renderer;
  const deadline = elapsedOn(clock) + minutes * 60_000;
  const isLeft = (): boolean => leave?.aborted === true;
  /** What was said last; waiting for something else is told again. */
  let told: string | undefined;
  for (let attempt = 0; ; attempt++) {
    try {
      await renderer.rearm(signal);
      if (told !== undefined) onInfo?.(`${name} is back; the run continues.`);
      return;
    } catch (error) {
      signal.throwIfAborted();
      if (!isExpected(error) || !isTransient(error)) throw error;
      const reason = isConnectionLoss(error) ? undefined : error.message;
      if (elapsedOn(clock) >= deadline) {
        throw runError(
          'webui-gone',
          reason === undefined
            ? `${name} did not come back within ${counted(minutes, 'minute')} (--reconnect): ${afterColon(error.message)}`
            : `${reason} That did not change for ${counted(minutes, 'minute')} (--reconnect).`,
          { cause: error },
        );
      }
      const letGoOf = (): Error =>
        runError('webui-gone', `${name} is not back; no longer waiting for it.`, { cause: error });
      if (isLeft()) throw letGoOf();
      const sentence =
        reason === undefined
          ? `${name} is not answering; waiting up to ${counted(minutes, 'minute')}.`
          : `${reason} The run waits up to ${counted(minutes, 'minute')} for that to change, then continues automatically.`;
      if (sentence !== told) onWarning?.(sentence);
      onState?.({ state: reason === undefined ? 'down' : 'waiting', sentence });
      told = sentence;
      const waiting = followAbort(signal);
      const letGo = onAbort(leave, () => waiting.abort());
      const pause = PAUSES[Math.min(attempt, PAUSES.length - 1)] ?? 30;
      await clock.sleep(pause * 1000, waiting.signal).finally(() => {
        letGo();
        waiting.release();
      });
      signal.throwIfAborted();
      if (isLeft()) throw letGoOf();
    }
  }
}
