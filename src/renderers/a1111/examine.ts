/** A look at a server that changes nothing: what is there, and which merge ways it has. For `autombw doctor`. */
import { isExpected } from '../../errors.ts';
import { listModels } from './checkpoint.ts';
import { createClient, type ClientOptions } from './client.ts';
import { connect } from './connect.ts';
import { mergeWaysFor } from './merge-ways/index.ts';
import { fileOf } from './models.ts';

export interface Examination {
  readonly address: string;
  /** Why the server cannot be used at all; undefined when it can. */
  readonly problem?: string;
  /** Title of the selected checkpoint. */
  readonly checkpoint: string | null;
  /** File names. */
  readonly models: readonly string[];
  readonly mergeWays: readonly MergeWayExamination[];
}

export interface MergeWayExamination {
  readonly name: string;
  /** What is missing and what to do; undefined when it is ready. */
  readonly missing?: string;
}

/** Expected failures come back as sentences, not as errors. */
export async function examineServer(options: ClientOptions, signal: AbortSignal): Promise<Examination> {
  const client = createClient({ retryDelays: [], ...options });
  const { address } = client;
  try {
    const { checkpoint } = await connect(client, { waitSeconds: 0 }, signal);
    const models = await listModels(client, signal);
    const [modelA, modelB] = models;
    const mergeWays: MergeWayExamination[] = [];
    for (const way of mergeWaysFor('auto')) {
      if (modelA === undefined) continue;
      const found = await way.find({ client, modelA, modelB: modelB ?? modelA }, signal);
      mergeWays.push({ name: way.name, ...('missing' in found ? { missing: found.missing } : {}) });
    }
    return { address, checkpoint, models: models.map(fileOf), mergeWays };
  } catch (error) {
    if (!isExpected(error)) throw error;
    return { address, problem: error.message, checkpoint: null, models: [], mergeWays: [] };
  } finally {
    await client.close();
  }
}
