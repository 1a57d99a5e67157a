/** Finds the LoRA that a person means among those of the server. */
import { didYouMean } from '../../shared/nearest-name.ts';
import type { Client } from '../http/client.ts';
import { WebuiError, webuiError } from '../http/errors.ts';
import { lorasSchema } from './schemas.ts';
import type { ServerLora } from './schemas.ts';

/** @throws WebuiError `webui-model-unknown` with the nearest name, or `webui-model-ambiguous` with the candidates */
export async function findLora(client: Client, asked: string, signal: AbortSignal): Promise<ServerLora> {
  const loras = await listLoras(client, signal);
  if (loras === undefined) {
    throw webuiError(
      'webui-model-unknown',
      `The WebUI has no model "${asked}", and it cannot use LoRAs: ${NO_LORAS}`,
    );
  }
  const word = plain(asked);
  const found = loras.filter((lora) =>
    [lora.name, lora.alias, lora.path].some((name) => isNamed(name, word)),
  );
  const [only, ...others] = found;
  if (only === undefined) {
    const names = loras.map(({ name }) => name);
    throw webuiError(
      'webui-model-unknown',
      `The WebUI has no LoRA "${asked}".${didYouMean(asked, names)}${names.length === 0 ? ' Its LoRA folder is empty: put one there and refresh the list of LoRAs.' : ''}`,
    );
  }
  if (others.length === 0) return only;
  throw webuiError(
    'webui-model-ambiguous',
    `"${asked}" is the name of ${found.length} LoRAs in the WebUI: ${found.map(({ path }) => path).join(', ')}; give one of these paths.`,
  );
}

/** Undefined from a server without the built-in LoRA extension, which has no such list; empty where there is no file. */
export async function listLoras(
  client: Client,
  signal: AbortSignal,
): Promise<readonly ServerLora[] | undefined> {
  try {
    return await client.get('/sdapi/v1/loras', lorasSchema, signal);
  } catch (error) {
    if (error instanceof WebuiError && error.status === 404) return undefined;
    throw error;
  }
}

/** What to do about a server without a list of LoRAs. */
export const NO_LORAS =
  'its built-in extension Lora is disabled (GET /sdapi/v1/loras does not exist); enable it and restart the WebUI.';

function isNamed(name: string, word: string): boolean {
  const own = plain(name);
  return own === word || own.endsWith(`/${word}`);
}

function plain(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replaceAll('\\', '/')
    .replace(/\.safetensors$/, '');
}
