// What several WebUIs do together: whole searches with `random` over simulated WebUIs that take 0.8 s an image, in another
// process; images a minute beside those of one WebUI, at N = 1, 2, 4, 8 and 16, and where one of four is three times slower.
// Counted is the time in which all are at work: neither the start nor the last iterations, for which there are not enough left.
//   npm run bench -- fleet [--latency 800] [--rounds 7] [--only 1,4,16]
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startSimulatorsInProcess } from './simulator-process.mjs';
import { mustHold } from './statistics.mjs';

const IMAGES = 4;
const SLOWER = 3;
const SHARE = 0.9;

const { values } = parseArgs({
  options: {
    latency: { type: 'string', default: '800' },
    rounds: { type: 'string', default: '7' },
    only: { type: 'string', default: '1,2,4,8,16' },
  },
});
const latencyMs = Number(values.latency);
/** Iterations for every WebUI. */
const rounds = Number(values.rounds);
const sizes = values.only.split(',').map(Number);

const [{ parseSearchConfig }, { defaultEnvironment }, { runSearch }] = await Promise.all(
  ['config/load', 'run/environment', 'run/run'].map((name) => import(`../dist/${name}.js`)),
);

const one = await imagesPerMinute({ latencies: [latencyMs] });
console.log(
  `Node ${process.version}, ${os.cpus()[0]?.model} × ${os.cpus().length}; ${IMAGES} images an iteration, ${latencyMs} ms an image`,
);
console.log(`one WebUI                      ${one.toFixed(1)} images a minute\n`);
console.log('WebUIs                open iterations  images/min  times one  of what they could');
for (const n of sizes.filter((size) => size > 1)) {
  const latencies = Array.from({ length: n }, () => latencyMs);
  await compare(`${n}`, latencies, n);
  // Fewer iterations than WebUIs: the images of each are spread.
  if (n > 4) await compare(`${n}`, latencies, 'auto');
}
const slow = [SLOWER * latencyMs, latencyMs, latencyMs, latencyMs];
await compare(`4, one ${SLOWER} times slower`, slow, 4);

async function compare(what, latencies, openTrials) {
  const rate = await imagesPerMinute({ latencies, openTrials });
  const could = latencies.reduce((sum, latency) => sum + latencyMs / latency, 0);
  const share = rate / one / could;
  console.log(
    `${what.padEnd(24)}${String(openTrials).padStart(13)}  ${rate.toFixed(1).padStart(10)}  ${(rate / one).toFixed(2).padStart(9)}  ${share.toFixed(3).padStart(18)}`,
  );
  // Spreading pays the proposals and the ends of iterations with idle WebUIs: told, not promised.
  if (openTrials !== 'auto') mustHold(`${what}: at least ${SHARE} of what they could`, share >= SHARE);
}

/** Of one whole search. */
async function imagesPerMinute({ latencies, openTrials }) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'autombw-bench-'));
  const simulators = await startSimulatorsInProcess(latencies.map((latency) => ({ latencyMs: latency })));
  const payload = path.join(folder, 'hills.json');
  writeFileSync(
    payload,
    JSON.stringify({ prompt: 'green hills', seed: 1, width: 64, height: 64, steps: 4, n_iter: IMAGES }),
  );
  const n = latencies.length;
  const iterations = rounds * n;
  const config = parseSearchConfig({
    payload: [payload],
    modelA: 'modelA',
    modelB: 'modelB',
    output: 'bench',
    webui: simulators.urls,
    ...(openTrials !== undefined && { openTrials }),
    optimizer: 'random',
    iterations,
    earlyStop: false,
    baselines: false,
    prove: 0,
    saveBest: 'none',
    checkEvery: 0,
    folder,
  });
  const at = [];
  let end;
  const watch = {
    name: 'watch',
    onImage: ({ image }) => {
      if (image.score !== null) at.push(performance.now());
    },
    onTrial: (_trial, { trials }) => {
      // The last ones have just been asked for.
      if (trials.length === iterations - n) end = performance.now();
    },
  };
  const environment = defaultEnvironment({ createObservers: () => [watch] });
  const summary = await runSearch(config, environment);
  await simulators.stop();
  rmSync(folder, { recursive: true });
  if (summary.failed > 0 || at.length !== iterations * IMAGES)
    mustHold(`every image of ${n} WebUIs came once, and none failed`, false);
  // Once the slowest one has sent its first images.
  const begin = (at[0] ?? 0) + Math.max(...latencies) * IMAGES;
  const counted = at.filter((time) => time > begin && time <= end).length;
  return (60_000 * counted) / (end - begin);
}
