/** The two ways in which a run ends early. */
import { untilAborted } from '../../../shared/abort/on-abort.ts';

/** Somebody pressed the button: the client is told. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** The process is gone: nobody is told. */
export class ProcessEnded extends Error {
  override readonly name = 'ProcessEnded';
}

/** What a run looks at between steps. */
export interface Stop {
  readonly interruption: AbortController;
  readonly ended: AbortSignal;
}

/** @throws Interrupted or ProcessEnded */
export function checkStop({ interruption, ended }: Stop): void {
  if (ended.aborted) throw new ProcessEnded();
  if (interruption.signal.aborted) throw new Interrupted();
}

/** Waits for a stop, for ever if none comes. */
export async function untilStopped({ interruption, ended }: Stop): Promise<void> {
  await untilAborted(interruption.signal, ended);
}
