/** Waits for a WebUI that went away and makes merging work again. */
import { afterColon } from '../shared/after-colon.ts';
import { isExpected } from '../shared/errors.ts';
import { isConnectionLoss, isTransient, type Renderer } from '../renderers/index.ts';
import { elapsedOn } from '../shared/clock.ts';
import type { EvaluationEvents } from './evaluator.ts';
import { counted } from '../shared/counted.ts';
import { absenceBecauseOf, untilBack, type Absence, type LimitedWait } from './until-back.ts';

export interface Reconnecting extends LimitedWait {
  readonly renderer: Pick<Renderer, 'name' | 'rearm'>;
}

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
  /** What was said last; waiting for something else is told again. */
  let told: string | undefined;
  await untilBack(
    {
      name,
      code: 'webui-gone',
      attempt: async () => renderer.rearm(signal),
      absenceOf: (error) => absenceOf(name, error, minutes),
      deadline: () => deadline,
      clock,
      minutes,
      leave,
      onAway: ({ error, sentence }) => {
        if (sentence !== told) onWarning?.(sentence);
        onState?.({ state: isConnectionLoss(error) ? 'down' : 'waiting', sentence });
        told = sentence;
      },
    },
    signal,
  );
  if (told !== undefined) onInfo?.(`${name} is back; the run continues.`);
}

function absenceOf(name: string, error: unknown, minutes: number): Absence | undefined {
  if (!isExpected(error) || !isTransient(error)) return undefined;
  if (!isConnectionLoss(error)) return absenceBecauseOf(error, minutes);
  const time = counted(minutes, 'minute');
  return {
    error,
    sentence: `${name} is not answering; waiting up to ${time}.`,
    gone: `${name} did not come back within ${time} (--reconnect): ${afterColon(error.message)}`,
  };
}
