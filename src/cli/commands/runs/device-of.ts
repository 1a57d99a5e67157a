/** What the server of a search computes on: a quick look, for a plan in words. */
import { webuiUrl } from '../../../config/load.ts';
import type { SearchConfig } from '../../../config/schema.ts';
import { NEVER_ABORTED } from '../../../shared/abort/never-aborted.ts';
import { lookAtDevice, type ServerDevice } from '../../../renderers/index.ts';

/** @returns undefined when nothing answers, or it does not say */
export async function deviceOf(config: SearchConfig): Promise<ServerDevice | undefined> {
  return lookAtDevice({ url: webuiUrl(config), auth: config.webuiAuth }, NEVER_ABORTED);
}
