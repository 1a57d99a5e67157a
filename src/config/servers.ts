/** Which servers work on a search, and how each of them is reached: the one place that knows it. */
import { usageError } from '../shared/errors.ts';
import { readFleetFile } from './fleet-file.ts';
import { isSameAddress, webuiUrls, type ServerAddress } from './parse.ts';
import type { SearchConfig } from './schema.ts';

/** One server. Logins are in it: it reaches no file, no log and no page. */
export interface ServerSettings {
  /** As a fleet file calls it, for messages; undefined where nobody has named it. */
  readonly name: string | undefined;
  readonly url: string;
  readonly webuiAuth: string | undefined;
  readonly gradioAuth: string | undefined;
  readonly backend: SearchConfig['backend'];
  readonly modelsDir: string | undefined;
  /** As this server knows the models. */
  readonly modelA: string;
  readonly modelB: string;
}

export type ServersConfig = Pick<
  SearchConfig,
  'webui' | 'port' | 'fleet' | 'webuiAuth' | 'gradioAuth' | 'backend' | 'modelsDir' | 'modelA' | 'modelB'
>;

/**
 * At least one. What a fleet file does not say of a server is that of the options.
 * @throws usage errors `config-invalid`, `fleet-file`
 */
export async function serversOf(config: ServersConfig): Promise<readonly ServerSettings[]> {
  const { fleet, webuiAuth, gradioAuth, backend, modelsDir, modelA, modelB } = config;
  const urls = webuiUrls(config);
  const usual = { name: undefined, webuiAuth, gradioAuth, backend, modelsDir, modelA, modelB };
  if (fleet === undefined) return urls.map((url) => ({ ...usual, url }));
  const servers = (await readFleetFile(fleet)).map((own) => ({
    name: own.name,
    url: own.url,
    webuiAuth: own.webuiAuth ?? webuiAuth,
    gradioAuth: own.gradioAuth ?? gradioAuth,
    backend: own.backend ?? backend,
    modelsDir: own.modelsDir ?? modelsDir,
    modelA: own.modelA ?? modelA,
    modelB: own.modelB ?? modelB,
  }));
  for (const [n, { name, url }] of servers.entries()) {
    const before = servers.slice(0, n);
    const twice = before.some((other) => isSameAddress(url, other.url))
      ? url
      : before.some((other) => name !== undefined && other.name === name)
        ? name
        : undefined;
    if (twice === undefined) continue;
    const shown = withoutLogin(twice);
    throw usageError('fleet-file', `The fleet file ${fleet} lists ${shown} twice: name each WebUI once.`);
  }
  return servers;
}

/** Their addresses alone. @throws as {@link serversOf} */
export async function addressesOf({ fleet, ...given }: ServerAddress): Promise<readonly string[]> {
  const urls = webuiUrls({ ...given, fleet });
  return fleet === undefined ? urls : (await readFleetFile(fleet)).map(({ url }) => url);
}

/** An address as it may be shown and recorded. */
export function withoutLogin(address: string): string {
  return address.replace(/(?<=\/\/)[^/]*@/, '');
}
