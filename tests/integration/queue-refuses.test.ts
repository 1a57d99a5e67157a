/** A real Redis that takes nothing more, or forgets: in the middle of a search or from the beginning, nothing is lost, and it is said what helps. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { describe, expect, it, onTestFinished } from 'vitest';
import { withQueue } from '../../src/cli/commands/runs/queued-run.ts';
import { parseJournal } from '../../src/journal/read.ts';
import type { RunSummary } from '../../src/run/5-finish.ts';
import { resumeRun, runSearch } from '../../src/run/run.ts';
import { ownVersion } from '../../src/shared/own-version.ts';
import { connect, startWorker, type TestWorker } from '../helpers/queue-worker.ts';
import { hasRedis, startRedis } from '../helpers/redis.ts';
import { environmentOf, searchTiny, timelessCsv, tinyConfig } from '../helpers/run-search.ts';

const ITERATIONS = 5;
const IMAGES = 3;
const CONFIG = { iterations: ITERATIONS, retries: 2, reconnect: 10 };
const PAYLOAD = { n_iter: IMAGES };

interface Ruled {
  readonly url: string;
  readonly set: (name: string, value: string) => Promise<void>;
  readonly client: Redis;
}

async function startRuled(): Promise<Ruled> {
  const { url } = await startRedis();
  const client = new Redis(url);
  onTestFinished(() => client.disconnect());
  return {
    url,
    client,
    set: async (name, value) => {
      await client.config('SET', name, value);
    },
  };
}

const FULL = ['maxmemory', '1'] as const;
const ROOMY = ['maxmemory', '0'] as const;

/** Slow enough that Redis is full before an iteration is over. */
async function startSlow(
  url: string,
  name: string,
  lease: number,
  onImage: () => void = () => undefined,
): Promise<TestWorker> {
  return startWorker(url, name, {
    version: ownVersion(),
    lease,
    onImage: async () => {
      await sleep(30);
      onImage();
    },
  });
}

interface Searching {
  readonly result: Promise<RunSummary>;
  readonly said: readonly string[];
}

/** Over the queue. @param journal of a run that goes on */
function search(
  queue: string,
  { journal, reconnect = CONFIG.reconnect }: { journal?: string; reconnect?: number } = {},
): Searching {
  const said: string[] = [];
  const listener = {
    name: 'listener',
    onNotice: ({ message }: { message: string }) => void said.push(message),
  };
  const setting = { observers: [listener], onWarning: (sentence: string) => void said.push(sentence) };
  const { environment, close } = withQueue(environmentOf(setting));
  const config = { ...CONFIG, queue, reconnect };
  const run = async (): Promise<RunSummary> => {
    try {
      return journal === undefined
        ? await runSearch(tinyConfig({ payload: PAYLOAD, config }), environment)
        : await resumeRun(journal, { queue, reconnect }, environment);
    } finally {
      await close();
    }
  };
  return { result: run(), said };
}

function textOf({ files }: RunSummary, kind: 'csv' | 'journal'): string {
  return readFileSync(files[kind] ?? '', 'utf8');
}

/** How many images each iteration has. */
function countsOf(summary: RunSummary): number[] {
  const { records } = parseJournal(textOf(summary, 'journal'), 'the test');
  return records.flatMap((entry) => (entry.kind === 'scored' ? entry.images.length : []));
}

describe.skipIf(!hasRedis)('a Redis', () => {
  it('that drops keys, is full or is a replica is refused with what helps', async () => {
    const { url, client, set } = await startRuled();
    await set('maxmemory', '100mb');
    await set('maxmemory-policy', 'volatile-lru');
    await expect(connect(url)).rejects.toMatchObject({
      code: 'queue-evicts',
      kind: 'usage',
      message: expect.stringMatching(/100\.00M.*volatile-lru.*set maxmemory-policy noeviction/) as unknown,
    });
    await set('maxmemory-policy', 'noeviction');
    await set(...FULL);
    await expect(connect(url)).rejects.toMatchObject({
      code: 'queue-refuses',
      kind: 'run',
      message: expect.stringMatching(/is full.*raise maxmemory/) as unknown,
    });
    await set(...ROOMY);
    const { port } = await startRedis();
    await client.replicaof('127.0.0.1', port);
    await expect(connect(url)).rejects.toMatchObject({
      code: 'queue-refuses',
      message: expect.stringMatching(/is a read-only replica.*address of its primary/) as unknown,
    });
    await client.replicaof('NO', 'ONE');
    await (await connect(url)).close();
  });

  it('that is full is not back because somebody no longer offers it anything', async () => {
    const { url, set } = await startRuled();
    const connection = await connect(url);
    const told: string[] = [];
    connection.listen({ onAway: () => void told.push('full'), onBack: () => void told.push('back') });
    const leaving = new AbortController();
    await set(...FULL);
    const put = async (): Promise<unknown> => connection.redis.set('image', 'bytes');
    const offered = connection.persist(put, leaving.signal);
    await expect.poll(() => told).toEqual(['full']);
    leaving.abort();
    await expect(offered).rejects.toBeDefined();
    // What needs no room is taken even so.
    await connection.persist(async () => connection.redis.del('image'));
    expect(await connection.beat(put)).toBe(false);
    expect(told).toEqual(['full']);
    await set(...ROOMY);
    expect(await connection.beat(put)).toBe(true);
    expect(told).toEqual(['full', 'back']);
    await connection.close();
  });

  it('that is full for a while holds search and worker up, and no image is lost or made again', async () => {
    const calm = await searchTiny({ payload: PAYLOAD, config: CONFIG });
    const { url, set } = await startRuled();
    let filling: Promise<void> | undefined;
    const worker = await startSlow(url, 'one', 1, () => {
      // In the second iteration: one of its images is taken, and the others wait.
      if (worker.images() === IMAGES + 2) filling = set(...FULL);
    });
    const { result, said } = search(url);
    await expect.poll(() => worker.said.join('\n')).toMatch(/is full.*Waiting for that to change/);
    await expect.poll(() => said.join('\n')).toMatch(/is full.*Waiting up to 10 minutes/);
    // Longer than its lease: others could take the job now.
    await sleep(1500);
    await filling;
    await set(...ROOMY);
    const summary = await result;
    expect(summary.reason.code).toBe('iterations');
    expect(timelessCsv(textOf(summary, 'csv'))).toBe(calm.csv);
    expect(countsOf(summary)).toEqual(Array.from({ length: ITERATIONS }, () => IMAGES));
    expect(worker.images()).toBe(ITERATIONS * IMAGES);
    // Whoever is told of it is told what helps.
    const told = [...said, ...worker.said].filter((sentence) => sentence.includes('is full'));
    for (const sentence of told) expect(sentence).toContain('raise maxmemory');
    await worker.drain();
  });

  it('that is full keeps several iterations from going on, and is said once, with its end', async () => {
    const { url, set } = await startRuled();
    let filling: Promise<void> | undefined;
    const workers: TestWorker[] = [];
    const fill = (): void => {
      if (workers.reduce((sum, worker) => sum + worker.images(), 0) >= 2 * IMAGES) filling ??= set(...FULL);
    };
    for (const name of ['one', 'two', 'three']) workers.push(await startSlow(url, name, 1, fill));
    const { result, said } = search(url);
    const linesOf = (text: RegExp): number => said.filter((sentence) => text.test(sentence)).length;
    await expect.poll(() => linesOf(/is full/)).toBeGreaterThan(0);
    // Every iteration that is open has looked by then.
    await sleep(1500);
    await filling;
    await set(...ROOMY);
    expect((await result).reason.code).toBe('iterations');
    expect(linesOf(/is full/)).toBe(1);
    expect(linesOf(/(?:is|are) back; the run continues/)).toBe(1);
    await Promise.all(workers.map(async (worker) => worker.drain()));
  });

  it('that comes back and has forgotten everything is told it again, and no worker is missed', async () => {
    const calm = await searchTiny({ payload: PAYLOAD, config: CONFIG });
    const redis = await startRedis({ isDurable: false });
    let restarting: Promise<void> | undefined;
    const restart = async (): Promise<void> => {
      await redis.kill();
      // Whoever looks at it meanwhile has its answer from the one that has forgotten.
      await sleep(1500);
      await redis.start();
    };
    const worker = await startWorker(redis.url, 'one', {
      version: ownVersion(),
      // It gives signs of life less often than workers are missed.
      lease: 60,
      onImage: async () => {
        await sleep(300);
        if (worker.images() === IMAGES + 1) restarting = restart();
      },
    });
    const { result, said } = search(redis.url);
    const summary = await result;
    await restarting;
    expect(summary.reason.code).toBe('iterations');
    expect(timelessCsv(textOf(summary, 'csv'))).toBe(calm.csv);
    expect(said.join('\n')).not.toMatch(/No worker|left/);
    await worker.drain();
  });

  it('that stays full ends the search, which goes on later; a worker leaves it when it is told to', async () => {
    const calm = await searchTiny({ payload: PAYLOAD, config: CONFIG });
    const { url, set } = await startRuled();
    let filling: Promise<void> | undefined;
    const leaving = await startSlow(url, 'leaving', 3, () => {
      if (leaving.images() === IMAGES + 1) filling = set(...FULL);
    });
    const first = await search(url, { reconnect: 0.02 }).result;
    await filling;
    expect(first).toMatchObject({
      reason: { code: 'error' },
      iterations: 1,
      failed: 0,
      canResume: true,
    });
    expect(first.reason.message).toMatch(/is full.*raise maxmemory.*\(--reconnect\)/);
    await leaving.drain();
    expect(leaving.said.join('\n')).toMatch(/finished images? could not be saved\. .* is full/);
    await set(...ROOMY);
    const worker = await startSlow(url, 'another', 3);
    const summary = await search(url, { journal: first.files['journal'] ?? '' }).result;
    expect(summary.reason.code).toBe('iterations');
    expect(timelessCsv(textOf(summary, 'csv'))).toBe(calm.csv);
    expect(countsOf(summary)).toEqual(Array.from({ length: ITERATIONS }, () => IMAGES));
    await worker.drain();
  });
});
