// The search of a soak, in a process of its own so that its memory is its own: forked by soak.mjs with its settings as JSON, with
// --expose-gc. Tells its parent every so many iterations what it holds.
import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const { url, folder, iterations, every, hasPage } = JSON.parse(process.argv[2]);
const [
  { parseSearchConfig },
  { defaultEnvironment },
  { runSearch },
  { createRenderer },
  { createLog },
  { startPage },
] = await Promise.all(
  ['config/load', 'run/environment', 'run/run', 'renderers/index', 'observers/log', 'page/server'].map(
    (name) => import(`../dist/${name}.js`),
  ),
);
const payload = path.join(folder, 'hills.json');
writeFileSync(payload, JSON.stringify({ prompt: 'hills', seed: 7, steps: 4, width: 64, height: 64 }));
const config = parseSearchConfig({
  payload: [payload],
  modelA: 'modelA',
  modelB: 'modelB',
  output: 'O',
  webui: url,
  iterations,
  optimizer: 'random',
  earlyStop: false,
  baselines: false,
  prove: 0,
  saveBest: 'none',
  saveImages: 'best',
  folder,
});
let page;
let finished = 0;
let failed = 0;
let last = performance.now();
let lastWork = process.cpuUsage();
const sampler = {
  name: 'sampler',
  async onBegin({ journal }) {
    if (!hasPage) return;
    const names = { name: 'O', modelA: 'A', modelB: 'B' };
    const run = { journal, ...names, state: 'running', date: '', best: null, done: 0, reason: '' };
    page = await startPage({ list: () => [run], port: 0 });
    process.send({ page: page.url });
  },
  onTrial({ state }) {
    finished++;
    if (state === 'failed') failed++;
    if (finished % every !== 0) return;
    const seconds = (performance.now() - last) / 1000;
    const work = process.cpuUsage(lastWork);
    // Twice: buffers that the first one found are given back after it.
    globalThis.gc();
    globalThis.gc();
    const { rss, heapUsed, external } = process.memoryUsage();
    process.send({
      finished,
      failed,
      seconds,
      work: (work.user + work.system) / 1e6,
      rss,
      heap: heapUsed + external,
      resources: process.getActiveResourcesInfo().length,
      files: process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0,
      listeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
    });
    last = performance.now();
    lastWork = process.cpuUsage();
  },
};
await runSearch(
  config,
  defaultEnvironment({
    // Pauses after a failure take no time.
    clock: {
      now: () => Date.now(),
      sleep: async () =>
        new Promise((resolve) => {
          setImmediate(resolve);
        }),
    },
    createRenderers: () => [
      createRenderer({
        url,
        modelA: 'modelA',
        modelB: 'modelB',
        architecture: 'sd1',
        retryDelays: [0.01],
        pollSeconds: 0.05,
      }),
    ],
    createObservers: (_, files) => [createLog({ file: files.log, level: 'info' }), sampler],
  }),
);
await page?.close();
process.disconnect();
