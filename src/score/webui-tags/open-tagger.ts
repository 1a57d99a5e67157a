import { z } from 'zod';
import { isExpected, runError } from '../../shared/errors.ts';
import type { WebuiApi } from './api.ts';
import type { BorrowedOptions } from './borrowed-options.ts';
import { deepdanbooru } from './deepdanbooru.ts';
import { SDNEXT_PATH, sdnext } from './sdnext.ts';
import type { WebuiTagsSettings } from './settings.ts';
import { TAGGER_PATH, taggerExtension } from './tagger-extension.ts';
import type { Tagger } from './tags.ts';

const INTERROGATE_PATH = '/sdapi/v1/interrogate';
const pathsSchema = z.object({ paths: z.record(z.string(), z.unknown()) });

/**
 * The tagger that the settings name, or the best that the WebUI has.
 * @throws usage error `scorer-options`; run errors `scorer-start`, `scorer-unreachable`, `scorer-failed`; the signal's reason
 */
export async function openTagger(
  api: WebuiApi,
  options: BorrowedOptions,
  { via, model }: Pick<WebuiTagsSettings, 'via' | 'model'>,
  signal: AbortSignal,
): Promise<Tagger> {
  const list = await api.get('/openapi.json', pathsSchema, signal).catch((error: unknown) => {
    if (via !== 'auto' && isExpected(error) && error.code === 'scorer-failed') return undefined;
    throw error;
  });
  const ways = {
    tagger: { path: TAGGER_PATH, open: async () => taggerExtension(api, model, signal) },
    sdnext: { path: SDNEXT_PATH, open: async () => sdnext(api, model) },
    deepdanbooru: { path: INTERROGATE_PATH, open: async () => deepdanbooru(api, options, signal) },
  };
  // A server may hide what it has; then the way that is named is tried.
  if (list === undefined && via !== 'auto') return ways[via].open();
  const candidates = via === 'auto' ? [ways.tagger, ways.sdnext, ways.deepdanbooru] : [ways[via]];
  const way = candidates.find(({ path }) => path in (list?.paths ?? {}));
  if (way !== undefined) return way.open();
  const missing = candidates.map(({ path }) => path).join(', ');
  throw runError(
    'scorer-start',
    `Scorer "webui-tags" finds no tagger at ${api.shown}: it has no ${missing}; start the WebUI with --api, or correct the setting via.`,
  );
}
