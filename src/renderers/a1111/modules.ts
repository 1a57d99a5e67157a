/** Text encoders and VAE that Forge uses beside a checkpoint: chosen by its setting, whose values are paths out of its own list. */
import path from 'node:path';
import { openCheckpoint } from '../../checkpoints/checkpoint-file.ts';
import { architectureRow } from '../../architectures/registry.ts';
import { usageError, type AutombwError } from '../../shared/errors.ts';
import type { Architecture } from '../../space/blocks.ts';
import { matchFile } from '../comfyui/models.ts';
import type { Client } from '../http/client.ts';
import { serverModulesSchema } from './schemas.ts';
import type { WebuiFamily } from './server-settings.ts';

/** The setting. Its order has no effect, and newer servers keep it sorted. */
export const MODULES = 'forge_additional_modules';

/** Files beside the model, as the server lists them: with or without folder and extension. */
export interface PartFiles {
  readonly textEncoders?: readonly string[];
  readonly vae?: string;
}

/**
 * @returns the paths for {@link MODULES}; undefined where no file was asked for
 * @throws usage error `model-parts`
 */
export async function findModules(
  client: Client,
  family: WebuiFamily,
  { textEncoders = [], vae }: PartFiles,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  const asked = [
    ...textEncoders.map((file) => ({ file, option: '--text-encoder' })),
    ...(vae === undefined ? [] : [{ file: vae, option: '--vae' }]),
  ];
  if (asked.length === 0) return undefined;
  if (family !== 'forge') {
    throw partsError(
      `The WebUI at ${client.address} does not take text encoders or a VAE with the model, as Forge and ComfyUI do: leave out --text-encoder and --vae, and select a VAE in its settings (SD VAE).`,
    );
  }
  const paths = await listModules(client, signal);
  return asked.map(({ file, option }) =>
    matchFile(file, paths, (problem) =>
      partsError(`${option} "${file}": among the text encoders and VAEs of Forge, ${problem}`),
    ),
  );
}

/** Files of such a family mostly hold the network alone. */
export function needsParts(architecture: Architecture): boolean {
  return architectureRow(architecture).layout !== undefined;
}

/**
 * A file that holds a network alone is loaded with an exception unless the rest is chosen beside it.
 * @param modules paths that are going to be in force
 * @throws usage error `model-parts` with what there is
 */
export async function requireParts(
  client: Client,
  file: string,
  architecture: Architecture,
  modules: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  if (!needsParts(architecture) || modules.length > 0) return;
  const { parts, title } = architectureRow(architecture);
  const keys = openCheckpoint(file).tensors.map(({ name }) => name);
  const lacking = parts.filter(
    ({ prefixes }) => !keys.some((key) => prefixes.some((prefix) => key.startsWith(prefix))),
  );
  if (lacking.length === 0) return;
  const names = (await listModules(client, signal)).map((one) => one.replace(/^.*[\\/]/, ''));
  const choice =
    names.length === 0
      ? 'It lists none: put them in its folders models/text_encoder and models/VAE; Forge started with --nowebui never lists any.'
      : `It has ${names.join(', ')}.`;
  throw partsError(
    `${path.basename(file)} holds ${title} without ${lacking.map(({ name }) => name).join(' and ')}: give the matching files with --text-encoder and --vae, or select them in the WebUI (VAE / Text Encoder). ${choice}`,
  );
}

async function listModules(client: Client, signal: AbortSignal): Promise<readonly string[]> {
  const modules = await client.get('/sdapi/v1/sd-modules', serverModulesSchema, signal);
  return modules.map(({ filename }) => filename);
}

function partsError(message: string): AutombwError {
  return usageError('model-parts', message);
}
