/** The two sides of a queue over a real Redis, in this process. */
import { describe, expect, it } from 'vitest';
import { parseQueueAddress } from '../../src/queue/address.ts';
import { QueueConnection } from '../../src/queue/connection.ts';
import { RunQueue } from '../../src/queue/coordinator/run-queue.ts';
import { loadQueuePackages } from '../../src/queue/packages.ts';
import type { OpenServer } from '../../src/queue/worker/open-server.ts';
import { work } from '../../src/queue/worker/work.ts';
import { createJudge, createScorers } from '../../src/score/index.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { LocalEvaluator } from '../../src/trial/local-evaluator.ts';
import type { EvaluatorSettings } from '../../src/trial/local-evaluator.ts';
import type { ImageRequest } from '../../src/types.ts';
import { searchTiny, timelessJournal } from '../helpers/run-search.ts';
import { hasRedis, startRedis } from '../helpers/redis.ts';
import { TinyRenderer, type TinyRendererOptions } from '../helpers/tiny-renderer.ts';

const VERSION = '1.2.3';
const CONFIG = { iterations: 4, intervals: 10, retries: 2 };

async function connect(url: string): Promise<QueueConnection> {
  return QueueConnection.open(parseQueueAddress(url), await loadQueuePackages(), systemClock);
}

interface TestWorker {
  readonly images: () => number;
  readonly said: string[];
  drain(): Promise<void>;
}

async function startWorker(
  url: string,
  name: string,
  { version = VERSION, lease = 1, ...tiny }: TinyRendererOptions & { version?: string; lease?: number } = {},
): Promise<TestWorker> {
  const said: string[] = [];
  const renderer = new TinyRenderer(tiny);
  const open: OpenServer = async (description) => {
    const report = structuredClone(await renderer.open());
    const judge = createJudge(createScorers([{ id: 'quality', weight: 1, options: {} }]), 'arithmetic');
    return {
      address: null,
      rendererName: 'tiny',
      pixelGroup: 'abcdef01',
      report: { ...report, settings: {} },
      capabilities: structuredClone({ ...renderer.capabilities, parts: undefined }) as never,
      proof: null,
      warnings: [],
      createEvaluator: async (requests) =>
        new LocalEvaluator({
          renderer,
          judge,
          checksSize: true,
          requests,
          reference: undefined,
          checkEvery: 0,
          retries: Number(description.config['retries']),
          reconnect: 1,
          clock: systemClock,
        }),
      comeBack: async () => undefined,
      close: async () => undefined,
    };
  };
  const connection = await connect(url);
  const controller = new AbortController();
  const done = work({
    connection,
    name,
    version,
    lease,
    clock: systemClock,
    open,
    say: (sentence) => said.push(sentence),
    onImage: () => undefined,
    onState: () => undefined,
    drain: controller.signal,
  });
  return {
    images: () => renderer.images,
    said,
    drain: async () => {
      controller.abort();
      await done;
      await connection.close();
    },
  };
}

async function openQueue(url: string, requests: readonly ImageRequest[], said: string[] = []) {
  const connection = await connect(url);
  return RunQueue.open({
    connection,
    description: {
      version: VERSION,
      output: 'O',
      config: { retries: 2 },
      workflow: null,
      scoreAt: 'worker',
      scorers: [],
    },
    requests,
    reconnect: 1,
    clock: systemClock,
    say: (sentence) => said.push(sentence),
  });
}

describe.skipIf(!hasRedis)('a queue', () => {
  it('measures as this process does', async () => {
    const redis = await startRedis('secret');
    const here = await searchTiny({ config: CONFIG });
    const worker = await startWorker(redis.url, 'one');
    let queue: RunQueue | undefined;
    const there = await searchTiny({
      config: CONFIG,
      createEvaluator: async ({ requests, judge }: EvaluatorSettings) => {
        queue ??= await openQueue(redis.url, requests);
        return queue.evaluatorOf(await queue.firstWorker(AbortSignal.timeout(10_000)), requests, judge);
      },
    });
    expect(worker.images()).toBe(8);
    expect(there.csv).toBe(here.csv);
    expect(timelessJournal(there.journalText, there.folder)).toBe(
      timelessJournal(here.journalText, here.folder),
    );
    await queue?.close(true);
    await worker.drain();
    const looking = await connect(redis.url);
    expect((await looking.redis.keys('*')).filter((key) => !key.endsWith(':ended'))).toEqual([]);
    await looking.close();
  });
});
