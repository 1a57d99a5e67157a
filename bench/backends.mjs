// What each backend costs beside its images: requests an iteration, and the time from the optimizer's point to the first
// request for an image on the wire. Two searches with `random`, of 3 and 3 + N iterations, against a simulated server that takes no
// time, in another process; their difference is what N iterations cost. Merging and watching are counted apart: "watching" asks
// whether somebody has interrupted the server or started it anew (AUTOMATIC1111), or checks what it says it ran (ComfyUI).
//   npm run bench -- backends [--iterations 20]
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { subscribe } from 'node:diagnostics_channel';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startSimulatorProcess } from './simulator-process.mjs';
import { median, mustHold, quantile } from './statistics.mjs';

const { values } = parseArgs({ options: { iterations: { type: 'string', default: '20' } } });
const iterations = Number(values.iterations);
const FEW = 3;
const IMAGES = 2;
const MOST_MILLISECONDS = 20;

const a1111 = (extensions) => ({ family: 'a1111', extensions });
const BACKENDS = {
  // Those with a merge in memory look before a trial whether the server has read another file since.
  'runtime-block-merge': { server: a1111(['runtime-block-merge']), merging: 0, inMemory: true },
  'model-mixer': { server: a1111(['model-mixer']), merging: 0 },
  'bayesian-merger': { server: a1111(['bayesian-merger']), merging: 1, inMemory: true },
  'lora-block-weight': {
    server: { ...a1111(['lora-block-weight']), loras: [{ name: 'style' }] },
    modelB: 'style',
    merging: 0,
  },
  checkpoint: { server: a1111([]), files: true, merging: 3 },
  comfyui: { server: { family: 'comfyui' }, merging: 0 },
};
/** One for all images of a trial on ComfyUI, and one to fetch each. */
const IMAGE = /^(POST \/sdapi\/v1\/txt2img|POST \/prompt|GET \/view)$/;
const WATCHING =
  /^(GET \/sdapi\/v1\/progress|POST \/internal\/progress|GET \/internal\/pending-tasks|GET \/app_id|GET \/queue|GET \/ws|GET \/history)/;
const FIRST_IMAGE = ['/sdapi/v1/txt2img', '/prompt'];

const [{ parseSearchConfig }, { defaultEnvironment }, { runSearch }] = await Promise.all(
  ['config/load', 'run/environment', 'run/run'].map((name) => import(`../dist/${name}.js`)),
);

let asked;
let waits = [];
subscribe('undici:client:sendHeaders', ({ request }) => {
  if (asked === undefined || request.method !== 'POST' || !FIRST_IMAGE.includes(request.path)) return;
  waits.push(performance.now() - asked);
  asked = undefined;
});

const perIteration = (counts) => (counts / iterations).toFixed(2).replace(/\.?0+$/, '');
console.log(
  `Node ${process.version}, ${os.cpus()[0]?.model} × ${os.cpus().length}; ${iterations} iterations of ${IMAGES} images\n`,
);
console.log(
  `${'backend'.padEnd(20)} ${'images'.padStart(9)} ${'merging'.padStart(9)} ${'watching'.padStart(9)}   ask to first image: median, p90`,
);
const held = [];
for (const [name, { server, modelB = 'modelB', files = false, merging, inMemory = false }] of Object.entries(
  BACKENDS,
)) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'autombw-bench-'));
  const modelsDir = files ? { modelsDir: path.join(folder, 'models') } : {};
  const simulator = await startSimulatorProcess({ ...server, ...modelsDir });
  const few = await search(FEW);
  waits = [];
  const many = await search(FEW + iterations);
  await simulator.stop();
  rmSync(folder, { recursive: true });

  const made = { images: 0, merging: 0, watching: 0 };
  for (const [request, count] of Object.entries(many)) {
    const isWatching = WATCHING.test(request) || (inMemory && request === 'GET /sdapi/v1/options');
    const kind = IMAGE.test(request) ? 'images' : isWatching ? 'watching' : 'merging';
    made[kind] += count - (few[request] ?? 0);
  }
  const wait = [median(waits), quantile(waits, 0.9)].map((milliseconds) => `${milliseconds.toFixed(1)} ms`);
  if (process.env.VERBOSE !== undefined) console.log(many, few);
  console.log(
    `${name.padEnd(20)} ${Object.values(made)
      .map((count) => perIteration(count).padStart(9))
      .join(' ')}   ${wait.join(', ')}`,
  );
  held.push([`${name}: ${merging} requests an iteration to merge`, made.merging === merging * iterations]);
  held.push([
    `${name}: from ask to the first image below ${MOST_MILLISECONDS} ms in the median`,
    median(waits) < MOST_MILLISECONDS,
  ]);

  /** @returns what this search has asked for */
  async function search(count) {
    const before = (await simulator.stats()).requests;
    const payload = path.join(folder, 'hills.json');
    const request = { prompt: 'green hills', seed: 1, width: 128, height: 128, steps: 4, n_iter: IMAGES };
    writeFileSync(payload, JSON.stringify(request));
    const config = parseSearchConfig({
      payload: [payload],
      modelA: 'modelA',
      modelB,
      output: 'bench',
      webui: simulator.url,
      backend: name,
      ...modelsDir,
      optimizer: 'random',
      iterations: count,
      earlyStop: false,
      prove: 0,
      saveBest: 'none',
      check: false,
      folder,
    });
    const stopwatch = { name: 'stopwatch', onAsked: () => (asked = performance.now()) };
    const summary = await runSearch(config, defaultEnvironment({ createObservers: () => [stopwatch] }));
    if (summary.failed > 0 || summary.iterations !== count)
      throw new Error(`${name}: ${summary.reason.message}`);
    const after = (await simulator.stats()).requests;
    return Object.fromEntries(Object.entries(after).map(([key, value]) => [key, value - (before[key] ?? 0)]));
  }
}
console.log('');
for (const [what, holds] of held) mustHold(what, holds);
