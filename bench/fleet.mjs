// What several WebUIs do together: whole searches with `random` over simulated WebUIs, in another process, that take 0.8 s an image and
// 0.8 s a merge; images a minute beside those of one WebUI with the same times, at N = 1, 2, 4, 8 and 16, with as many open iterations
// as WebUIs, one more than that, and as many as the search decides itself; where one is three times slower, and where half draw other
// pixels. Counted is the time in which all are at work: neither the first iterations nor the last, for which there are not enough left.
// Of all the processor time that this machine had, the last column says how much this process took for scoring, journal and proposals.
//   npm run bench -- fleet [--latency 800] [--merge 800] [--rounds 7] [--only 1,4,16] [--rows equal,auto,slow,unlike,more]
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
    merge: { type: 'string', default: '800' },
    rounds: { type: 'string', default: '7' },
    only: { type: 'string', default: '1,2,4,8,16' },
    rows: { type: 'string', default: 'equal,auto,slow,unlike,more' },
  },
});
const latencyMs = Number(values.latency);
const mergeMs = Number(values.merge);
/** Iterations for every WebUI. */
const rounds = Number(values.rounds);
const sizes = values.only
  .split(',')
  .map(Number)
  .filter((size) => size > 1);
const rows = new Set(values.rows.split(','));

const [{ parseSearchConfig }, { defaultEnvironment }, { runSearch }] = await Promise.all(
  ['config/load', 'run/environment', 'run/run'].map((name) => import(`../dist/${name}.js`)),
);

const usual = { latencyMs, mergeMs };
const slow = { latencyMs: SLOWER * latencyMs, mergeMs: SLOWER * mergeMs };
const one = await measure([usual]);
console.log(
  `Node ${process.version}, ${os.cpus()[0]?.model} × ${os.cpus().length}; ${IMAGES} images an iteration, ${latencyMs} ms an image, ${mergeMs} ms a merge`,
);
console.log(`one WebUI                      ${one.rate.toFixed(1)} images a minute\n`);
console.log(
  'WebUIs                   open iterations  images/min  times one  of what they could  own processor time',
);
for (const n of sizes) {
  const equal = Array.from({ length: n }, () => usual);
  if (rows.has('equal')) await compare(`${n}`, equal, n);
  if (rows.has('auto')) await compare(`${n}`, equal, 'auto');
  if (rows.has('more')) await compare(`${n}`, equal, n + 1);
}
for (const n of sizes.filter((size) => size > 2)) {
  const withSlow = [slow, ...Array.from({ length: n - 1 }, () => usual)];
  if (rows.has('slow')) await compare(`${n}, one ${SLOWER} times slower`, withSlow, n);
  if (rows.has('slow')) await compare(`${n}, one ${SLOWER} times slower`, withSlow, 'auto');
}
for (const n of sizes.filter((size) => size === 2 || size === 4)) {
  // Every iteration is merged in both groups: with one image in two on each of them, a merge counts for half as many images.
  const unlike = Array.from({ length: n }, (_, at) => (at % 2 === 0 ? usual : { ...usual, gpu: 'other' }));
  if (rows.has('unlike')) await compare(`${n}, of two kinds`, unlike, 'auto', 2);
}

/** @param merges that every iteration pays @param openTrials whatever `--open-trials` takes */
async function compare(what, servers, openTrials, merges = 1) {
  const { rate, own } = await measure(servers, openTrials);
  const paid = mergeMs + IMAGES * latencyMs;
  const could =
    servers.reduce((sum, server) => sum + latencyMs / server.latencyMs, 0) *
    (paid / (merges * mergeMs + IMAGES * latencyMs));
  const share = rate / one.rate / could;
  console.log(
    `${what.padEnd(24)}${String(openTrials).padStart(16)}  ${rate.toFixed(1).padStart(10)}  ${(rate / one.rate).toFixed(2).padStart(9)}  ${share.toFixed(3).padStart(18)}  ${`${(100 * own).toFixed(0)} %`.padStart(18)}`,
  );
  mustHold(`${what}, ${openTrials}: at least ${SHARE} of what they could`, share >= SHARE);
}

/** Images a minute of one whole search, and the share of one processor that it took meanwhile. */
async function measure(servers, openTrials) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'autombw-bench-'));
  const simulators = await startSimulatorsInProcess(servers);
  const seeds = Array.from({ length: IMAGES }, (_, n) => n + 1);
  const payload = seeds.map((seed) => {
    const file = path.join(folder, `hills-${seed}.json`);
    writeFileSync(file, JSON.stringify({ prompt: 'green hills', seed, width: 64, height: 64, steps: 4 }));
    return file;
  });
  const n = servers.length;
  const iterations = rounds * n;
  const config = parseSearchConfig({
    payload,
    modelA: 'modelA',
    modelB: 'modelB',
    output: 'bench',
    webui: simulators.urls,
    ...(openTrials !== undefined && { openTrials }),
    imagesPerTrial: 'all',
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
  let begin;
  let end;
  let cpu;
  let own;
  const watch = {
    name: 'watch',
    onImage: ({ image }) => {
      if (image.score !== null) at.push(performance.now());
    },
    onTrial: (_trial, { trials }) => {
      // So many are begun at first; the last ones have just been asked for.
      if (trials.length === n) {
        begin = performance.now();
        cpu = process.cpuUsage();
      }
      if (trials.length !== iterations - n) return;
      end = performance.now();
      const { user, system } = process.cpuUsage(cpu);
      own = (user + system) / 1000 / (end - begin);
    },
  };
  const environment = defaultEnvironment({ createObservers: () => [watch] });
  const summary = await runSearch(config, environment);
  await simulators.stop();
  rmSync(folder, { recursive: true });
  if (summary.failed > 0 || at.length !== iterations * IMAGES)
    mustHold(`every image of ${n} WebUIs came once, and none failed`, false);
  const counted = at.filter((time) => time > begin && time <= end).length;
  return { rate: (60_000 * counted) / (end - begin), own };
}
