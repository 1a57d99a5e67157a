/** `autombw worker`: lends the WebUI beside it to runs that put their work into a queue. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseSearchConfig } from '../../../config/load.ts';
import { withoutLogin } from '../../../config/servers.ts';
import type { SearchConfig } from '../../../config/schema.ts';
import { makeScoring } from '../../../judging/scoring.ts';
import { serveMetrics, type MetricsServer } from '../../../metrics/server.ts';
import { WorkerMetrics } from '../../../metrics/worker-metrics.ts';
import { parseQueueAddress } from '../../../queue/address.ts';
import { QueueConnection } from '../../../queue/connection.ts';
import { registrationSchema, type RunDescription } from '../../../queue/contract.ts';
import { shortHash } from '../../../queue/keys.ts';
import { loadQueuePackages } from '../../../queue/packages.ts';
import type { OpenedServer, OpenServer } from '../../../queue/worker/open-server.ts';
import { work } from '../../../queue/worker/work.ts';
import { connectAlone, type LoneServer } from '../../../run/connect-alone.ts';
import { defaultEnvironment, type Environment } from '../../../run/environment.ts';
import type { Judge } from '../../../score/index.ts';
import { systemClock } from '../../../shared/clock.ts';
import { isExpected, runError, usageError } from '../../../shared/errors.ts';
import { ownVersion } from '../../../shared/own-version.ts';
import { EXIT, type CommandContext } from '../../cli-process.ts';
import type { ServerOptions } from '../../server-options.ts';
import { interruptible } from '../interruptible.ts';
import { claimsOf, withClaims } from '../runs/claimed-servers.ts';

type WorkerServer = Omit<ServerOptions, 'webui' | 'fleet'> & { readonly webui?: string };

export interface WorkerCommandOptions extends WorkerServer {
  readonly queue?: string;
  readonly queueCa?: string;
  readonly name?: string;
  readonly lease: number;
  readonly waitForServer?: boolean;
  readonly metrics?: number;
}

/** @returns 0 when it was told to stop and has left as it came */
export async function workerCommand(
  context: CommandContext,
  { queue, queueCa, name = usualName(), lease, metrics: metricsPort, ...options }: WorkerCommandOptions,
): Promise<number> {
  if (queue === undefined)
    throw usageError(
      'queue-address',
      'A worker needs a queue: give --queue redis://host:6379, or set AUTOMBW_QUEUE.',
    );
  const address = parseQueueAddress(queue, queueCa);
  const packages = await loadQueuePackages();
  const say = (sentence: string): void => context.note(sentence);
  const stopping =
    '\nStopping: finishing the current image; the rest goes back to the queue. Press Ctrl-C again to quit immediately.';
  return interruptible(context, { stopping }, async (interrupt) => {
    const { signal } = interrupt;
    const connection = await QueueConnection.open(address, packages, systemClock);
    const metrics = new WorkerMetrics(() => connection.trouble);
    const use = { work: 'worker', waits: options.waitForServer };
    const claims = claimsOf(context, use, signal);
    const environment = withClaims(
      // What is drawn is finished after the first signal.
      defaultEnvironment({ onWarning: say }),
      claims,
      use,
    );
    let server: MetricsServer | undefined;
    try {
      if (metricsPort !== undefined) {
        server = await serveMetrics(metricsPort, {
          trouble: () => metrics.trouble(),
          metrics: async () => metrics.metrics(),
        });
        say(`Metrics: http://127.0.0.1:${server.port}/metrics`);
      }
      await work({
        connection,
        name,
        version: ownVersion(),
        lease,
        clock: systemClock,
        open: openerOf(options, name, environment),
        say,
        onImage: (record) => metrics.noteImage(record),
        onState: (state) => metrics.noteState(state),
        drain: signal,
      });
      // Being told to stop is how a worker ends.
      const code = interrupt.exitCode();
      return code === undefined || code === EXIT.terminated ? EXIT.ok : code;
    } finally {
      claims?.release();
      await connection.close();
      await server?.close();
    }
  });
}

function usualName(): string {
  return os.hostname();
}

function openerOf(options: WorkerServer, name: string, usual: Environment): OpenServer {
  return async (description, requests, signal) => {
    const folder = await folderFor(description);
    const remove = async (): Promise<void> => {
      if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    };
    try {
      const config = await configOf(description, options, folder);
      const judge = await judgeOf(config, description, signal);
      const server = await connectAlone(config, requests, judge, { ...usual, signal });
      return opened(server, config, name, remove);
    } catch (error) {
      await remove();
      throw error;
    }
  };
}

/** Of the run's workflow, where it has one. */
async function folderFor({ workflow }: RunDescription): Promise<string | undefined> {
  return workflow === null ? undefined : mkdtemp(path.join(os.tmpdir(), 'autombw-worker-'));
}

function opened(
  server: LoneServer,
  config: SearchConfig,
  name: string,
  remove: () => Promise<void>,
): OpenedServer {
  const { address, proof, report, capabilities, pixelGroup, warnings } = server;
  const { shape } = registrationSchema;
  return {
    address: address === null ? null : withoutLogin(address),
    rendererName: server.name,
    // Addresses such as 127.0.0.1 are those of many workers.
    pixelGroup: config.check ? pixelGroup : `unproved-${shortHash(`${name} ${address ?? ''}`)}`,
    report: shape.report.parse(report),
    capabilities: shape.capabilities.parse(capabilities),
    proof: shape.proof.parse(proof ?? null),
    warnings: [...warnings],
    createEvaluator: async (wanted) => server.createEvaluator(wanted),
    async comeBack(signal) {
      for (;;) {
        await systemClock.sleep(COME_BACK_MS, signal);
        signal.throwIfAborted();
        try {
          const now = await server.proveAgain(signal);
          if (now === pixelGroup) return;
        } catch (error) {
          signal.throwIfAborted();
          if (!isExpected(error)) throw error;
          continue;
        }
        throw runError('servers-differ', 'it draws different pixels than before');
      }
    },
    async close() {
      await server.close();
      await remove();
    },
  };
}

const COME_BACK_MS = 3000;

/** The run's, with this worker's server. @throws usage error `config-invalid` */
async function configOf(
  { config, workflow }: RunDescription,
  { webui, port, webuiAuth, gradioAuth, modelsDir }: WorkerServer,
  folder: string | undefined,
): Promise<SearchConfig> {
  const file = folder === undefined ? undefined : path.join(folder, 'workflow.json');
  if (workflow !== null && file !== undefined) await writeFile(file, workflow);
  const { workflow: _, ...others } = config;
  return parseSearchConfig({
    ...others,
    ...(file !== undefined && { workflow: file }),
    ...(webui !== undefined && { webui }),
    ...(port !== undefined && { port }),
    ...(webuiAuth !== undefined && { webuiAuth }),
    ...(gradioAuth !== undefined && { gradioAuth }),
    ...(modelsDir !== undefined && { modelsDir }),
  });
}

/** @throws usage error `scorer-changed` where it would give other scores than the run's other workers */
async function judgeOf(
  config: SearchConfig,
  { scoreAt, scorers: wanted }: RunDescription,
  signal: AbortSignal,
): Promise<Judge> {
  if (scoreAt === 'coordinator') return NO_JUDGE;
  const { scorers, judge } = await makeScoring(config, signal);
  for (const { id, version } of wanted) {
    const own = scorers.find(({ scorer }) => scorer.id === id)?.scorer.version;
    if (own === version) continue;
    throw usageError(
      'scorer-changed',
      `The run is scored with ${id} ${version}, but this worker has ${own ?? 'none'}: use the same model files on both sides, or --score-at coordinator.`,
    );
  }
  return judge;
}

/** Its scores are never read: the coordinator gives them. */
const NO_JUDGE: Judge = {
  range: { min: null, max: null },
  scorers: [],
  open: async () => {},
  judge: () => Promise.resolve({ score: 0, raw: {} }),
  close: async () => {},
};
