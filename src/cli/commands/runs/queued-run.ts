/** `--queue`: the servers of a run are workers elsewhere, beside those that `--webui` names. */
import { createHash } from 'node:crypto';
import { openSync, readSync, closeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { SECRET_KEYS, type SearchConfig } from '../../../config/schema.ts';
import { makeScorers } from '../../../judging/scoring.ts';
import type { RunFiles } from '../../../journal/name-run.ts';
import type { RunObserver } from '../../../observers/observer.ts';
import { parseQueueAddress } from '../../../queue/address.ts';
import { QueueConnection } from '../../../queue/connection.ts';
import type { Registration } from '../../../queue/contract.ts';
import { RemoteRenderer } from '../../../queue/coordinator/remote-renderer.ts';
import { RunQueue } from '../../../queue/coordinator/run-queue.ts';
import { loadQueuePackages } from '../../../queue/packages.ts';
import { scorePlace } from '../../../queue/score-place.ts';
import type { Renderer } from '../../../renderers/index.ts';
import type { Environment } from '../../../run/environment.ts';
import type { ConnectedServer } from '../../../run/prove-server.ts';
import { ownVersion } from '../../../shared/own-version.ts';
import { kindOfStop } from '../../../stop/stop-reason.ts';
import type { ImageRequest } from '../../../types.ts';

/** What says where a server is, or which one of several: the worker says that of its own. */
const OF_A_SERVER = ['webui', 'port', 'fleet', 'openTrials', 'modelsDir', 'queueCa', 'scoreAt'] as const;

export interface QueuedRuns {
  readonly environment: Environment;
  /** Jobs that wait for a worker; undefined where no run has a queue. */
  readonly depth: () => Promise<number | undefined>;
  /** Closes what a run has left open. Never throws. */
  readonly close: () => Promise<void>;
}

/** Runs whose configuration names a queue are served by its workers; others are left as they are. */
export function withQueue(usual: Environment): QueuedRuns {
  let current: OpenQueue | undefined;
  const close = async (isOver: boolean): Promise<void> => {
    const closing = current;
    current = undefined;
    await closing?.queue.close(isOver);
  };
  const environment: Environment = {
    ...usual,
    async createRenderers(config, requests, journal) {
      // One run of a chain after another.
      await close(false);
      if (config.queue === undefined) return usual.createRenderers(config, requests, journal);
      const own = hasServers(config) ? await usual.createRenderers(config, requests, journal) : [];
      current = await OpenQueue.open(config, requests, usual, journal);
      return [...own, ...(await current.renderers(own.length === 0, usual.signal))];
    },
    createEvaluator: async (settings) => {
      const { renderer, requests, judge } = settings;
      if (!(renderer instanceof RemoteRenderer) || current === undefined)
        return usual.createEvaluator(settings);
      return current.queue.evaluatorOf(renderer.worker, requests, judge);
    },
    provedElsewhere: (renderer) =>
      renderer instanceof RemoteRenderer && current !== undefined
        ? current.connected(renderer, renderer.worker)
        : usual.provedElsewhere?.(renderer),
    newcomers: () => {
      const open = current;
      return open && ((onCome) => open.follow(onCome));
    },
    createObservers: (config, files) => [
      ...usual.createObservers(config, files),
      ...(current === undefined ? [] : [observerOf(current, files, close)]),
    ],
  };
  return {
    environment,
    depth: async () => current?.queue.depth(),
    close: async () => close(false),
  };
}

/** Of one run. */
class OpenQueue {
  readonly queue: RunQueue;
  readonly #known = new Map<string, string>();
  #stopFollowing = (): void => undefined;

  private constructor(queue: RunQueue) {
    this.queue = queue;
  }

  static async open(
    config: SearchConfig,
    requests: readonly ImageRequest[],
    { clock, signal, onWarning }: Environment,
    journal: string | undefined,
  ): Promise<OpenQueue> {
    const address = parseQueueAddress(config.queue ?? '', config.queueCa);
    const connection = await QueueConnection.open(address, await loadQueuePackages(), clock);
    const scoreAt = scorePlace(config);
    const scorers = scoreAt === 'worker' ? makeScorers(config) : [];
    try {
      const queue = await RunQueue.open({
        connection,
        description: {
          version: ownVersion(),
          output: config.output,
          config: described(config),
          workflow: config.workflow === undefined ? null : await readFile(config.workflow, 'utf8'),
          scoreAt,
          scorers: scorers.map(({ scorer: { id, version } }) => ({ id, version })),
        },
        requests,
        identity: journal === undefined ? undefined : identityOf(journal),
        reconnect: config.reconnect,
        clock,
        signal,
        say: onWarning,
      });
      return new OpenQueue(queue);
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  /** @param waits until there is one */
  async renderers(waits: boolean, signal: AbortSignal): Promise<readonly Renderer[]> {
    if (waits) await this.queue.firstWorker(signal);
    else await this.queue.workers.look();
    return [...this.queue.workers.live.values()].map((worker) => this.#rendererOf(worker));
  }

  connected(renderer: Renderer, worker: Registration): ConnectedServer {
    const { proof, pixelGroup } = worker;
    return {
      renderer,
      proof: proof === null ? undefined : proofOf(proof),
      reference: undefined,
      pixelGroup,
      proveAgain: async (signal) => {
        await this.queue.comeBack(worker, signal);
        return this.queue.workers.live.get(worker.id)?.pixelGroup ?? pixelGroup;
      },
    };
  }

  /** Workers that were not there before. */
  follow(onCome: (renderer: Renderer) => void): void {
    this.#stopFollowing();
    this.#stopFollowing = this.queue.workers.listen({
      onJoin: (worker) => {
        if (!this.#known.has(worker.id)) onCome(this.#rendererOf(worker));
      },
    });
  }

  #rendererOf(worker: Registration): RemoteRenderer {
    const isTaken = [...this.#known].some(([id, name]) => name === worker.name && id !== worker.id);
    const name = isTaken ? worker.id : worker.name;
    this.#known.set(worker.id, name);
    return new RemoteRenderer(worker, name, async (signal) => this.queue.comeBack(worker, signal));
  }
}

const imageSchema = z.object({ request: z.string(), index: z.int(), pixels: z.string() });

/** What is recorded leaves the queue; a run that has reached its goal leaves nothing there. */
function observerOf(
  { queue }: OpenQueue,
  { journal }: RunFiles,
  close: (isOver: boolean) => Promise<void>,
): RunObserver {
  let isBound = false;
  return {
    name: 'queue',
    onRecord(record) {
      if (!isBound) {
        isBound = true;
        const identity = identityOf(journal);
        // Without it a later session draws a few images again.
        if (identity !== undefined) queue.bind(identity).catch(() => undefined);
      }
      const { kind, trial } = record;
      if (kind === 'image' || kind === 'proof-image') {
        const image = imageSchema.safeParse(record['image']).data;
        if (image !== undefined) queue.kept.imageRecorded(image);
      }
      if (typeof trial !== 'number') return;
      if (kind === 'forgotten') queue.kept.forgotten(trial);
      const isRecorded = kind === 'scored' || kind === 'failed' || kind === 'added';
      if (isRecorded) queue.kept.recorded(trial);
    },
    async onEnd({ reason }) {
      await close(kindOfStop(reason.code) === 'goal');
    },
  };
}

function proofOf({
  parts,
  last,
  parameters,
  ...proof
}: NonNullable<Registration['proof']>): ConnectedServer['proof'] {
  return {
    ...proof,
    ...(parts !== undefined && { parts }),
    ...(last !== undefined && { last }),
    ...(parameters !== undefined && { parameters }),
  };
}

function hasServers({ webui, port, fleet }: SearchConfig): boolean {
  return webui !== undefined || port !== undefined || fleet !== undefined;
}

/** As it may lie in Redis. */
function described(config: SearchConfig): Record<string, unknown> {
  const open: Record<string, unknown> = { ...structuredClone(config) };
  for (const key of [...SECRET_KEYS, ...OF_A_SERVER]) delete open[key];
  return open;
}

/** Hash of its first line, which never changes; undefined where there is none. */
function identityOf(journal: string): string | undefined {
  const hash = createHash('sha256');
  const buffer = Buffer.alloc(64 * 1024);
  let file: number | undefined;
  try {
    file = openSync(journal, 'r');
    for (;;) {
      const length = readSync(file, buffer);
      const end = buffer.subarray(0, length).indexOf('\n');
      hash.update(buffer.subarray(0, end < 0 ? length : end));
      if (end >= 0) return hash.digest('hex');
      if (length === 0) return undefined;
    }
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
