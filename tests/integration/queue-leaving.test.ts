/** Whoever is told to leave does so, whether Redis answers or not; and a worker does not stay with a search that is dead. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { withQueue } from '../../src/cli/commands/runs/queued-run.ts';
import { RUNS_KEY } from '../../src/queue/keys.ts';
import { defaultEnvironment } from '../../src/run/environment.ts';
import { runSearch } from '../../src/run/run.ts';
import { NEVER_ABORTED } from '../../src/shared/abort/never-aborted.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { RunQueue } from '../../src/queue/coordinator/run-queue.ts';
import { connect, startWorker, VERSION } from '../helpers/queue-worker.ts';
import { hasRedis, startRedis } from '../helpers/redis.ts';
import { temporaryFolder, tinyConfig } from '../helpers/run-search.ts';
import { startSeverable } from '../helpers/severable.ts';

/** Nobody listens there. */
const NOWHERE = 1;
const REQUESTS = [
  {
    id: 'r',
    payload: 'p',
    prompt: '',
    negativePrompt: '',
    reverseScoring: false,
    seeds: [1],
    body: { width: 64, height: 64 },
  },
];

async function openRun(url: string, output: string): Promise<RunQueue> {
  return RunQueue.open({
    connection: await connect(url),
    description: {
      version: VERSION,
      output,
      config: { retries: 2 },
      workflow: null,
      scoreAt: 'worker',
      scorers: [],
    },
    requests: REQUESTS,
    reconnect: 1,
    clock: systemClock,
    signal: NEVER_ABORTED,
    say: () => undefined,
  });
}

describe.skipIf(!hasRedis)('where Redis is gone', () => {
  it.each([
    ['waits for a run', false],
    ['serves a run', true],
  ])('a worker leaves that %s', { timeout: 60_000 }, async (_, isServing) => {
    const redis = await startRedis();
    const run = isServing ? await openRun(redis.url, 'O') : undefined;
    const link = await startSeverable(redis.port);
    const worker = await startWorker(`redis://127.0.0.1:${link.port}`, 'one');
    await run?.firstWorker(NEVER_ABORTED);
    link.sever(NOWHERE);
    await expect.poll(() => worker.said.join(' '), { timeout: 10_000 }).toContain('is not answering');
    await worker.drain();
    await link.close();
    await run?.close(true);
  });

  it('a search ends that is interrupted while it waits for a worker', { timeout: 60_000 }, async () => {
    const redis = await startRedis();
    const link = await startSeverable(redis.port);
    const stop = new AbortController();
    const said: string[] = [];
    const { environment, close } = withQueue(
      defaultEnvironment({ signal: stop.signal, onWarning: (sentence) => said.push(sentence) }),
    );
    const config = tinyConfig({
      folder: temporaryFolder('leaving'),
      config: { queue: `redis://127.0.0.1:${link.port}` },
    });
    const run = runSearch(config, environment).then(
      () => 'done',
      () => 'stopped',
    );
    await expect.poll(() => said.join(' ')).toContain('Waiting for a worker');
    link.sever(NOWHERE);
    await sleep(100);
    stop.abort();
    expect(await run).toBe('stopped');
    await close();
    await link.close();
  });
});

it.skipIf(!hasRedis)(
  'a worker goes from a search that died to one that has no worker',
  { timeout: 40_000 },
  async () => {
    const redis = await startRedis();
    const link = await startSeverable(redis.port);
    const dead = await openRun(`redis://127.0.0.1:${link.port}`, 'the first');
    const worker = await startWorker(redis.url, 'one');
    await dead.firstWorker(NEVER_ABORTED);
    link.sever(NOWHERE);
    const next = await openRun(redis.url, 'the second');
    await next.firstWorker(AbortSignal.timeout(35_000));
    expect(worker.said).toContain(
      'The search "the first" has stopped responding. Its finished images are kept for it.',
    );
    const looking = await connect(redis.url);
    // It may go on: what was found for it is there.
    expect(await looking.redis.hlen(RUNS_KEY)).toBe(2);
    await worker.drain();
    await Promise.all([looking.close(), next.close(true), dead.close(false)]);
    await link.close();
  },
);
