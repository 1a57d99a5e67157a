/** Selects a checkpoint and makes sure that it is the one in use. */
import type { Client } from '../http/client.ts';
import { webuiError } from '../http/errors.ts';
import type { WebuiError } from '../http/errors.ts';
import { fileOf, stableNameOf, withoutHash } from './models.ts';
import { ignoredSchema, modelsSchema, optionsSchema } from './schemas.ts';
import type { ServerModel } from './schemas.ts';

export async function listModels(client: Client, signal: AbortSignal): Promise<readonly ServerModel[]> {
  return client.get('/sdapi/v1/sd-models', modelsSchema, signal);
}

/**
 * Loads the checkpoint unless it is loaded, and reads the selection back: a failed load is answered with status 200,
 * and leaves the model in memory damaged.
 * @returns the model as the server describes it now; its hash may have become known
 */
export async function selectCheckpoint(
  client: Client,
  model: ServerModel,
  signal: AbortSignal,
): Promise<ServerModel> {
  await client.post('/sdapi/v1/options', { sd_model_checkpoint: model.title }, ignoredSchema, signal, {
    patience: 'long',
    // Selecting twice is selecting once.
    retry: true,
  });
  const [models, options] = await Promise.all([
    listModels(client, signal),
    client.get('/sdapi/v1/options', optionsSchema, signal),
  ]);
  const selected = options.sd_model_checkpoint ?? '';
  const found = models.find(({ filename }) => filename === model.filename);
  if (found !== undefined && withoutHash(selected) === stableNameOf(found)) return found;
  throw notLoaded(client, model, selected);
}

/** Selects the file under the title that it has now: titles change when a hash does. */
export async function selectFile(client: Client, model: ServerModel, signal: AbortSignal): Promise<void> {
  const models = await listModels(client, signal);
  const listed = models.find(({ filename }) => filename === model.filename);
  await selectCheckpoint(client, listed ?? model, signal);
}

function notLoaded(client: Client, model: ServerModel, selected: string): WebuiError {
  return webuiError(
    'webui-model-not-loaded',
    `The WebUI at ${client.address} could not load "${fileOf(model)}": "${selected}" is still selected. The file may be damaged or deleted, or memory short; see the WebUI's console, and select another checkpoint there once, for a failed load can spoil the one in memory.`,
  );
}
