/**
 * Runs optimizers on landscapes and test functions: one JSON line a run, then tables.
 *
 *   node bench/optimizers.mjs [--landscapes DIR] [--evaluations 270] [--seeds 3] [--optimizers a,b]
 *                             [--functions] [--dist DIR] [--out FILE]
 */
import { appendFileSync, existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { functionNames, makeFunction } from './functions.mjs';
import { loadLandscapes } from './landscapes.mjs';

const FIXTURES = resolve(import.meta.dirname, '../tests/fixtures/landscapes');
const COUNTS = [10, 20, 30, 60, 100, 150, 270];
const TIMES = [30, 60, 100, 150, 270];

const { values: args } = parseArgs({
  options: {
    landscapes: { type: 'string' },
    evaluations: { type: 'string', default: '270' },
    seeds: { type: 'string', default: '3' },
    'first-seed': { type: 'string', default: '1' },
    optimizers: { type: 'string', default: 'bayesian,hill-climbing,random' },
    functions: { type: 'boolean', default: false },
    cases: { type: 'string' },
    dist: { type: 'string', default: resolve(import.meta.dirname, '../dist') },
    out: { type: 'string' },
  },
});

const { createOptimizer } = await import(pathToFileURL(resolve(args.dist, 'optimizers/registry.js')).href);
const evaluations = Number(args.evaluations);
const seeds = Array.from({ length: Number(args.seeds) }, (_, i) => i + Number(args['first-seed']));
const problems = args.functions ? functionProblems() : landscapeProblems();
const runs = [];
for (const optimizer of args.optimizers.split(',')) {
  for (const problem of problems) {
    if (args.cases !== undefined && !args.cases.split(',').some((part) => problem.name.includes(part)))
      continue;
    for (const seed of seeds) {
      const run = runOnce(optimizer, problem, seed);
      runs.push(run);
      const line = JSON.stringify(run);
      if (args.out === undefined) console.log(line);
      else appendFileSync(args.out, `${line}\n`);
    }
  }
}
printTables(runs);

/** @returns gain of the best observed, of the recommended point, and own time, at each count */
function runOnce(name, problem, seed) {
  const optimizer = createOptimizer(name, { space: { dimensions: problem.dimensions }, seed });
  const run = {
    optimizer: name,
    problem: problem.name,
    seed,
    at: [],
    gain: [],
    observed: [],
    recommended: [],
    ms: {},
  };
  const times = [];
  let best = { score: -Infinity, truth: -Infinity };
  for (let n = 1; n <= evaluations; n++) {
    const before = performance.now();
    const { id, values } = optimizer.ask();
    const asked = performance.now() - before;
    const score = problem.score(values, seed);
    const told = performance.now();
    optimizer.tell(id, score);
    times.push(asked + performance.now() - told);
    if (score > best.score) best = { score, truth: problem.truth(values) };
    if (!COUNTS.includes(n)) continue;
    run.at.push(n);
    run.gain.push(digits(problem.gain(best.truth)));
    run.observed.push(digits(problem.gain(best.score)));
    run.recommended.push(digits(problem.gain(problem.truth(optimizer.best().values))));
  }
  for (const n of TIMES) {
    // Around the count: single asks differ by how often the model was fitted.
    const near = times.slice(Math.max(0, n - 6), n + 5);
    if (times.length >= n) run.ms[n] = digits(median(near));
  }
  return run;
}

function landscapeProblems() {
  const folder = args.landscapes ?? (existsSync(FIXTURES) ? FIXTURES : undefined);
  if (folder === undefined) throw new Error('give --landscapes DIR');
  return loadLandscapes(folder).map((landscape) => ({
    ...landscape,
    dimensions: cube(landscape.size, 10),
    score: (x) => landscape.score(x),
    group: landscape.hasSignal ? 'landscapes with signal' : 'noise only',
  }));
}

/** Gain here = decades between the mean regret of random points and the regret reached. */
function functionProblems() {
  const problems = [];
  for (const size of [5, 10, 20, 27]) {
    for (const name of functionNames) {
      for (const [kind, intervals, noise] of [
        ['grid', 10, 0],
        ['cube', 0, 0],
        ['noisy', 10, 0.3],
      ]) {
        const instance = makeFunction(name, size, noise, 1);
        problems.push({
          name: `${name}-${size}-${kind}`,
          group: `${name} ${kind}`,
          dimensions: cube(size, intervals),
          truth: instance.truth,
          score: instance.score,
          gain: (value) => Math.log10(instance.randomRegret / Math.max(-value, 1e-6 * instance.randomRegret)),
        });
      }
    }
  }
  return problems;
}

function cube(size, intervals) {
  return Array.from({ length: size }, (_, i) => ({ name: `x${i}`, low: 0, high: 1, intervals }));
}

function printTables(runs) {
  const groupOf = new Map(problems.map(({ name, group }) => [name, group]));
  const groups = Map.groupBy?.(runs, groupKey) ?? groupBy(runs, groupKey);
  function groupKey(run) {
    return `${run.optimizer} | ${groupOf.get(run.problem)}`;
  }
  for (const [title, field] of [
    ['Gain: true quality at the best observed point', 'gain'],
    ['True quality at the recommended point', 'recommended'],
    ['Best score seen', 'observed'],
  ]) {
    console.log(
      `\n${title}\n| optimizer | problems | runs | ${COUNTS.join(' | ')} |\n|${'---|'.repeat(COUNTS.length + 3)}`,
    );
    for (const [key, members] of groups) {
      const cells = COUNTS.map((_, i) =>
        members.every((run) => run[field].length > i)
          ? mean(members.map((run) => run[field][i])).toFixed(3)
          : '',
      );
      console.log(`| ${key} | ${members.length} | ${cells.join(' | ')} |`);
    }
  }
  console.log(
    `\nOwn time an ask, median in ms\n| optimizer | ${TIMES.join(' | ')} |\n|${'---|'.repeat(TIMES.length + 1)}`,
  );
  for (const name of new Set(runs.map((run) => run.optimizer))) {
    const own = runs.filter((run) => run.optimizer === name);
    const cells = TIMES.map((n) => {
      const known = own.flatMap((run) => run.ms[n] ?? []);
      return known.length > 0 ? median(known).toPrecision(3) : '';
    });
    console.log(`| ${name} | ${cells.join(' | ')} |`);
  }
}

function groupBy(items, key) {
  const groups = new Map();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return groups;
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.ceil((sorted.length - 1) / 2)]) / 2;
}

function digits(value) {
  return Number(value.toPrecision(6));
}
