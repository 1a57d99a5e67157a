/** Selects a checkpoint and makes sure that it is the one in use. */
import type { Client } from '../http/client.ts';
import { WebuiError, webuiError } from '../http/errors.ts';
import { refreshList } from './calls.ts';
import { fileOf, meantBy } from './models.ts';
import { ignoredSchema, modelsSchema } from './schemas.ts';
import { readSettings, selectedIn } from './server-settings.ts';
import type { ServerModel } from './schemas.ts';

export async function listModels(client: Client, signal: AbortSignal): Promise<readonly ServerModel[]> {
  return client.get('/sdapi/v1/sd-models', modelsSchema, signal);
}

/**
 * Selects the checkpoint and reads the selection back: a failed load is answered with status 200, and leaves the model in
 * memory damaged. AUTOMATIC1111 has loaded it when this returns; Forge loads it with the next image.
 * @returns the model as the server describes it now; its hash may have become known
 */
export async function selectCheckpoint(
  client: Client,
  model: ServerModel,
  signal: AbortSignal,
): Promise<ServerModel> {
  const first = await selectListed(client, model, signal);
  if (first.found !== undefined) return first.found;
  const { selected, meant, models } = first;
  // Forge keeps an alias for as long as the same file stays selected; what could be several files is said again after a detour.
  const isUnclear = selected !== '' && (meant.length === 0 || meant.some(isModel(model)));
  const detour = models.find((one) => !isModel(model)(one) && !meant.includes(one));
  if (isUnclear && detour !== undefined) {
    await post(client, detour, signal);
    const second = await select(client, model, signal);
    if (second.found !== undefined) return second.found;
  }
  throw notLoaded(client, model, selected);
}

/** Selects the file under the title that it has now: titles change when a hash does. */
export async function selectFile(client: Client, model: ServerModel, signal: AbortSignal): Promise<void> {
  const models = await listModels(client, signal);
  await selectCheckpoint(client, models.find(isModel(model)) ?? model, signal);
}

interface Selection {
  /** The wanted one; undefined when something else is selected, or when it is not certain. */
  readonly found: ServerModel | undefined;
  readonly selected: string;
  readonly meant: readonly ServerModel[];
  readonly models: readonly ServerModel[];
}

/** Names disappear from the server's list while somebody's model-mixer merges, and come back when the folder is read again. */
async function selectListed(client: Client, model: ServerModel, signal: AbortSignal): Promise<Selection> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await select(client, attempt === 1 ? model : await asListedNow(client, model, signal), signal);
    } catch (error) {
      const isUnlisted = error instanceof WebuiError && error.code === 'webui-server-error';
      if (!isUnlisted || attempt === LIST_ATTEMPTS) throw error;
    }
  }
}

/** Has the server read its folder again. @returns the model as it is listed then, or as it was known */
async function asListedNow(client: Client, model: ServerModel, signal: AbortSignal): Promise<ServerModel> {
  await refreshList(client, signal);
  const models = await listModels(client, signal);
  return models.find(isModel(model)) ?? model;
}

async function select(client: Client, model: ServerModel, signal: AbortSignal): Promise<Selection> {
  await post(client, model, signal);
  const [models, settings] = await Promise.all([listModels(client, signal), readSettings(client, signal)]);
  const selected = selectedIn(settings) ?? '';
  const meant = meantBy(selected, models);
  const [only, ...others] = meant;
  const found = only !== undefined && others.length === 0 && isModel(model)(only) ? only : undefined;
  return { found, selected, meant, models };
}

async function post(client: Client, { title }: ServerModel, signal: AbortSignal): Promise<void> {
  await client.post('/sdapi/v1/options', { sd_model_checkpoint: title }, ignoredSchema, signal, {
    patience: 'long',
    // Selecting twice is selecting once.
    retry: true,
  });
}

function isModel({ filename }: ServerModel): (other: ServerModel) => boolean {
  return (other) => other.filename === filename;
}

function notLoaded(client: Client, model: ServerModel, selected: string): WebuiError {
  return webuiError(
    'webui-model-not-loaded',
    `The WebUI at ${client.address} could not load "${fileOf(model)}": "${selected}" is still selected. The file may be damaged or deleted, or memory may be short; check the WebUI's console, and select another checkpoint there once, because a failed load can corrupt the one in memory.`,
  );
}

const LIST_ATTEMPTS = 3;
