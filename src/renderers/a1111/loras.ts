/** Finds the LoRA that a person means among those of the server. */
import { didYouMean } from '../../nearest-name.ts';
import type { Client } from '../http/client.ts';
import { WebuiError, webuiError } from '../http/errors.ts';
import { lorasSchema } from './schemas.ts';
import type { ServerLora } from './schemas.ts';

/** @throws WebuiError `webui-model-unknown` with the nearest name, or `webui-model-ambiguous` with the candidates */
export async function findLora(client: Client, asked: string, signal: AbortSignal): Promise<ServerLora> {
  const loras = await listLoras(client, signal);
  const word = plain(asked);
  const found = loras.filter((lora) =>
    [lora.name, lora.alias, lora.path].some((name) => isNamed(name, word)),
  );
  const [only, ...others] = found;
  if (only === undefined) {
    const names = loras.map(({ name }) => name);
    throw webuiError(
      'webui-model-unknown',
      `The WebUI has no LoRA "${asked}".${didYouMean(asked, names)}${names.length === 0 ? ' Its LoRA folder is empty.' : ''}`,
    );
  }
  if (others.length === 0) return only;
  throw webuiError(
    'webui-model-ambiguous',
    `"${asked}" is the name of ${found.length} LoRAs of the WebUI: ${found.map(({ path }) => path).join(', ')}; give one of these paths.`,
  );
}

/** Servers without the built-in LoRA extension have no such list. */
export async function listLoras(client: Client, signal: AbortSignal): Promise<readonly ServerLora[]> {
  try {
    return await client.get('/sdapi/v1/loras', lorasSchema, signal);
  } catch (error) {
    if (error instanceof WebuiError && error.status === 404) return [];
    throw error;
  }
}

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
