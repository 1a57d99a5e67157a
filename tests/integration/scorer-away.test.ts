/** A scorer whose server is away in the middle of a run: nothing that is drawn is lost, with one WebUI and with a queue. */
import { once } from 'node:events';
import http from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { appendRequest } from '../../src/journal/control.ts';
import { parseJournal } from '../../src/journal/read.ts';
import type { RunObserver } from '../../src/observers/observer.ts';
import { RunQueue } from '../../src/queue/coordinator/run-queue.ts';
import type { Asking, Judge } from '../../src/score/index.ts';
import { calibrate } from '../../src/run/calibrate.ts';
import { NEVER_ABORTED } from '../../src/shared/abort/never-aborted.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { runError } from '../../src/shared/errors.ts';
import type { EvaluatorSettings } from '../../src/trial/local-evaluator.ts';
import { connect, descriptionOf, qualityJudge, startWorker } from '../helpers/queue-worker.ts';
import { hasRedis, startRedis } from '../helpers/redis.ts';
import { environmentOf, searchTiny, tinyConfig, type SearchResult } from '../helpers/run-search.ts';
import { hurriedClock, ofKind, resumeOn, searchOn, startFaulty } from '../helpers/simulated-search.ts';
import { TinyRenderer } from '../helpers/tiny-renderer.ts';

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** Always the same number, or status 503. @param refuses whether an image gets 503 for good, by the order in which images come, from 1 */
async function startSite(refuses: (image: number) => boolean = () => false) {
  let isThere = true;
  let asked = 0;
  const seen: string[] = [];
  const server = http.createServer((request, response) => {
    void text(request).then((body) => {
      asked++;
      if (!seen.includes(body)) seen.push(body);
      if (isThere && !refuses(seen.indexOf(body) + 1)) response.end(JSON.stringify({ score: 0.5 }));
      else response.writeHead(503).end('loading');
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('a port was expected');
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${address.port}/score`,
    asked: () => asked,
    set: (there: boolean) => {
      isThere = there;
    },
  };
}

it('is told to stop and does so at once; the images that were drawn are scored when it is resumed', async () => {
  const webui = await startFaulty({});
  closing.push(async () => webui.close());
  const site = await startSite();
  const http = { url: site.url, retries: 0 };
  const config = {
    scorer: ['http'],
    scorerOptions: { http },
    scoreCache: false,
    reconnect: 60,
    iterations: 4,
  };
  const calm = await searchOn([webui], { config });
  let journal = '';
  let trials = 0;
  const sentences: string[] = [];
  const observer: RunObserver = {
    name: 'test',
    onBegin: ({ journal: file }) => {
      journal = file;
    },
    onTrial: () => {
      if (++trials === 2) site.set(false);
    },
    onServer: ({ state, sentence }) => {
      if (state !== 'waiting') return;
      sentences.push(sentence);
      appendRequest(journal, { request: 'stop', by: 'autombw stop' });
    },
  };
  // By a clock in which an hour is one.
  const stopped = await searchOn([webui], { config, observers: [observer], clock: systemClock });
  expect(sentences[0]).toMatch(/^Scorer "http": .*status 503, "loading".* waits up to 60 minutes/);
  expect(stopped.summary).toMatchObject({
    reason: { code: 'interrupted', message: 'Stopped by autombw stop.' },
    iterations: 2,
    failed: 0,
  });
  site.set(true);
  const resumed = await resumeOn([webui], journal, {});
  expect(resumed.csv).toBe(calm.csv);
  expect(resumed.notices.join(' ')).toMatch(/Iteration 3: \d images? had come before/);
});

it('is away for a calibration, which waits for it', async () => {
  const site = await startSite();
  const hurried = hurriedClock();
  const said: string[] = [];
  const renderer = new TinyRenderer({
    onImage: () => {
      if (renderer.images === 1) site.set(false);
    },
  });
  const config = tinyConfig({
    config: { scorer: ['http'], scorerOptions: { http: { url: site.url, retries: 0 } }, scoreCache: false },
  });
  const clock = {
    ...hurried,
    sleep: async (milliseconds: number, signal: AbortSignal) => {
      site.set(true);
      return hurried.sleep(milliseconds, signal);
    },
  };
  const setting = { renderers: [renderer], clock, onWarning: (sentence: string) => void said.push(sentence) };
  // Every image has the same score there.
  await expect(calibrate(config, environmentOf(setting), () => {})).rejects.toMatchObject({
    code: 'calibration-flat',
  });
  expect(said.join(' ')).toMatch(/status 503, "loading".*waits up to 30 minutes.*is back/);
  expect(renderer.images).toBe(4);
});

it('never answers for one image, which is missing; the run goes on', async () => {
  const site = await startSite((image) => image === 3);
  const http = { url: site.url, retries: 0 };
  const config = { scorer: ['http'], scorerOptions: { http }, scoreCache: false, iterations: 3 };
  const renderer = new TinyRenderer();
  const { summary, journalText } = await searchTiny({ renderers: [renderer], config, clock: hurriedClock() });
  expect(summary).toMatchObject({ reason: { code: 'iterations' }, iterations: 3, failed: 0 });
  const { records } = parseJournal(journalText, 'it');
  const missing = ofKind(records, 'scored').flatMap((record) => record.missing ?? []);
  expect(missing).toEqual([
    expect.objectContaining({ message: expect.stringContaining('The server is running') }),
  ]);
  expect(renderer.images).toBe(6);
});

/** Of a judge that has one scorer. */
function awayAtThird(judge: Judge, isForGood = false): Judge {
  let asked = 0;
  const once: Asking = async (_, ask) => ask();
  return {
    ...judge,
    judge: async (item, signal, asking = once) =>
      asking('quality', async () => {
        asked++;
        if (asked === 3 || (isForGood && asked > 3))
          throw runError('scorer-unreachable', 'It is gone.', { endsRun: true });
        return judge.judge(item, signal);
      }),
  };
}

const CONFIG = { iterations: 4, intervals: 10, retries: 2 };

/** @param judgeOf what scores where the search runs @param onNotice told of all that people are told */
async function searchWithQueue(
  url: string,
  scoreAt: 'worker' | 'coordinator',
  judgeOf: (judge: Judge) => Judge,
  onNotice: (message: string) => void = () => undefined,
): Promise<{ readonly there: SearchResult; readonly notices: readonly string[] }> {
  let queue: RunQueue | undefined;
  const notices: string[] = [];
  const hear = ({ message }: { readonly message: string }): void => {
    notices.push(message);
    onNotice(message);
  };
  const there = await searchTiny({
    config: CONFIG,
    observers: [{ name: 'test', onNotice: hear }],
    createEvaluator: async ({ requests, judge }: EvaluatorSettings) => {
      queue ??= await RunQueue.open({
        connection: await connect(url),
        description: descriptionOf(scoreAt),
        requests,
        reconnect: 1,
        clock: systemClock,
        signal: NEVER_ABORTED,
        say: () => undefined,
      });
      const first = await queue.firstWorker(AbortSignal.timeout(30_000));
      return queue.evaluatorOf(first, requests, judgeOf(judge));
    },
  });
  await queue?.close(true);
  return { there, notices };
}

describe.skipIf(!hasRedis)('with a queue', () => {
  it.each(['worker', 'coordinator'] as const)('is waited for where the %s scores', async (scoreAt) => {
    const redis = await startRedis();
    const here = await searchTiny({ config: CONFIG });
    const worker = await startWorker(redis.url, 'one', { judge: awayAtThird(qualityJudge()) });
    const { there, notices } = await searchWithQueue(redis.url, scoreAt, awayAtThird);
    expect(there.summary.failed).toBe(0);
    expect(notices.join(' ')).toMatch(/It is gone\. .*waits up to 1 minute .*is back; the run continues/);
    expect(worker.images()).toBe(8);
    expect(there.csv).toBe(here.csv);
    await worker.drain();
  });

  it('a worker that leaves meanwhile hands on what it has drawn, and the search scores it', async () => {
    const redis = await startRedis();
    const here = await searchTiny({ config: CONFIG });
    const one = await startWorker(redis.url, 'one', { judge: awayAtThird(qualityJudge(), true) });
    let two: ReturnType<typeof startWorker> | undefined;
    let left: Promise<void> | undefined;
    const { there } = await searchWithQueue(
      redis.url,
      'worker',
      (judge) => judge,
      (message) => {
        if (!message.includes('It is gone.')) return;
        left ??= one.drain();
        two ??= startWorker(redis.url, 'two');
      },
    );
    await left;
    expect(there.summary.failed).toBe(0);
    expect(there.csv).toBe(here.csv);
    const worker = await two;
    expect(worker?.images()).toBe(4);
    expect(one.images()).toBe(4);
    await worker?.drain();
  });
});
