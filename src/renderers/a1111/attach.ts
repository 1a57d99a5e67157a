/** From an address to a server that is known: its process, its models, its backend, and model A selected. */
import { afterColon } from '../../shared/after-colon.ts';
import { isExpected, messageOf } from '../../shared/errors.ts';
import type { Architecture } from '../../space/blocks.ts';
import type { ModelIdentity, ServerReport } from '../renderer.ts';
import type { ExpectedModel } from './backends/backend.ts';
import { listModels, selectCheckpoint } from './checkpoint.ts';
import type { Client } from '../http/client.ts';
import { connect, readAppId } from './connect.ts';
import type { Connection } from './connect.ts';
import { WebuiError, webuiError } from '../http/errors.ts';
import { findLora } from './loras.ts';
import { whyNotOn } from './backends/index.ts';
import type {
  MergeContext,
  MergeSession,
  Backend,
  BackendOptions,
  NoMergeSession,
} from './backends/backend.ts';
import type { ServerState } from './as-found.ts';
import { findModules } from './modules.ts';
import { assertDifferent, identityOf, isMadeInMemory, matchModel, meantBy, replyNamesOf } from './models.ts';
import { ignoredSchema, samplersSchema, schedulersSchema } from './schemas.ts';
import type { Samplers, Schedulers, ServerLora, ServerModel } from './schemas.ts';
import type { ServerSettings, WebuiFamily } from './server-settings.ts';
import type { SettingsInForce } from './settings-in-force.ts';

/** What is known of one process of the server; void after its restart. */
export interface Attachment {
  readonly family: WebuiFamily;
  /** Null from a server without pages: then only its replies tell of a restart. */
  readonly appId: string | null;
  readonly way: Backend;
  readonly session: MergeSession;
  readonly modelA: ExpectedModel;
  readonly samplers: Samplers;
  readonly schedulers: Schedulers;
  readonly servedA: ServerModel;
  readonly servedB: ModelIdentity;
}

/** Model A as a person names it, and as it was found before: its title changes when its hash does. */
export interface AskedModelA {
  readonly modelA: string;
  readonly earlierA: ServerModel | undefined;
}

/** What is there before the first change, and what of it is going to be used. */
export interface FoundServer {
  /** As its user has left it. */
  readonly state: ServerState;
  readonly now: ServerState;
  readonly models: readonly ServerModel[];
  /** Paths of the models that may be selected. */
  readonly files: readonly string[];
  /** Paths of Forge's modules that the run asks for. */
  readonly modules: readonly string[] | undefined;
}

export interface AttachOptions extends AskedModelA {
  readonly modelB: string;
  readonly architecture: Architecture;
  readonly ways: readonly Backend[];
  readonly wayOptions: BackendOptions;
  readonly settings: SettingsInForce;
  readonly waitSeconds: number;
  readonly pollSeconds: number;
  /** See `ConnectOptions`. */
  readonly apiSeconds: number;
  /** Asked the first time: what is there, as the server's user has left it. */
  readonly recall: (
    now: ServerState,
    models: readonly ServerModel[],
    signal: AbortSignal,
  ) => Promise<ServerState>;
  /** Told before anything is changed; waited for. */
  readonly onFound: (found: FoundServer) => Promise<void>;
  readonly signal: AbortSignal;
}

/** Changes nothing on the server before everything has been found; selecting model A is the last step. */
export async function attach(client: Client, options: AttachOptions): Promise<Attachment> {
  const { signal } = options;
  const connection = await connect(client, options, signal);
  const { family, appId } = connection;
  const models = await listWith(client, options);
  const modelA = findModelA(options, models);
  const modelB = await findModelB(client, options, models);
  const { architecture, wayOptions } = options;
  const isAlone = wayOptions.adjusts !== undefined;
  if (modelB.takes === 'checkpoint' && !isAlone) assertDifferent(modelA, modelB.model);
  // Later they are held as they were found the first time.
  const isFirst = options.earlierA === undefined;
  const own = isFirst ? await findModules(client, family, wayOptions, signal) : undefined;
  const now = { checkpoint: connection.checkpoint, settings: connection.settings };
  const state = isFirst ? await options.recall(now, models, signal) : now;
  const server = { ...connection, ...state };
  const modules = own ?? options.settings.modulesIn(server.settings);
  const context = { client, architecture, modelA, options: wayOptions, server, modules };
  const { way, session } = await findWay(options.ways, context, modelB, connection, signal);
  // Later the work files of this very run lie there.
  if (isFirst) await session.ready?.(signal);
  const samplers = await orNone(client.get('/sdapi/v1/samplers', samplersSchema, signal));
  const schedulers = await orNone(client.get('/sdapi/v1/schedulers', schedulersSchema, signal));

  const files = [modelA, ...(modelB.takes === 'checkpoint' ? [modelB.model] : [])].map((one) => one.filename);
  await options.onFound({ state, now, models, files, modules: own });
  await options.settings.hold(client, now.settings, signal);
  const servedA = await selectCheckpoint(client, modelA, signal);
  if (modelB.takes === 'checkpoint' && !isAlone) assertDifferent(servedA, modelB.model);
  return {
    family,
    appId,
    way,
    session,
    modelA: { names: replyNamesOf(servedA), hash: servedA.hash ?? null },
    samplers,
    schedulers,
    servedA,
    servedB: isAlone ? identityOf(servedA) : identityOfB(modelB, servedA),
  };
}

/** Is it still the process that was attached to? */
export async function isSameProcess(
  client: Client,
  { appId }: Attachment,
  signal: AbortSignal,
): Promise<boolean> {
  return (await readAppId(client, signal)) === appId;
}

/** @param settings those in force that are not at their usual value */
export function reportOf(
  { family, way, session, servedA, servedB }: Attachment,
  settings: ServerSettings,
): ServerReport {
  const identityA = identityOf(servedA);
  return {
    family,
    // The server tells its version only inside a txt2img reply.
    version: null,
    mergeWay: way.name,
    // A way that does not know A's hash cannot be held to it when the run is resumed.
    modelA: session.expectedModelA?.hash === null ? { ...identityA, hash: null } : identityA,
    modelB: servedB,
    settings: { ...settings },
  };
}

/** The attachment with what the server has learned of model A since: Forge knows a hash once the file was loaded. */
export async function withHashes(
  client: Client,
  attachment: Attachment,
  signal: AbortSignal,
): Promise<Attachment> {
  const { servedA, modelA } = attachment;
  if ((servedA.hash ?? null) !== null) return attachment;
  const models = await listModels(client, signal);
  const now = models.find(({ filename }) => filename === servedA.filename) ?? servedA;
  return { ...attachment, servedA: now, modelA: { ...modelA, hash: now.hash ?? null } };
}

/**
 * Selects the checkpoint again that was selected at first, unless that is model A. Never throws.
 * @returns a sentence when it could not
 */
export async function restoreCheckpoint(
  client: Client,
  title: string | null,
  asked: AskedModelA,
): Promise<string | undefined> {
  if (title === null) return undefined;
  if (isMadeInMemory(title)) {
    return `The previously selected merge "${title}" is not saved in a file, so it could not be selected again; model A stays selected.`;
  }
  const signal = AbortSignal.timeout(RESTORE_MS);
  try {
    const models = await listModels(client, signal);
    const before = meantBy(title, models)[0];
    if (before === undefined) return `The previously selected checkpoint "${title}" no longer exists.`;
    if (before.filename === findModelA(asked, models).filename) return undefined;
    await selectCheckpoint(client, before, signal);
    return undefined;
  } catch (error) {
    return `The previously selected checkpoint "${title}" could not be selected again: ${afterColon(messageOf(error))}`;
  }
}

/** The server looks into its folder only when it is asked to: a file that came since is found at the second look. */
async function listWith(client: Client, options: AttachOptions): Promise<readonly ServerModel[]> {
  const { modelB, signal, ways } = options;
  const models = await listModels(client, signal);
  try {
    findModelA(options, models);
    if (ways.some(({ takes }) => takes === 'checkpoint')) matchModel(modelB, models);
    return models;
  } catch (error) {
    if (!(error instanceof WebuiError) || error.code !== 'webui-model-unknown') throw error;
  }
  try {
    await client.post('/sdapi/v1/refresh-checkpoints', undefined, ignoredSchema, signal);
    return await listModels(client, signal);
  } catch (error) {
    // Then the message is about the model that was not found.
    if (!isExpected(error)) throw error;
    return models;
  }
}

function findModelA({ modelA, earlierA }: AskedModelA, models: readonly ServerModel[]): ServerModel {
  return models.find(({ filename }) => filename === earlierA?.filename) ?? matchModel(modelA, models);
}

type ModelB =
  | { readonly takes: 'nothing' }
  | { readonly takes: 'checkpoint'; readonly model: ServerModel }
  | { readonly takes: 'lora'; readonly model: ServerLora };

/** A checkpoint, unless only a LoRA has the name, or only a way for LoRAs was asked for. */
async function findModelB(
  client: Client,
  { modelB, ways, signal }: AttachOptions,
  models: readonly ServerModel[],
): Promise<ModelB> {
  const forLora = async (): Promise<ModelB> => ({
    takes: 'lora',
    model: await findLora(client, modelB, signal),
  });
  if (ways.every(({ takes }) => takes === 'nothing')) return { takes: 'nothing' };
  if (ways.every(({ takes }) => takes === 'lora')) return forLora();
  try {
    return { takes: 'checkpoint', model: matchModel(modelB, models) };
  } catch (error) {
    const isUnknown = error instanceof WebuiError && error.code === 'webui-model-unknown';
    if (!isUnknown || ways.every(({ takes }) => takes === 'checkpoint')) throw error;
    return await forLora().catch(() => {
      throw error;
    });
  }
}

async function findWay(
  ways: readonly Backend[],
  context: Omit<MergeContext, 'modelB'>,
  modelB: ModelB,
  connection: Connection,
  signal: AbortSignal,
): Promise<{ way: Backend; session: MergeSession }> {
  const reasons: string[] = [];
  for (const way of ways) {
    const found = findWith(way, context, modelB, signal);
    if (found === undefined) continue;
    const unfit = whyNotOn(connection, way, context.architecture);
    const session = unfit === undefined ? await found() : { missing: unfit };
    if (!('missing' in session)) return { way, session };
    if (!reasons.includes(session.missing)) reasons.push(session.missing);
  }
  throw webuiError('webui-merge-way-missing', reasons.join(' '));
}

/** Undefined when the way does not take such a model B. */
function findWith(
  way: Backend,
  context: Omit<MergeContext, 'modelB'>,
  modelB: ModelB,
  signal: AbortSignal,
): (() => Promise<MergeSession | NoMergeSession>) | undefined {
  if (way.takes === 'checkpoint' && modelB.takes === 'checkpoint') {
    const { model } = modelB;
    return async () => way.find({ ...context, modelB: model }, signal);
  }
  if (way.takes === 'lora' && modelB.takes === 'lora') {
    const { model } = modelB;
    return async () => way.find({ ...context, modelB: model }, signal);
  }
  if (way.takes === 'nothing' && modelB.takes === 'nothing') return async () => way.find(context, signal);
  return undefined;
}

/** Where there is none, it is model A. */
function identityOfB(modelB: ModelB, servedA: ServerModel): ModelIdentity {
  if (modelB.takes === 'nothing') return identityOf(servedA);
  return modelB.takes === 'checkpoint' ? identityOf(modelB.model) : loraIdentity(modelB.model);
}

function loraIdentity({ name, path }: ServerLora): ModelIdentity {
  return { name, file: path.replaceAll('\\', '/').replace(/^.*\//, ''), hash: null, path };
}

/** Versions before 1.9 have no list of schedulers: their samplers carry them in the name. */
async function orNone<T>(list: Promise<T[]>): Promise<T[]> {
  try {
    return await list;
  } catch (error) {
    if (error instanceof WebuiError && error.status === 404) return [];
    throw error;
  }
}

/** Loading a large checkpoint from a slow disk. */
const RESTORE_MS = 120_000;
