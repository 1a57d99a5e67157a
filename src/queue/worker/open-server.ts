/** What a worker works with: the WebUI beside it, opened and proved for one run. */
import type { Evaluator } from '../../trial/evaluator.ts';
import type { ImageRequest } from '../../types.ts';
import type { Registration, RunDescription } from '../contract.ts';

export interface OpenedServer extends Pick<
  Registration,
  'address' | 'rendererName' | 'pixelGroup' | 'report' | 'capabilities' | 'proof' | 'warnings'
> {
  /** One for each set of requests. */
  readonly createEvaluator: (requests: readonly ImageRequest[]) => Promise<Evaluator>;
  /** Resolves once the WebUI answers again and merging is set up. @throws the signal's reason */
  readonly comeBack: (signal: AbortSignal) => Promise<void>;
  /** Leaves it as it was found. Never throws. */
  readonly close: () => Promise<void>;
}

/** @throws what speaks against it, in words; the signal's reason */
export type OpenServer = (
  description: RunDescription,
  requests: readonly ImageRequest[],
  signal: AbortSignal,
) => Promise<OpenedServer>;
