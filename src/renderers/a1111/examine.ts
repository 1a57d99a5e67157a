/** A look at a server that leaves it as it was: what is there, and which backends it has. For `autombw doctor`. */
import { DEFAULT_ARCHITECTURE } from '../../architectures/registry.ts';
import { isExpected } from '../../shared/errors.ts';
import { isWorkFile } from '../../checkpoints/work-files.ts';
import { listModels, selectCheckpoint } from './checkpoint.ts';
import { createClient, type Client, type ClientOptions } from '../http/client.ts';
import { WebuiError } from '../http/errors.ts';
import { connect, type Connection } from './connect.ts';
import { NO_LORAS, listLoras } from './loras.ts';
import { backendsFor, whyNotOn } from './backends/index.ts';
import type { Backend, BackendOptions, NoMergeSession } from './backends/backend.ts';
import { fileOf, isMadeInMemory, meantBy } from './models.ts';
import type { Examination, BackendExamination } from '../examination.ts';
import type { Architecture } from '../../space/blocks.ts';
import { readProgress } from './progress.ts';
import type { ServerModel } from './schemas.ts';
import { SettingsInForce } from './settings-in-force.ts';

export interface ExamineOptions extends ClientOptions, BackendOptions {
  readonly architecture?: Architecture;
  /** Also do what a search does first, as far as it changes nothing: select what is selected. Default false. */
  readonly tries?: boolean;
}

/** Expected failures come back as sentences, not as errors. */
export async function examineServer(options: ExamineOptions, signal: AbortSignal): Promise<Examination> {
  const client = createClient({ retryDelays: [], ...options });
  const { address } = client;
  try {
    const connection = await connect(client, { waitSeconds: 0 }, signal);
    const { family, checkpoint } = connection;
    const models = await listModels(client, signal);
    const architecture = options.architecture ?? DEFAULT_ARCHITECTURE;
    const mergeWays: BackendExamination[] = [];
    for (const way of backendsFor('auto')) {
      const { name, summary, takes } = way;
      const capabilities = way.capabilities(architecture, options);
      const missing = await whatIsMissing(way, models, connection);
      mergeWays.push({ name, summary, takes, capabilities, ...missing });
    }
    const settings = new SettingsInForce();
    await settings.hold(client, connection.settings, signal);
    return {
      address,
      family,
      version: null,
      checkpoint,
      models: models.map(fileOf),
      remarks: settings.warnings([]),
      ...(options.tries === true ? { obstacles: await tryOut(client, connection, models, signal) } : {}),
      mergeWays,
    };
  } catch (error) {
    if (!isExpected(error)) throw error;
    const nothing = { checkpoint: null, models: [], mergeWays: [] };
    return { address, family: 'a1111', version: null, problem: error.message, ...nothing };
  } finally {
    await client.close();
  }

  async function whatIsMissing(
    way: Backend,
    models: readonly ServerModel[],
    server: Connection,
  ): Promise<Pick<BackendExamination, 'missing' | 'wantsLogin'>> {
    try {
      const missing = await reasonAgainst(way, models, server);
      return missing === undefined ? {} : { missing };
    } catch (error) {
      // The pages have a login of their own: what needs no page is ready without it.
      if (!(error instanceof WebuiError) || error.code !== 'webui-auth') throw error;
      return { missing: error.message, wantsLogin: true };
    }
  }

  /** A sentence, or undefined when the way is ready. The models stand in for those of a search. */
  async function reasonAgainst(
    way: Backend,
    models: readonly ServerModel[],
    server: Connection,
  ): Promise<string | undefined> {
    const architecture = options.architecture ?? DEFAULT_ARCHITECTURE;
    const unfit = whyNotOn(server, way, architecture);
    if (unfit !== undefined) return unfit;
    const [modelA, modelB = modelA] = models;
    if (modelA === undefined || modelB === undefined) return 'The WebUI has no checkpoints.';
    const context = {
      client,
      modelA,
      architecture,
      options,
      server,
    };
    if (way.takes === 'nothing') return reasonIn(await way.find(context, signal));
    if (way.takes === 'checkpoint') return reasonIn(await way.find({ ...context, modelB }, signal));
    const loras = await listLoras(client, signal);
    if (loras === undefined) return `The WebUI at ${address} cannot use LoRAs: ${NO_LORAS}`;
    // Without a file the extension is still looked for.
    const [lora = NO_LORA] = loras;
    const reason = reasonIn(await way.find({ ...context, modelB: lora }, signal));
    if (reason !== undefined || loras.length > 0) return reason;
    return `The WebUI at ${address} has no LoRA files: put one in its LoRA folder and refresh the list of LoRAs.`;
  }
}

/** What a search does before its first image. Selecting what is selected changes nothing on any family. */
async function tryOut(
  client: Client,
  { checkpoint }: Connection,
  models: readonly ServerModel[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const obstacles: string[] = [];
  const attempt = async (work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (!isExpected(error)) throw error;
      obstacles.push(error.message);
    }
  };
  await attempt(async () => readProgress(client, signal));
  if (checkpoint === null) return obstacles;
  if (isMadeInMemory(checkpoint) || isWorkFile(checkpoint)) return obstacles;
  const [selected] = meantBy(checkpoint, models);
  if (selected === undefined) {
    obstacles.push(
      `The selected checkpoint "${checkpoint}" is not in the WebUI's list, so autombw cannot tell which model the WebUI uses; select one from the list.`,
    );
    return obstacles;
  }
  // In the words that are there already: another title of the same file would be a change to some.
  await attempt(async () => selectCheckpoint(client, { ...selected, title: checkpoint }, signal));
  return obstacles;
}

/** Stands in for a LoRA where there is none. */
const NO_LORA = { name: 'none', alias: '', path: '', metadata: {} };

function reasonIn(found: object | NoMergeSession): string | undefined {
  return 'missing' in found ? found.missing : undefined;
}
