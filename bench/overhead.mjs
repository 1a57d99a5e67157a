// What autombw itself costs: a search of 270 iterations with `random` over HTTP against a simulated WebUI that takes no
// time, in another process. Four images of 256 × 256 an iteration; all observers of the command line are at work.
//   npm run bench -- overhead [--iterations 270]
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { startSimulatorProcess } from './simulator-process.mjs';
import { median, mustHold, quantile } from './statistics.mjs';

const PROOF_IMAGES = 5;
/** Before the end: the merge in memory, the reference image, and that merge once more. */
const LAST_LOOK = 3;
const IMAGES = 4;
const MIB = 2 ** 20;

const { values } = parseArgs({ options: { iterations: { type: 'string', default: '270' } } });
const iterations = Number(values.iterations);
const sampled = [30, 150, 270].filter((iteration) => iteration <= iterations);

const [{ parseSearchConfig }, { createLog }, { createProgressLines }, { defaultEnvironment }, { runSearch }] =
  await Promise.all(
    ['config/load', 'observers/log', 'observers/progress-lines', 'run/environment', 'run/run'].map(
      (name) => import(`../dist/${name}.js`),
    ),
  );
const folder = mkdtempSync(path.join(os.tmpdir(), 'autombw-bench-'));
const payload = path.join(folder, 'hills.json');
writeFileSync(
  payload,
  JSON.stringify({ prompt: 'green hills', seed: 1, width: 256, height: 256, steps: 20, n_iter: IMAGES }),
);
const simulator = await startSimulatorProcess({ latencyMs: 0 });
const config = parseSearchConfig({
  payload: [payload],
  modelA: 'modelA',
  modelB: 'modelB',
  output: 'bench',
  webui: simulator.url,
  optimizer: 'random',
  iterations,
  earlyStop: false,
  prove: 0,
  saveBest: 'none',
  checkEvery: 0,
  folder,
});

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');
const memory = new Map();
const sampler = {
  name: 'sampler',
  onTrial: (_trial, { trials }) => {
    if (!sampled.includes(trials.length)) return;
    const { rss } = process.memoryUsage();
    collectGarbage();
    const { heapUsed, external } = process.memoryUsage();
    memory.set(trials.length, { rss: rss / MIB, live: (heapUsed + external) / MIB });
  },
};
const environment = defaultEnvironment({
  createObservers: (_config, files) => [
    createProgressLines(() => {}),
    createLog({ file: files.log, level: 'info' }),
    sampler,
  ],
});
const began = performance.now();
const summary = await runSearch(config, environment);
const seconds = (performance.now() - began) / 1000;
const { idleMs, requests, images } = await simulator.stats();
await simulator.stop();
rmSync(folder, { recursive: true });

// The gap before the first txt2img is not counted, so the first gap is the one before the second.
const gaps = idleMs
  .map((milliseconds, index) => ({ milliseconds, number: index + 1 - PROOF_IMAGES }))
  .filter(({ number }) => number > 0 && number < IMAGES * iterations);
const within = gaps.filter(({ number }) => number % IMAGES !== 0).map(({ milliseconds }) => milliseconds);
const between = gaps.filter(({ number }) => number % IMAGES === 0).map(({ milliseconds }) => milliseconds);
const asExpected = requests['POST /sdapi/v1/txt2img'] === PROOF_IMAGES + IMAGES * iterations + LAST_LOOK;
const peak = process.resourceUsage().maxRSS / 1024;

console.log(
  `Node ${process.version}, ${os.cpus()[0]?.model} × ${os.cpus().length}; ${summary.iterations} iterations, ${images} images`,
);
console.log(
  `idle within an iteration    median ${median(within).toFixed(2)} ms, p90 ${quantile(within, 0.9).toFixed(2)} ms`,
);
console.log(
  `idle between iterations     median ${median(between).toFixed(2)} ms, p90 ${quantile(between, 0.9).toFixed(2)} ms`,
);
console.log(`whole search                ${seconds.toFixed(1)} s`);
for (const [iteration, { rss, live }] of memory)
  console.log(
    `memory after ${String(iteration).padStart(3)} iterations ${rss.toFixed(0)} MiB, of which in use ${live.toFixed(1)} MiB`,
  );
console.log(`memory at its peak          ${peak.toFixed(0)} MiB`);
mustHold('every image was asked for once, and none failed', asExpected && summary.failed === 0);
mustHold('idle within an iteration below 10 ms in the median', median(within) < 10);
mustHold('whole search below 60 s', seconds < 60);
