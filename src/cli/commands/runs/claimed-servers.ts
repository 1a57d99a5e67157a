/** The servers of a command belong to it until it ends: `--wait-for-server`, and who else has them. */
import { Claims } from '../../../claims/claims.ts';
import { serversOf } from '../../../config/servers.ts';
import type { Environment } from '../../../run/environment.ts';
import { systemClock } from '../../../shared/clock.ts';
import type { CommandContext } from '../../cli-process.ts';

/** What a command uses servers for. */
export interface ServerUse {
  /** `search`, `proof`: what others are told, with the name of the merged model. */
  readonly work: string;
  /** `--wait-for-server`. Default false. */
  readonly waits?: boolean | undefined;
}

export function claimsOf(
  context: CommandContext,
  use: ServerUse | undefined,
  signal: AbortSignal,
): Claims | undefined {
  if (use === undefined) return undefined;
  const say = (sentence: string): void => context.note(sentence);
  return new Claims({ waits: use.waits === true, say, signal, clock: systemClock });
}

/**
 * A server is claimed before anything is asked of it, and after everything that is found without one. Of several, one that
 * somebody else uses is left for later: the run asks it again now and then.
 */
export function withClaims(
  environment: Environment,
  claims: Claims | undefined,
  use: ServerUse | undefined,
): Environment {
  if (claims === undefined || use === undefined) return environment;
  return {
    ...environment,
    createRenderers: async (config, requests, journal) => {
      const servers = await serversOf(config);
      const work = `${use.work} "${config.output}"`;
      const [only, ...others] = servers;
      if (only !== undefined && others.length === 0) await claims.take(only.url, work);
      const renderers = await environment.createRenderers(config, requests, journal);
      let isAnyOpen = false;
      const isSpared = (): boolean => isAnyOpen;
      for (const [n, renderer] of renderers.entries()) {
        const url = servers[n]?.url;
        const open = renderer.open.bind(renderer);
        renderer.open = async (signal) => {
          if (url !== undefined) await claims.take(url, work, isSpared);
          // The server may show a search of another machine.
          const report = await claims.whenFree(async () => open(signal), isSpared);
          isAnyOpen = true;
          return report;
        };
      }
      return renderers;
    },
  };
}
