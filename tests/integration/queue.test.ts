/** The two sides of a queue over a real Redis, in this process. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { RunQueue } from '../../src/queue/coordinator/run-queue.ts';
import { KEPT_MS, keysOf } from '../../src/queue/keys.ts';
import { removeKeys, touchKeys } from '../../src/queue/run-keys.ts';
import { uniformWeights } from '../../src/space/blocks.ts';
import { NEVER_ABORTED } from '../../src/shared/abort/never-aborted.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { isExpected } from '../../src/shared/errors.ts';
import type { EvaluatorSettings } from '../../src/trial/local-evaluator.ts';
import type { ImageRequest } from '../../src/types.ts';
import { startSeverable } from '../helpers/severable.ts';
import { searchTiny, timelessJournal } from '../helpers/run-search.ts';
import { hasRedis, hasRedisTls, startRedis, TLS_CERTIFICATE, TLS_OTHER_AUTHORITY } from '../helpers/redis.ts';
import { connect, descriptionOf, qualityJudge, startWorker } from '../helpers/queue-worker.ts';

const CONFIG = { iterations: 4, intervals: 10, retries: 2 };

const REQUESTS: readonly ImageRequest[] = [0, 1, 2].map((n) => ({
  id: `p/${n}`,
  payload: 'p',
  prompt: 'stripes',
  negativePrompt: '',
  reverseScoring: false,
  seeds: [n],
  body: { width: 64, height: 64 },
}));

async function openQueue(
  url: string,
  requests: readonly ImageRequest[],
  said: string[] = [],
  { identity, scoreAt = 'worker' }: { identity?: string; scoreAt?: 'worker' | 'coordinator' } = {},
): Promise<RunQueue> {
  const connection = await connect(url);
  return RunQueue.open({
    connection,
    description: descriptionOf(scoreAt),
    requests,
    identity,
    reconnect: 1,
    clock: systemClock,
    signal: NEVER_ABORTED,
    say: (sentence) => said.push(sentence),
  });
}

describe.skipIf(!hasRedis)('a queue', () => {
  it.each(['worker', 'coordinator'] as const)(
    'measures as this process does, with scores of the %s',
    async (scoreAt) => {
      const redis = await startRedis({ password: 'secret' });
      const here = await searchTiny({ config: CONFIG });
      const worker = await startWorker(redis.url, 'one');
      let queue: RunQueue | undefined;
      const there = await searchTiny({
        config: CONFIG,
        createEvaluator: async ({ requests, judge }: EvaluatorSettings) => {
          queue ??= await openQueue(redis.url, requests, [], { scoreAt });
          return queue.evaluatorOf(await queue.firstWorker(AbortSignal.timeout(10_000)), requests, judge);
        },
      });
      expect(worker.images()).toBe(8);
      expect(there.csv).toBe(here.csv);
      expect(timelessJournal(there.journalText, there.folder)).toBe(
        timelessJournal(here.journalText, here.folder),
      );
      await queue?.close(true);
      await expect
        .poll(() => worker.said.join(' '), { timeout: 20_000 })
        .toContain('no longer wants workers');
      await worker.drain();
      const looking = await connect(redis.url);
      expect((await looking.redis.keys('*')).filter((key) => !key.endsWith(':ended'))).toEqual([]);
      await looking.close();
    },
  );

  it('is served by workers of the same release alone, and says so', async () => {
    const redis = await startRedis();
    const said: string[] = [];
    const queue = await openQueue(redis.url, [], said);
    const worker = await startWorker(redis.url, 'old', { version: '1.1.9' });
    await expect
      .poll(() => worker.said.join(' '), { timeout: 20_000 })
      .toContain(
        'The run "O" was started by autombw 1.2.3, but this is 1.1.9: leaving it to workers of that version.',
      );
    expect(queue.workers.live.size).toBe(0);
    await worker.drain();
    await queue.close(true);
  });

  it('says in words that it does not take the login, without the password', async () => {
    const redis = await startRedis({ password: 'right' });
    const wrong = redis.url.replace('right', 'wrong-one');
    const refusal = { code: 'queue-login', message: expect.not.stringContaining('wrong-one') as unknown };
    await expect(connect(wrong)).rejects.toMatchObject(refusal);
    await expect(connect(redis.url.replace(':right@', ''))).rejects.toMatchObject({
      code: 'queue-login',
      message: expect.stringContaining('requires a password') as unknown,
    });
    await redis.kill();
    await expect(connect(redis.url)).rejects.toMatchObject({ code: 'queue-unreachable' });
  });

  it.skipIf(!hasRedisTls)('is reached over TLS, and says which of the two sides has it wrong', async () => {
    const redis = await startRedis({ password: 'right', isTls: true });
    const plain = await startRedis();
    const refusal = async (url: string, authority?: string): Promise<unknown> =>
      connect(url, authority).then(
        async (connection) => connection.close(),
        (error: unknown) => (isExpected(error) ? `${error.kind} ${error.code}: ${error.message}` : error),
      );
    expect(await refusal(redis.url, TLS_CERTIFICATE)).toBeUndefined();
    expect(await refusal(redis.url.replace('127.0.0.1', 'localhost'), TLS_CERTIFICATE)).toBeUndefined();
    const { url } = redis;
    expect(await refusal(url.replace('right', 'wrong'), TLS_CERTIFICATE)).toMatch(/^usage queue-login: /);
    expect(await refusal(url)).toMatch(/^usage queue-tls: .* give its file with --queue-ca/);
    expect(await refusal(url, TLS_OTHER_AUTHORITY)).toMatch(
      /^usage queue-tls: .*not from the authority in --queue-ca/,
    );
    expect(await refusal(url.replace('127.0.0.1', '127.0.0.2'), TLS_CERTIFICATE)).toMatch(
      /^run queue-unreachable: /,
    );
    expect(await refusal(url.replace('rediss', 'redis'))).toMatch(
      /^usage queue-tls: .* uses TLS: write rediss:/,
    );
    expect(await refusal(plain.url.replace('redis', 'rediss'))).toMatch(
      /^usage queue-tls: .* does not use TLS: write redis:/,
    );
  });

  it('keeps finished images for whoever goes on, and makes only the others', async () => {
    const redis = await startRedis();
    const requests = REQUESTS;
    const weights = uniformWeights(0.5, 'sd1');
    const images = requests.map(({ id }) => ({ request: id, index: 0 }));
    const judge = qualityJudge();
    const identity = '0123456789abcdef';
    const measureWith = async (wanted: typeof images, rearm = false): Promise<readonly string[]> => {
      const queue = await openQueue(redis.url, requests, [], { identity });
      const worker = await queue.firstWorker(AbortSignal.timeout(30_000));
      const evaluator = await queue.evaluatorOf(worker, requests, judge);
      const signal = new AbortController().signal;
      const outcome = await evaluator.evaluate({ id: 1, weights }, { images: wanted, rearm }, signal, {});
      expect(outcome.failure).toBeNull();
      await queue.close(false);
      return outcome.images.map(({ request }) => request);
    };
    const first = await startWorker(redis.url, 'first');
    expect(await measureWith(images.slice(0, 2))).toEqual(['p/0', 'p/1']);
    expect(first.images()).toBe(2);
    await first.drain();
    const second = await startWorker(redis.url, 'second');
    expect(await measureWith(images)).toEqual(['p/0', 'p/1', 'p/2']);
    expect(second.images()).toBe(1);
    // What cannot be right is not taken from there.
    expect(await measureWith(images, true)).toEqual(['p/0', 'p/1', 'p/2']);
    expect(second.images()).toBe(4);
    await second.drain();
  });

  it('holds a file until it is on the disk where the search runs, and an image until its iteration is recorded', async () => {
    const redis = await startRedis();
    const requests = REQUESTS.slice(0, 2);
    const worker = await startWorker(redis.url, 'one');
    const queue = await openQueue(redis.url, requests, [], { scoreAt: 'coordinator' });
    const first = await queue.firstWorker(AbortSignal.timeout(30_000));
    const evaluator = await queue.evaluatorOf(first, requests, qualityJudge());
    const weights = uniformWeights(0.5, 'sd1');
    const images = requests.map(({ id }) => ({ request: id, index: 0 }));
    const signal = new AbortController().signal;
    const outcome = await evaluator.evaluate({ id: 1, weights }, { images }, signal, {});
    expect(outcome.images).toHaveLength(2);
    const looking = await connect(redis.url);
    const sizes = async (): Promise<number[]> => {
      const keys = (await looking.redis.keys('*:shelf:*')).toSorted();
      const shelves = await Promise.all(keys.map(async (key) => looking.redis.hgetall(key)));
      return shelves.flatMap((fields) =>
        Object.keys(fields)
          .filter((field) => field.startsWith('file '))
          .toSorted()
          .map((field) => fields[field]?.length ?? 0),
      );
    };
    const [one, two] = await sizes();
    expect([one, two].every((size) => size !== undefined && size > 50)).toBe(true);
    const [image] = outcome.images;
    if (image === undefined) throw new Error('an image was expected');
    queue.kept.imageRecorded(image);
    await expect.poll(sizes).toEqual([two]);
    // It is not drawn again where somebody asks for the rest.
    await evaluator.evaluate({ id: 1, weights }, { images }, signal, {});
    expect(worker.images()).toBe(2);
    queue.kept.recorded(1);
    await expect.poll(sizes).toEqual([]);
    await looking.close();
    await queue.close(true);
    await worker.drain();
  });

  it('waits for what a worker still draws for a search that was killed, and draws nothing twice', async () => {
    const redis = await startRedis();
    const elsewhere = await startRedis();
    const link = await startSeverable(redis.port);
    const identity = '0123456789abcdef';
    const weights = uniformWeights(0.5, 'sd1');
    const images = REQUESTS.map(({ id }) => ({ request: id, index: 0 }));
    const slow = { lease: 60, onImage: async () => sleep(300) };
    const workers = [await startWorker(redis.url, 'one', slow), await startWorker(redis.url, 'two', slow)];
    const drawn = (): number => workers.reduce((sum, worker) => sum + worker.images(), 0);
    const measure = async (url: string, wanted: typeof images, signal: AbortSignal): Promise<string[]> => {
      const queue = await openQueue(url, REQUESTS, [], { identity });
      const worker = await queue.firstWorker(AbortSignal.timeout(30_000));
      const evaluator = await queue.evaluatorOf(worker, REQUESTS, qualityJudge());
      try {
        const outcome = await evaluator.evaluate({ id: 1, weights }, { images: wanted }, signal, {});
        expect(outcome.failure).toBeNull();
        queue.kept.recorded(1);
        return outcome.images.map(({ request }) => request);
      } finally {
        await queue.close(false);
      }
    };
    const dying = new AbortController();
    const first = measure(`redis://127.0.0.1:${link.port}`, images, dying.signal);
    first.catch(() => undefined);
    await expect.poll(drawn, { timeout: 30_000 }).toBeGreaterThan(0);
    link.sever(elsewhere.port);
    dying.abort();
    // As if the journal had the first one.
    expect(await measure(redis.url, images.slice(1), new AbortController().signal)).toEqual(['p/1', 'p/2']);
    expect(drawn()).toBe(3);
    await expect(first).rejects.toThrow();
    await Promise.all(workers.map(async (worker) => worker.drain()));
    await link.close();
  });

  it('has no job carried out whose iteration is recorded', async () => {
    const redis = await startRedis();
    const one = await startWorker(redis.url, 'one', { lease: 60 });
    const queue = await openQueue(redis.url, REQUESTS);
    const registered = await queue.firstWorker(AbortSignal.timeout(30_000));
    await one.drain();
    const evaluator = await queue.evaluatorOf(registered, REQUESTS, qualityJudge());
    const trial = { id: 1, weights: uniformWeights(0.5, 'sd1') };
    const images = [{ request: 'p/0', index: 0 }];
    const asked = evaluator.evaluate(trial, { images }, AbortSignal.timeout(60_000), {});
    asked.catch(() => undefined);
    await expect.poll(async () => queue.depth(), { timeout: 30_000 }).toBe(1);
    queue.kept.recorded(1);
    await expect.poll(async () => queue.depth(), { timeout: 30_000 }).toBe(0);
    await queue.close(false);
  });

  it('gives keys a week, and leaves those alone that live shorter for a reason', async () => {
    const redis = await startRedis();
    const connection = await connect(redis.url);
    const client = connection.redis;
    const keys = keysOf('0123456789abcdef');
    await client.set(`${keys.prefix}:group-a:id`, '1');
    await client.set(`${keys.prefix}:group-a:stalled-check`, '1', 'PX', 5000);
    await client.set(keys.set('ab'), '1', 'PX', KEPT_MS / 2);
    await client.set('autombw:{other}:x', '1');
    await touchKeys(client, keys);
    expect(await client.pttl(`${keys.prefix}:group-a:id`)).toBeGreaterThan(KEPT_MS / 2);
    expect(await client.pttl(keys.set('ab'))).toBeGreaterThan(KEPT_MS / 2);
    expect(await client.pttl(`${keys.prefix}:group-a:stalled-check`)).toBeLessThanOrEqual(5000);
    await removeKeys(client, keys);
    expect(await client.keys('*')).toEqual(['autombw:{other}:x']);
    await connection.close();
  });
});
