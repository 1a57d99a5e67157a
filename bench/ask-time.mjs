/**
 * Own time of the default optimizer for one proposal, beside BoTorch's on the same points in the same run.
 *
 *   node bench/ask-time.mjs [--landscapes DIR] [--dist DIR]      PYTHON=… names an interpreter with botorch
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { loadLandscapes } from './landscapes.mjs';
import { median, mustHold } from './statistics.mjs';

const COUNTS = [60, 150, 270];
const LIMITS = { 60: 30, 150: 100, 270: 250, 1000: 1000 };
const REPEATS = 3;
const { values: args } = parseArgs({
  options: {
    landscapes: { type: 'string', default: path.join(import.meta.dirname, '../tests/fixtures/landscapes') },
    dist: { type: 'string', default: path.join(import.meta.dirname, '../dist') },
  },
});
const { createOptimizer } = await import(
  pathToFileURL(path.resolve(args.dist, 'optimizers/registry.js')).href
);
const [landscape] = loadLandscapes(args.landscapes);
const settings = (seed) => ({
  space: {
    dimensions: Array.from({ length: 27 }, (_, d) => ({ name: `${d}`, low: 0, high: 1, intervals: 10 })),
  },
  seed,
});

// The points of a real search: what a proposal costs depends on where they lie.
const search = createOptimizer('bayesian', settings(1));
const points = [];
const scores = [];
const times = [];
for (let n = 0; n < Math.max(...COUNTS) + REPEATS; n++) {
  const before = performance.now();
  const { id, values } = search.ask();
  times.push(performance.now() - before);
  const score = landscape.score(values, 1);
  search.tell(id, score);
  points.push(values);
  scores.push(score);
}
const ours = Object.fromEntries(COUNTS.map((n) => [n, median(times.slice(n - 5, n + REPEATS))]));
ours[1000] = median(timesAtThousand());
const peer = botorch();
for (const [n, ms] of Object.entries(ours)) {
  const theirs = peer?.[n] === undefined ? undefined : median(peer[n]) * 1000;
  const beside =
    theirs === undefined ? '' : `   BoTorch ${theirs.toFixed(0)} ms, ratio ${(ms / theirs).toFixed(3)}`;
  mustHold(
    `n = ${n.padStart(4)}  ${ms.toFixed(1).padStart(6)} ms, at most ${LIMITS[n]}${beside}`,
    ms <= LIMITS[n],
  );
}

function timesAtThousand() {
  const optimizer = createOptimizer('bayesian', settings(2));
  const random = createOptimizer('random', settings(3));
  for (let n = 0; n < 1000; n++) {
    const { id, values } = random.ask();
    random.tell(id, 0);
    optimizer.learn(values, landscape.score(values, 1));
  }
  return Array.from({ length: REPEATS }, () => {
    const before = performance.now();
    const { id, values } = optimizer.ask();
    const took = performance.now() - before;
    optimizer.tell(id, landscape.score(values, 1));
    return took;
  });
}

/** Seconds by count, or undefined where it cannot be had. */
function botorch() {
  const script = path.join(import.meta.dirname, 'ask-time-botorch.py');
  const job = { points, scores, counts: COUNTS, repeats: REPEATS };
  const run = spawnSync(process.env.PYTHON ?? 'python3', [script], {
    input: JSON.stringify(job),
    encoding: 'utf8',
  });
  if (run.status === 0) return JSON.parse(run.stdout);
  console.log(
    'no BoTorch beside it: PYTHON=… names an interpreter that has botorch (python3 -m venv V && V/bin/pip install botorch)',
  );
  return undefined;
}
