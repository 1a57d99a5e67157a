/** Waits for a WebUI that went away and makes merging work again: an overnight run outlives a restart of the server. */
import { isExpected, runError } from '../errors.ts';
import { isTransient } from '../renderers/index.ts';
import type { Lane, Session } from './session.ts';

/** Pauses between attempts, seconds; the last one repeats. */
const PAUSES = [1, 2, 5, 10, 30] as const;

/**
 * @throws run error `webui-gone` when it does not come back within `--reconnect` minutes, and whatever the server
 * answers that waiting cannot mend
 */
export async function reconnect(session: Session, lane: Lane): Promise<void> {
  const { clock, signal, observers, plan } = session;
  const deadline = clock.now() + plan.config.reconnect * 60_000;
  for (let attempt = 0; ; attempt++) {
    try {
      await lane.renderer.rearm(signal);
      if (attempt > 0)
        observers.onNotice({ level: 'info', message: `${lane.name} is back; the run goes on.` });
      return;
    } catch (error) {
      signal.throwIfAborted();
      if (!isExpected(error) || !isTransient(error)) throw error;
      if (clock.now() >= deadline) {
        throw runError(
          'webui-gone',
          `${lane.name} did not come back within ${plan.config.reconnect} minutes (--reconnect): ${error.message}`,
          { cause: error },
        );
      }
      if (attempt === 0) {
        observers.onNotice({
          level: 'warn',
          message: `${lane.name} is not answering; waiting for it up to ${plan.config.reconnect} minutes.`,
        });
      }
      await clock.sleep((PAUSES[Math.min(attempt, PAUSES.length - 1)] ?? 30) * 1000, signal);
      signal.throwIfAborted();
    }
  }
}
