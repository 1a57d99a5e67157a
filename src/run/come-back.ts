/** A member of a fleet that went away: asked again and again, and proved before it draws anything. */
import { isExpected, runError } from '../shared/errors.ts';
import type { Clock } from '../shared/clock.ts';
import type { ConnectedServer } from './prove-server.ts';

/** Seconds between attempts; the last one repeats. */
const PAUSES = [2, 5, 10, 30] as const;

/** @throws the signal's reason; run error `servers-differ` where it draws other pixels now */
export async function comeBack(
  { renderer, pixelGroup, proveAgain }: Pick<ConnectedServer, 'renderer' | 'pixelGroup' | 'proveAgain'>,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    await clock.sleep((PAUSES[attempt] ?? 30) * 1000, signal);
    signal.throwIfAborted();
    try {
      const now = await proveAgain(signal);
      if (now === pixelGroup) return;
    } catch (error) {
      signal.throwIfAborted();
      if (!isExpected(error)) throw error;
      continue;
    }
    throw runError(
      'servers-differ',
      `${renderer.name} draws different pixels since it came back: it is no longer used in this run.`,
    );
  }
}
