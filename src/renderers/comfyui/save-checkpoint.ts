/** ComfyUI writes the merged checkpoint itself, but does not say where: the new name in its list of files does. */
import { usageError } from '../../shared/errors.ts';
import type { BlockWeights } from '../../space/blocks.ts';
import { webuiError } from '../http/errors.ts';
import type { ComfyConnection } from './client.ts';
import type { ModelSource } from './graph/model-source.ts';
import { runPrompt } from './queue/run-prompt.ts';
import type { RunPromptOptions } from './queue/run-prompt.ts';
import { modelsSchema } from './schemas.ts';

export interface SaveJob {
  readonly source: ModelSource;
  /** The class that writes the file; CheckpointSave unless given. */
  readonly saver?: 'CheckpointSave' | 'ModelSave' | undefined;
  readonly weights: BlockWeights;
  readonly name: string;
}

/**
 * @returns the path as ComfyUI's folder of outputs has it
 * @throws usage error `checkpoint-exists`; WebuiError when the server did not write it
 */
export async function saveCheckpoint(
  connection: ComfyConnection,
  { source, saver = 'CheckpointSave', weights, name }: SaveJob,
  options: RunPromptOptions,
  signal: AbortSignal,
): Promise<string> {
  const { client } = connection;
  const folder = saver === 'CheckpointSave' ? 'checkpoints' : 'diffusion_models';
  const list = `/models/${folder}`;
  const before = await client.get(list, modelsSchema, signal);
  refuseExisting(before, name);
  const { graph, model, clip, vae } = source.nodes(weights);
  const save = {
    class_type: saver,
    inputs: { model, ...(saver === 'CheckpointSave' && { clip, vae }), filename_prefix: `${folder}/${name}` },
  };
  for await (const _ of runPrompt(connection, { graph: { ...graph, save } }, new Set(), options, signal));
  const known = new Set(before);
  const added = (await client.get(list, modelsSchema, signal)).filter((file) => !known.has(file));
  const file = added.find((one) => isCounted(one, name));
  if (file !== undefined) return `output/${folder}/${file}`;
  throw webuiError(
    'webui-merge-refused',
    `ComfyUI at ${client.address} finished the prompt, but does not list the new checkpoint "${name}"; check its output/${folder} folder and its console.`,
  );
}

/** It would not be overwritten, but counted up, and nobody could tell which is which. */
function refuseExisting(files: readonly string[], name: string): void {
  const existing = files.find((file) => isCounted(file, name) || same(file, `${name}.safetensors`));
  if (existing === undefined) return;
  throw usageError(
    'checkpoint-exists',
    `ComfyUI already has a checkpoint "${existing}"; choose another name than "${name}".`,
  );
}

/** `name_00001_.safetensors`, in whichever folder the server lists its outputs. */
function isCounted(file: string, name: string): boolean {
  const path = file.replaceAll('\\', '/').toLowerCase();
  const end = /_\d+_\.safetensors$/.exec(path)?.[0];
  if (end === undefined) return false;
  const stem = path.slice(0, -end.length);
  return same(stem, name) || stem.endsWith(`/${name.toLowerCase()}`);
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
