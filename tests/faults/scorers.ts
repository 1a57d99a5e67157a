/** Programs and servers that score. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { startFaultProxy, type Deed, type Rule } from '../helpers/fault-proxy.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import type { Chapter, Promised, Scenario } from './scenario.ts';
import type { Setting } from './setting.ts';
import type { Stage } from './stage.ts';
import type { Outcome } from './scenario.ts';

const FIXTURES = path.resolve(import.meta.dirname, '../fixtures/scorers');

function command(script: string, args: readonly string[] = [], settings = {}): Setting {
  const run = [process.execPath, path.join(FIXTURES, script), ...args].map((word) => `'${word}'`).join(' ');
  return {
    config: { scorer: ['command'], scorerOptions: { command: { run, ...settings } }, scoreCache: false },
  };
}

const SOUND = command('sound.mjs');

interface Program {
  readonly name: string;
  readonly what: string;
  readonly does: string;
  readonly setting: () => Setting;
  readonly promise: Promised;
  readonly byNight?: boolean;
}

const PROGRAMS: readonly Program[] = [
  {
    name: 'scorer-crash-once',
    what: 'The scorer program ends in the middle of an image',
    does: 'restarts it and sends the same image again',
    setting: () => command('crash-once.mjs', [path.join(temporaryFolder('mark'), 'mark')]),
    promise: { exitCode: 0 },
  },
  {
    name: 'scorer-crash-always',
    what: 'The scorer program crashes at every image of one seed',
    does: "counts that image as missing, quoting the program's last output; the others count",
    setting: () => command('crash-on-seed.mjs', ['8']),
    promise: { exitCode: 0, missing: 3, vain: 1, says: /CUDA error: out of memory/ },
  },
  {
    name: 'scorer-hangs',
    what: 'The program does not answer within `timeout` seconds',
    does: 'kills it, restarts it and sends the image again; then ends the run after five failed iterations',
    setting: () => command('silent.mjs', [path.join(temporaryFolder('pid'), 'pid')], { timeout: 1 }),
    promise: { exitCode: 1, lost: 3, says: /did not answer|within 1 s/ },
    byNight: true,
  },
  {
    name: 'scorer-talks',
    what: 'The program prints other text between its answers',
    does: 'ignores them',
    setting: () => command('rubbish.mjs'),
    promise: { exitCode: 0, isSilent: true },
  },
  {
    name: 'scorer-cannot-start',
    what: 'The program reports that it cannot start',
    does: 'does not start, and quotes it',
    setting: () => command('refuses-to-start.mjs'),
    promise: { exitCode: 1, lost: 0, says: /Scorer "command"/ },
  },
  {
    name: 'scorer-missing',
    what: 'The program does not exist',
    does: 'does not start, and says so',
    setting: () => ({
      config: { scorer: ['command'], scorerOptions: { command: { run: '/nowhere/scorer' } } },
    }),
    promise: { exitCode: 1, says: /scorer/ },
  },
];

const programs = PROGRAMS.map(({ name, what, does, setting, promise, byNight = false }): Scenario => ({
  name,
  what,
  does,
  hurts: 'one image',
  servers: ['a1111'],
  byNight,
  promise,
  play: async (stage) => stage.search({ ...setting(), calmly: SOUND }),
}));

/** A number from the picture itself. */
async function startScorer(): Promise<{ readonly url: string; readonly close: () => void }> {
  const server = http.createServer((request, response) => {
    void buffer(request).then((body) => {
      const score = createHash('sha256').update(body).digest().readUInt32LE(0) / 2 ** 32;
      response.end(JSON.stringify({ score }));
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

interface Site {
  readonly name: string;
  readonly what: string;
  readonly does: string;
  readonly deed: Deed;
  readonly times?: number;
  readonly promise: Promised;
}

const again = 'tries up to three times, with growing pauses';
const SITES: readonly Site[] = [
  {
    name: 'site-reset',
    what: 'The connection to a scorer server breaks, once',
    does: again,
    deed: { cut: 'half' },
    promise: { exitCode: 0 },
  },
  {
    name: 'site-busy',
    what: 'It answers 429 or 503, once',
    does: again,
    deed: { answer: { status: 503, body: 'warming up' } },
    promise: { exitCode: 0 },
  },
  {
    name: 'site-page',
    what: 'It answers a web page with status 200, once',
    does: again,
    deed: { answer: { status: 200, body: '<html></html>' } },
    promise: { exitCode: 0 },
  },
  {
    name: 'site-nan',
    what: 'It answers null, NaN or a word as a score, once',
    does: 'tries again, then counts the image as missing; only a number becomes a score',
    deed: { answer: { status: 200, body: '{"score": null}' } },
    promise: { exitCode: 0, missing: 1, vain: 1 },
  },
  {
    name: 'site-error',
    what: 'It answers 500 to one image',
    does: 'counts the image as missing, quoting the server',
    deed: { answer: { status: 500, body: 'no face found' } },
    promise: { exitCode: 0, missing: 1, vain: 1, says: /no face found|^$/ },
  },
  {
    name: 'site-gone',
    what: 'It is gone for good',
    does: 'ends the run after failed iterations; `resume` continues when it is back',
    deed: { cut: 'before' },
    times: Infinity,
    promise: { exitCode: 1, lost: 5, says: /cannot be reached/ },
  },
];

async function playSite(stage: Stage, rules: readonly Rule[], times: number): Promise<Outcome> {
  const scorer = await startScorer();
  const proxy = await startFaultProxy({ target: scorer.url });
  proxy.arm(rules);
  const config = (url: string): Setting['config'] => ({
    scorer: ['http'],
    scorerOptions: { http: { url, retries: 3 } },
    scoreCache: false,
    ...(times === 1 ? {} : { iterations: 9 }),
  });
  try {
    return await stage.search({
      config: config(`${proxy.url}/score`) ?? {},
      calmly: { config: config(`${scorer.url}/score`) ?? {} },
    });
  } finally {
    await proxy.close();
    scorer.close();
  }
}

const sites = SITES.map(({ name, what, does, deed, times = 1, promise }): Scenario => ({
  name,
  what,
  does,
  hurts: 'one image',
  servers: ['a1111'],
  byNight: times > 1,
  promise,
  // The third image, when the first iteration is done.
  play: async (stage) => playSite(stage, [{ on: 'POST /score', nth: 3, times, deed }], times),
}));

export const SCORERS: Chapter = { title: 'What scores', scenarios: [...programs, ...sites] };
