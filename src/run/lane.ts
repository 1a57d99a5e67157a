/** From a connected server to what measures trials with it. */
import type { SearchConfig } from '../config/schema.ts';
import type { Judge } from '../score/score-image.ts';
import type { Evaluator } from '../trial/evaluator.ts';
import type { ImageRequest } from '../types.ts';
import type { Environment } from './environment.ts';
import type { ConnectedServer } from './prove-server.ts';
import type { Lane } from './session.ts';

export interface EvaluatorParts {
  readonly config: SearchConfig;
  readonly requests: readonly ImageRequest[];
  /** Trials between two looks at the merge. */
  readonly checkEvery: number;
  /** Open. */
  readonly judge: Judge;
  readonly environment: Pick<Environment, 'createEvaluator' | 'clock'>;
}

export async function evaluatorOf(
  { renderer, reference }: Pick<ConnectedServer, 'renderer' | 'reference'>,
  { config, requests, checkEvery, judge, environment }: EvaluatorParts,
): Promise<Evaluator> {
  const { retries, reconnect, workflow } = config;
  const { clock } = environment;
  return environment.createEvaluator({
    renderer,
    judge,
    // A workflow of the user's own may enlarge its images, or have a size of its own.
    checksSize: workflow === undefined,
    requests,
    reference,
    checkEvery,
    retries,
    reconnect,
    clock,
  });
}

/** Of the only server. */
export async function createLane(server: ConnectedServer, parts: EvaluatorParts): Promise<Lane> {
  const evaluator = await evaluatorOf(server, parts);
  const { name, address = null, capabilities } = server.renderer;
  return { name, address, evaluator, capabilities, pixelGroupOf: () => server.pixelGroup };
}
