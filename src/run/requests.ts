/** The requests of one iteration, drawn once for the whole run. */
import type { SearchConfig } from '../config/schema.ts';
import { loadPayloads } from '../payload/load.ts';
import { toRequests } from '../payload/requests.ts';
import { openWildcards } from '../prompts/index.ts';
import type { ImageRequest } from '../types.ts';

export interface RequestSettings {
  /** Added to the seed of every payload. */
  readonly seedShift?: number;
  /** Told of keys that nobody knows. */
  readonly onWarning?: (sentence: string) => void;
}

/** @throws usage errors of payload files and templates */
export async function makeRequests(
  { payload, wildcards, seed }: Pick<SearchConfig, 'payload' | 'wildcards' | 'seed'>,
  { seedShift = 0, onWarning = () => {} }: RequestSettings = {},
): Promise<ImageRequest[]> {
  const payloads = await loadPayloads(payload, { onWarning });
  return toRequests(payloads, seed, { seedShift, wildcards: await openWildcards(wildcards), onWarning });
}
