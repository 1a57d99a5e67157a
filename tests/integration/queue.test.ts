/** The two sides of a queue over a real Redis, in this process. */
import { describe, expect, it } from 'vitest';
import { parseQueueAddress } from '../../src/queue/address.ts';
import { QueueConnection } from '../../src/queue/connection.ts';
import { registrationSchema } from '../../src/queue/contract.ts';
import { RunQueue } from '../../src/queue/coordinator/run-queue.ts';
import { KEPT_MS, keysOf } from '../../src/queue/keys.ts';
import { loadQueuePackages } from '../../src/queue/packages.ts';
import { removeKeys, touchKeys } from '../../src/queue/run-keys.ts';
import type { OpenServer } from '../../src/queue/worker/open-server.ts';
import { work } from '../../src/queue/worker/work.ts';
import { createJudge, createScorers, type Judge } from '../../src/score/index.ts';
import { uniformWeights } from '../../src/space/blocks.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { isExpected } from '../../src/shared/errors.ts';
import { LocalEvaluator } from '../../src/trial/local-evaluator.ts';
import type { EvaluatorSettings } from '../../src/trial/local-evaluator.ts';
import type { ImageRequest } from '../../src/types.ts';
import { searchTiny, timelessJournal } from '../helpers/run-search.ts';
import { hasRedis, hasRedisTls, startRedis, TLS_CERTIFICATE, TLS_OTHER_AUTHORITY } from '../helpers/redis.ts';
import { TinyRenderer, type TinyRendererOptions } from '../helpers/tiny-renderer.ts';

const VERSION = '1.2.3';
const CONFIG = { iterations: 4, intervals: 10, retries: 2 };

async function connect(url: string, authority?: string): Promise<QueueConnection> {
  return QueueConnection.open(parseQueueAddress(url, authority), await loadQueuePackages(), systemClock);
}

const REQUESTS: readonly ImageRequest[] = [0, 1, 2].map((n) => ({
  id: `p/${n}`,
  payload: 'p',
  prompt: 'stripes',
  negativePrompt: '',
  reverseScoring: false,
  seeds: [n],
  body: { width: 64, height: 64 },
}));

const qualityJudge = (): Judge =>
  createJudge(createScorers([{ id: 'quality', weight: 1, options: {} }]), 'arithmetic');

/** Of a worker that only draws. */
const NO_JUDGE: Judge = {
  range: { min: null, max: null },
  scorers: [],
  open: async () => undefined,
  judge: async () => Promise.resolve({ score: 0, raw: {} }),
  close: async () => undefined,
};

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
    const report = registrationSchema.shape.report.parse(await renderer.open());
    const judge = description.scoreAt === 'worker' ? qualityJudge() : NO_JUDGE;
    return {
      address: null,
      rendererName: 'tiny',
      pixelGroup: 'abcdef01',
      report,
      capabilities: registrationSchema.shape.capabilities.parse(renderer.capabilities),
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

async function openQueue(
  url: string,
  requests: readonly ImageRequest[],
  said: string[] = [],
  { identity, scoreAt = 'worker' }: { identity?: string; scoreAt?: 'worker' | 'coordinator' } = {},
): Promise<RunQueue> {
  const connection = await connect(url);
  return RunQueue.open({
    connection,
    description: {
      version: VERSION,
      output: 'O',
      config: { retries: 2 },
      workflow: null,
      scoreAt,
      scorers: [],
    },
    requests,
    identity,
    reconnect: 1,
    clock: systemClock,
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
      .toContain('The run "O" was begun by autombw 1.2.3, and this is 1.1.9');
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
      message: expect.stringContaining('asks for a password') as unknown,
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
    expect(await refusal(url)).toMatch(/^usage queue-tls: .* name its file with --queue-ca/);
    expect(await refusal(url, TLS_OTHER_AUTHORITY)).toMatch(
      /^usage queue-tls: .*not of the authority in --queue-ca/,
    );
    expect(await refusal(url.replace('127.0.0.1', '127.0.0.2'), TLS_CERTIFICATE)).toMatch(
      /^run queue-unreachable: /,
    );
    expect(await refusal(url.replace('rediss', 'redis'))).toMatch(
      /^usage queue-tls: .* speaks TLS: write rediss:/,
    );
    expect(await refusal(plain.url.replace('redis', 'rediss'))).toMatch(
      /^usage queue-tls: .* does not speak TLS: write redis:/,
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
    await expect.poll(sizes).toEqual([0, two]);
    // It is not drawn again where somebody asks for the rest.
    await evaluator.evaluate({ id: 1, weights }, { images }, signal, {});
    expect(worker.images()).toBe(2);
    queue.kept.recorded(1);
    await expect.poll(sizes).toEqual([]);
    await looking.close();
    await queue.close(true);
    await worker.drain();
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
