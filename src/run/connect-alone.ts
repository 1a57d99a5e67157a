/** The one server of a worker: opened and proved as that of a run, for trials that another process asks for. */
import type { SearchConfig } from '../config/schema.ts';
import type { Capabilities, Proof, ServerReport } from '../renderers/index.ts';
import type { Judge } from '../score/score-image.ts';
import type { Evaluator } from '../trial/evaluator.ts';
import type { ImageRequest } from '../types.ts';
import { connect } from './2-connect.ts';
import { Closing } from './closing.ts';
import type { Environment } from './environment.ts';
import { createLane } from './lane.ts';

export interface LoneServer {
  readonly name: string;
  readonly address: string | null;
  readonly report: ServerReport;
  readonly capabilities: Capabilities;
  /** Undefined with `--no-check`. */
  readonly proof: Proof | undefined;
  readonly pixelGroup: string;
  /** What was said of it while it was opened. */
  readonly warnings: readonly string[];
  createEvaluator(requests: readonly ImageRequest[]): Promise<Evaluator>;
  /** Sets merging up again and proves it once more. @returns its pixel group now @throws why that cannot be */
  proveAgain(signal: AbortSignal): Promise<string>;
  /** Leaves it as it was found, and closes the scorers. Never throws. */
  close(): Promise<void>;
}

/** @throws what is wrong with the server, the models or the merge; the signal's reason */
export async function connectAlone(
  config: SearchConfig,
  requests: readonly ImageRequest[],
  judge: Judge,
  environment: Environment,
): Promise<LoneServer> {
  const warnings: string[] = [];
  let isOpen = false;
  const say = (sentence: string): void => {
    if (!isOpen) warnings.push(sentence);
    environment.onWarning(sentence);
  };
  const closing = new Closing(environment.onWarning);
  try {
    const connecting = { config, requests, judge, check: () => undefined };
    const { all, report } = await connect(connecting, { ...environment, onWarning: say }, closing);
    const [server] = all;
    if (server === undefined) throw new Error('a worker needs a WebUI');
    isOpen = true;
    const { renderer, proof, pixelGroup, proveAgain } = server;
    return {
      name: renderer.name,
      address: renderer.address ?? null,
      report,
      capabilities: renderer.capabilities,
      proof,
      pixelGroup,
      warnings,
      createEvaluator: async (wanted) => {
        const { checkEvery } = config;
        const lane = await createLane(server, { config, requests: wanted, checkEvery, judge, environment });
        return lane.evaluator;
      },
      proveAgain,
      close: async () => closing.closeAll(),
    };
  } catch (error) {
    await closing.closeAll();
    throw error;
  }
}
