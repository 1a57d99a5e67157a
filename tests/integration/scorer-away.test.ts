/** A scorer whose server is away in the middle of a run: nothing that is drawn is lost, with one WebUI and with a queue. */
import { once } from 'node:events';
import http from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { appendRequest } from '../../src/journal/control.ts';
import type { RunObserver } from '../../src/observers/observer.ts';
import { RunQueue } from '../../src/queue/coordinator/run-queue.ts';
import type { Asking, Judge } from '../../src/score/index.ts';
import { NEVER_ABORTED } from '../../src/shared/abort/never-aborted.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { runError } from '../../src/shared/errors.ts';
import type { EvaluatorSettings } from '../../src/trial/local-evaluator.ts';
import { connect, qualityJudge, startWorker, VERSION } from '../helpers/queue-worker.ts';
import { hasRedis, startRedis } from '../helpers/redis.ts';
import { searchTiny } from '../helpers/run-search.ts';
import { resumeOn, searchOn, startFaulty } from '../helpers/simulated-search.ts';

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** Always the same number, or status 503. */
async function startSite() {
  let isThere = true;
  const server = http.createServer((request, response) => {
    request.resume();
    if (isThere) response.end(JSON.stringify({ score: 0.5 }));
    else response.writeHead(503).end('loading');
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

/** Of a judge that has one scorer. */
function awayAtThird(judge: Judge): Judge {
  let asked = 0;
  const once: Asking = async (_, ask) => ask();
  return {
    ...judge,
    judge: async (item, signal, asking = once) =>
      asking('quality', async () => {
        if (++asked === 3) throw runError('scorer-unreachable', 'It is gone.', { endsRun: true });
        return judge.judge(item, signal);
      }),
  };
}

describe.skipIf(!hasRedis)('with a queue', () => {
  it.each(['worker', 'coordinator'] as const)('is waited for where the %s scores', async (scoreAt) => {
    const redis = await startRedis();
    const config = { iterations: 4, intervals: 10, retries: 2 };
    const here = await searchTiny({ config });
    const worker = await startWorker(redis.url, 'one', { judge: awayAtThird(qualityJudge()) });
    let queue: RunQueue | undefined;
    const notices: string[] = [];
    const there = await searchTiny({
      config,
      observers: [{ name: 'test', onNotice: ({ message }) => void notices.push(message) }],
      createEvaluator: async ({ requests, judge }: EvaluatorSettings) => {
        queue ??= await RunQueue.open({
          connection: await connect(redis.url),
          description: {
            version: VERSION,
            output: 'O',
            config: { retries: 2 },
            workflow: null,
            scoreAt,
            scorers: [],
          },
          requests,
          reconnect: 1,
          clock: systemClock,
          signal: NEVER_ABORTED,
          say: () => undefined,
        });
        const first = await queue.firstWorker(AbortSignal.timeout(30_000));
        return queue.evaluatorOf(first, requests, awayAtThird(judge));
      },
    });
    expect(there.summary.failed).toBe(0);
    expect(notices.join(' ')).toMatch(/It is gone\. .*waits up to 1 minute .*is back; the run continues/);
    expect(worker.images()).toBe(8);
    expect(there.csv).toBe(here.csv);
    await queue?.close(true);
    await worker.drain();
  });
});
