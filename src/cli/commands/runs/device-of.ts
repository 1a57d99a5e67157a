/** What a server of a search computes on: a quick look, for a plan in words. */
import type { ServerSettings } from '../../../config/servers.ts';
import { NEVER_ABORTED } from '../../../shared/abort/never-aborted.ts';
import { lookAtDevice, type ServerDevice } from '../../../renderers/index.ts';

/** @returns undefined when nothing answers, or it does not say */
export async function deviceOf({ url, webuiAuth }: ServerSettings): Promise<ServerDevice | undefined> {
  return lookAtDevice({ url, auth: webuiAuth }, NEVER_ABORTED);
}
