/** `GET /sdapi/v1/options` as far as the family and the settings in force are concerned: one flat object. */
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { isExpected } from '../../shared/errors.ts';
import type { Client } from '../http/client.ts';

const settingsSchema = z.record(z.string(), z.unknown());

export type ServerSettings = z.output<typeof settingsSchema>;

export async function readSettings(
  client: Client,
  signal: AbortSignal,
  options?: { readonly retry: boolean },
): Promise<ServerSettings> {
  return client.get('/sdapi/v1/options', settingsSchema, signal, options);
}

/** After an image: where somebody has set one to something that it cannot be, nothing can be said of any. */
export async function lookAtSettings(client: Client, signal: AbortSignal): Promise<ServerSettings> {
  try {
    return await readSettings(client, signal, { retry: false });
  } catch (error) {
    signal.throwIfAborted();
    if (!isExpected(error)) throw error;
    return {};
  }
}

/** Programs with AUTOMATIC1111's API; those that behave alike count as one. */
export type WebuiFamily = 'a1111' | 'forge';

/** Forge's own setting tells it: its version stands only inside the reply to a txt2img. */
export function familyOf(settings: ServerSettings): WebuiFamily {
  return 'forge_additional_modules' in settings ? 'forge' : 'a1111';
}

/** The selected checkpoint: a title, or on Forge whatever alias was posted last. */
export function selectedIn(settings: ServerSettings): string | null {
  const selected = settings['sd_model_checkpoint'];
  return typeof selected === 'string' && selected !== '' ? selected : null;
}

/** The only lists are those of modules, which newer servers sort. */
export function isSameSetting(one: unknown, other: unknown): boolean {
  return isDeepStrictEqual(unordered(one), unordered(other));
}

function unordered(value: unknown): unknown {
  return Array.isArray(value) ? value.map(String).toSorted() : value;
}
