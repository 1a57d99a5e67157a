/** A look at a server that changes nothing: what is there, and which merge ways it has. For `autombw doctor`. */
import { isExpected } from '../../errors.ts';
import { listModels } from './checkpoint.ts';
import { createClient, type ClientOptions } from '../http/client.ts';
import { connect } from './connect.ts';
import { listLoras } from './loras.ts';
import { mergeWaysFor } from './merge-ways/index.ts';
import type { MergeWay, MergeWayOptions, NoMergeSession } from './merge-ways/merge-way.ts';
import { fileOf } from './models.ts';
import type { Examination, MergeWayExamination } from '../examination.ts';
import type { Architecture } from '../../space/blocks.ts';
import type { ServerModel } from './schemas.ts';

export interface ExamineOptions extends ClientOptions, MergeWayOptions {
  readonly architecture?: Architecture;
}

/** Expected failures come back as sentences, not as errors. */
export async function examineServer(
  options: ExamineOptions,
  signal: AbortSignal,
): Promise<Omit<Examination, 'family'>> {
  const client = createClient({ retryDelays: [], ...options });
  const { address } = client;
  try {
    const { checkpoint } = await connect(client, { waitSeconds: 0 }, signal);
    const models = await listModels(client, signal);
    const architecture = options.architecture ?? 'sd1';
    const mergeWays: MergeWayExamination[] = [];
    for (const way of mergeWaysFor('auto')) {
      const { name, summary, takes } = way;
      const missing = await whatIsMissing(way, models);
      const capabilities = way.capabilities(architecture, options);
      mergeWays.push({ name, summary, takes, capabilities, ...(missing === undefined ? {} : { missing }) });
    }
    return { address, version: null, checkpoint, models: models.map(fileOf), mergeWays };
  } catch (error) {
    if (!isExpected(error)) throw error;
    return { address, version: null, problem: error.message, checkpoint: null, models: [], mergeWays: [] };
  } finally {
    await client.close();
  }

  /** A sentence, or undefined when the way is ready. The models stand in for those of a search. */
  async function whatIsMissing(way: MergeWay, models: readonly ServerModel[]): Promise<string | undefined> {
    const [modelA, modelB = modelA] = models;
    if (modelA === undefined || modelB === undefined) return 'The WebUI has no checkpoint.';
    const context = { client, modelA, architecture: options.architecture ?? 'sd1', options };
    if (way.takes === 'checkpoint') return reasonIn(await way.find({ ...context, modelB }, signal));
    const [lora] = await listLoras(client, signal);
    if (lora === undefined) return 'The WebUI has no LoRA.';
    return reasonIn(await way.find({ ...context, modelB: lora }, signal));
  }
}

function reasonIn(found: object | NoMergeSession): string | undefined {
  return 'missing' in found ? found.missing : undefined;
}
