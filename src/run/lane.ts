/** From a connected server to what works on trials with it. */
import type { SearchConfig } from '../config/schema.ts';
import type { Judge } from '../score/score-image.ts';
import type { ImageRequest } from '../types.ts';
import type { ConnectedServer } from './2-connect.ts';
import type { Environment } from './environment.ts';
import type { Lane } from './session.ts';

export interface LaneParts {
  readonly config: SearchConfig;
  readonly requests: readonly ImageRequest[];
  /** Trials between two looks at the merge. */
  readonly checkEvery: number;
  /** Open. */
  readonly judge: Judge;
  readonly environment: Pick<Environment, 'createEvaluator' | 'clock'>;
}

export async function createLane(
  { renderer, reference }: ConnectedServer,
  { config, requests, checkEvery, judge, environment }: LaneParts,
): Promise<Lane> {
  const { retries, reconnect, workflow } = config;
  const { clock } = environment;
  const evaluator = await environment.createEvaluator({
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
  const { name, address = null, capabilities } = renderer;
  return { name, address, evaluator, capabilities, reference: reference?.pixels };
}
