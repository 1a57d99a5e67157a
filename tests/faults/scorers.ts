/** Programs and servers that score. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { startFaultProxy, type Deed, type FaultProxy, type Rule } from '../helpers/fault-proxy.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import type { Chapter, Promised, Scenario } from './scenario.ts';
import type { Scene, Setting } from './setting.ts';
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
];

interface SiteSetting {
  /** Of the proxy before the server that scores; in force from the end of the first iteration on. */
  readonly rules: (scene: Scene, proxy: FaultProxy) => readonly Rule[];
  readonly config?: Readonly<Record<string, unknown>>;
  /** How often the scorer asks at once, before the run waits. */
  readonly retries?: number;
}

async function playSite(stage: Stage, { rules, config = {}, retries = 3 }: SiteSetting): Promise<Outcome> {
  const scorer = await startScorer();
  const proxy = await startFaultProxy({ target: scorer.url });
  const asking = (url: string): Readonly<Record<string, unknown>> => ({
    scorer: ['http'],
    scorerOptions: { http: { url, retries } },
    scoreCache: false,
    ...config,
  });
  try {
    return await stage.search({
      config: { reconnect: 5, ...asking(`${proxy.url}/score`) },
      calmly: { config: asking(`${scorer.url}/score`) },
      rules: (scene) => {
        proxy.arm(rules(scene, proxy));
        return [];
      },
      // Whoever resumes finds it well.
      check: () => {
        proxy.arm([]);
        return [];
      },
    });
  } finally {
    await proxy.close();
    scorer.close();
  }
}

const sites = SITES.map(({ name, what, does, deed, promise }): Scenario => ({
  name,
  what,
  does,
  hurts: 'one image',
  servers: ['a1111'],
  promise,
  // The third image, when the first iteration is done.
  play: async (stage) => playSite(stage, { rules: () => [{ on: 'POST /score', deed }] }),
}));

/** Nothing listens, and what is asked is not answered. @param nth request that finds it so */
function leaves(scene: Scene, proxy: FaultProxy, on: string, minutes: number, nth = 1): readonly Rule[] {
  const act = async (): Promise<void> => {
    scene.timeline.at(minutes, async () => proxy.comeBack());
    await proxy.leave();
  };
  return [{ on, nth, deed: { act } }];
}

const TAGS = { prompt: 'green hills, blue sky, small house', negative_prompt: 'blurry' };

const waits =
  'keeps the images that are drawn and waits up to `--reconnect` minutes, then scores them and continues';
const IS_BACK = /cannot be reached[^]*waits up to 5 minutes[^]*is back; the run continues/;

const away: readonly Scenario[] = [
  {
    name: 'site-away',
    what: 'The scorer server is down for minutes',
    does: waits,
    hurts: 'nobody',
    servers: ['a1111', 'comfyui'],
    promise: { exitCode: 0, says: IS_BACK },
    play: async (stage) =>
      playSite(stage, { retries: 0, rules: (scene, proxy) => leaves(scene, proxy, 'POST /score', 3) }),
  },
  {
    name: 'site-starts',
    what: 'It answers 502, 503 or 504 for minutes, as while it loads its model',
    does: 'the same',
    hurts: 'nobody',
    servers: ['a1111'],
    promise: { exitCode: 0, says: /status 503[^]*waits up to 5 minutes[^]*is back/ },
    play: async (stage) =>
      playSite(stage, {
        retries: 0,
        rules: () => [{ on: 'POST /score', times: 5, deed: { answer: { status: 503, body: 'loading' } } }],
      }),
  },
  {
    name: 'site-away-in-proof',
    what: 'It is down for minutes during the proof',
    does: 'the same',
    hurts: 'nobody',
    servers: ['a1111'],
    promise: { exitCode: 0, says: IS_BACK },
    play: async (stage) =>
      playSite(stage, {
        retries: 0,
        config: { prove: 4 },
        // The two images of each further iteration come before.
        rules: (scene, proxy) => leaves(scene, proxy, 'POST /score', 3, 6),
      }),
  },
  {
    name: 'tags-away',
    what: 'The WebUI that sees tags in the images is down for minutes',
    does: 'the same',
    hurts: 'one image',
    servers: ['a1111'],
    byNight: true,
    promise: { exitCode: 0, vain: 2, says: /cannot be reached[^]*is back; the run continues/ },
    play: async (stage) =>
      stage.search({
        config: { scorer: ['webui-tags'], scoreCache: false, reconnect: 5 },
        calmly: { config: { scorer: ['webui-tags'], scoreCache: false }, payload: TAGS },
        payload: TAGS,
        rules: (scene) => leaves(scene, scene.proxy, 'POST /sdapi/v1/interrogate', 0.1),
      }),
  },
  {
    name: 'site-gone',
    what: 'The scorer server is gone and does not come back',
    does: 'waits `--reconnect` minutes and ends; `resume` scores the images that were drawn and continues',
    hurts: 'the run',
    servers: ['a1111'],
    // Whoever resumes looks whether the WebUI merges.
    promise: { exitCode: 1, resumes: true, vain: 2, says: /did not change for 5 minutes \(--reconnect\)/ },
    play: async (stage) =>
      playSite(stage, {
        retries: 0,
        rules: () => [{ on: 'POST /score', times: Infinity, deed: { cut: 'before' } }],
      }),
  },
];

export const SCORERS: Chapter = {
  title: 'What scores',
  scenarios: [...programs, ...sites, ...away],
  references: [
    {
      what: 'The scorer server never answers for one image, but does for others',
      does: 'asks for the score of another image again; when that has come twice in a row, gives the one image up',
      costs: 'one image missing',
      tests: [
        'tests/integration/scorer-away.test.ts > never answers for one image, which is missing; the run goes on',
      ],
    },
    {
      what: 'The scorer server is down while a calibration is made',
      does: 'waits up to `--reconnect` minutes, and continues',
      costs: 'nothing',
      tests: ['tests/integration/scorer-away.test.ts > is away for a calibration, which waits for it'],
    },
    {
      what: 'A worker of a queue is stopped while its scorer server is down',
      does: 'hands on the images that it has drawn; the search scores them',
      costs: 'nothing',
      tests: [
        'tests/integration/scorer-away.test.ts > a worker that leaves meanwhile hands on what it has drawn, and the search scores it',
      ],
    },
  ],
};
