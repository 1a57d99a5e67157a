/** From an address to a server that is known: its process, its models, its merge way, and model A selected. */
import { messageOf } from '../../errors.ts';
import type { ServerReport } from '../renderer.ts';
import type { ExpectedModel } from './check-reply.ts';
import { listModels, selectCheckpoint } from './checkpoint.ts';
import type { Client } from './client.ts';
import { connect, readAppId } from './connect.ts';
import { WebuiError, webuiError } from './errors.ts';
import type { MergeContext, MergeSession, MergeWay } from './merge-ways/merge-way.ts';
import { assertDifferent, identityOf, matchModel, stableNameOf, withoutHash } from './models.ts';
import { schedulersSchema } from './schemas.ts';
import type { Schedulers, ServerModel } from './schemas.ts';

/** What is known of one process of the server; void after its restart. */
export interface Attachment {
  readonly appId: string;
  readonly way: MergeWay;
  readonly session: MergeSession;
  readonly modelA: ExpectedModel;
  readonly schedulers: Schedulers;
  readonly servedA: ServerModel;
  readonly servedB: ServerModel;
}

export interface AttachOptions {
  readonly modelA: string;
  readonly modelB: string;
  readonly ways: readonly MergeWay[];
  readonly waitSeconds: number;
  readonly pollSeconds: number;
  /** Told the selected checkpoint before anything is changed. */
  readonly onFound: (checkpoint: string | null) => void;
  readonly signal: AbortSignal;
}

/** Changes nothing on the server before everything has been found; selecting model A is the last step. */
export async function attach(client: Client, options: AttachOptions): Promise<Attachment> {
  const { signal } = options;
  const { appId, checkpoint } = await connect(client, options, signal);
  const models = await listModels(client, signal);
  const modelA = matchModel(options.modelA, models);
  const modelB = matchModel(options.modelB, models);
  assertDifferent(modelA, modelB);
  const { way, session } = await findWay(options.ways, { client, modelA, modelB }, signal);
  const schedulers = await listSchedulers(client, signal);

  options.onFound(checkpoint);
  const servedA = await selectCheckpoint(client, modelA, signal);
  assertDifferent(servedA, modelB);
  return {
    appId,
    way,
    session,
    modelA: { names: namesOf(servedA), hash: servedA.hash ?? null },
    schedulers,
    servedA,
    servedB: modelB,
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

export function reportOf({ way, servedA, servedB }: Attachment): ServerReport {
  return {
    family: 'a1111',
    // The server tells its version only inside a txt2img reply.
    version: null,
    mergeWay: way.name,
    modelA: identityOf(servedA),
    modelB: identityOf(servedB),
  };
}

/**
 * Selects the checkpoint again that was selected at first, unless that is model A. Never throws.
 * @returns a sentence when it could not
 */
export async function restoreCheckpoint(
  client: Client,
  title: string | null,
  modelA: string,
): Promise<string | undefined> {
  if (title === null) return undefined;
  const signal = AbortSignal.timeout(RESTORE_MS);
  try {
    const models = await listModels(client, signal);
    const before = models.find((model) => stableNameOf(model) === withoutHash(title));
    if (before === undefined) return `The checkpoint "${title}" that was selected before is gone.`;
    if (before.filename === matchModel(modelA, models).filename) return undefined;
    await selectCheckpoint(client, before, signal);
    return undefined;
  } catch (error) {
    return `The checkpoint "${title}" that was selected before could not be selected again: ${messageOf(error)}`;
  }
}

async function findWay(
  ways: readonly MergeWay[],
  context: MergeContext,
  signal: AbortSignal,
): Promise<{ way: MergeWay; session: MergeSession }> {
  const reasons: string[] = [];
  for (const way of ways) {
    const session = await way.find(context, signal);
    if (!('missing' in session)) return { way, session };
    reasons.push(session.missing);
  }
  throw webuiError('webui-merge-way-missing', reasons.join(' '));
}

/** Versions before 1.9 have no such list: their samplers carry the scheduler in the name. */
async function listSchedulers(client: Client, signal: AbortSignal): Promise<Schedulers> {
  try {
    return await client.get('/sdapi/v1/schedulers', schedulersSchema, signal);
  } catch (error) {
    if (error instanceof WebuiError && error.status === 404) return [];
    throw error;
  }
}

/** Replies name a checkpoint by its file; with folders, the list of models has another name for it. */
function namesOf(model: ServerModel): readonly string[] {
  return [...new Set([identityOf(model).name, model.model_name])];
}

/** Loading a large checkpoint from a slow disk. */
const RESTORE_MS = 120_000;
