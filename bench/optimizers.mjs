/**
 * Runs optimizers, ours and those of other projects, on the same worlds, landscapes and test functions: a JSON line a run,
 * then tables of the true gain (0 = mean of random points, 1 = best known) after so many evaluations.
 *
 *   npm run bench -- optimizers [--on worlds|landscapes|both|functions] [--evaluations 60] [--seeds 3] [--images 12]
 *       [--optimizers bayesian,tree-structured-parzen,cma-es,random] [--peers [botorch,optuna-tpe,optuna-gp,optuna-cma,cmaes]]
 *       [--fresh] [--keep] [--install-peers] [--landscapes DIR] [--worlds DIR] [--cases PART,…] [--first-seed 1] [--out FILE]
 *       [--with FILE] [--dist DIR]
 *
 * `--optimizers` also takes `python-default` (bench/sub-grid.mjs), names with the number of asks that are open at any time
 * (`bayesian@4`, as of a search on four servers; 1 unless given), and "" for none. `--peers` without a list are all five. What
 * they recommend is the best that they observed. Their runs with 12 pictures and seeds 1 to 3 are kept in bench/data/peers.jsonl,
 * with their versions and dates, as far as they went (worlds 60 evaluations, landscapes 100 to 270), and only those not kept
 * are run, in $PYTHON, python3 or a virtual environment of the benches, where --install-peers installs them. `--fresh` runs all,
 * and `--keep` puts what was run, and what `--with` brought, into that file. `--out` appends the lines to a file; `--with` adds
 * the lines of such a file to the tables and leaves out what it has, so that both with the same file go on where a run was
 * ended. Without `--landscapes` the three of the tests are taken. `--cases` keeps the problems with one of these parts in their
 * names.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { keepRuns, keptRuns } from './kept-peers.mjs';
import { functionProblems, landscapeProblems, worldProblems } from './optimizer-problems.mjs';
import { COUNTS, TIMES, printTables } from './optimizer-tables.mjs';
import { ALL_PEERS, openPeers } from './peer-optimizers.mjs';
import { median } from './statistics.mjs';
import { subGrid } from './sub-grid.mjs';

const { values: args } = parseArgs({
  args: withAllPeers(process.argv.slice(2)),
  options: {
    on: { type: 'string', default: 'both' },
    evaluations: { type: 'string', default: '60' },
    seeds: { type: 'string', default: '3' },
    'first-seed': { type: 'string', default: '1' },
    images: { type: 'string', default: '12' },
    optimizers: { type: 'string', default: 'bayesian,tree-structured-parzen,cma-es,random' },
    peers: { type: 'string', default: '' },
    fresh: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    'install-peers': { type: 'boolean', default: false },
    landscapes: { type: 'string', default: path.join(import.meta.dirname, '../tests/fixtures/landscapes') },
    worlds: { type: 'string' },
    functions: { type: 'boolean', default: false },
    cases: { type: 'string' },
    out: { type: 'string' },
    with: { type: 'string', multiple: true, default: [] },
    dist: { type: 'string', default: path.join(import.meta.dirname, '../dist') },
  },
});
const load = async (file) => await import(pathToFileURL(path.resolve(args.dist, file)).href);
const evaluations = Number(args.evaluations);
const images = Number(args.images);
const seeds = Array.from({ length: Number(args.seeds) }, (_, i) => i + Number(args['first-seed']));
const parts = args.cases?.split(',');
const problems = problemsOf(args.functions ? 'functions' : args.on).filter(
  ({ name }) => parts === undefined || parts.some((part) => name.includes(part)),
);
const peerNames = list(args.peers);

const names = new Set(problems.map(({ name }) => name));
const runs = new Map();
for (const run of [...keptPeers(), ...args.with.flatMap(linesOf).filter(isSearched)]) {
  const known = runs.get(keyOf(run));
  if (known === undefined || run.evaluations >= known.evaluations) runs.set(keyOf(run), run);
}
const ownNames = list(args.optimizers);
const openNames = peerNames.filter((name) =>
  problems.some((problem) => seeds.some((seed) => !isDone(name, problem, seed))),
);
const peers = openNames.length === 0 ? undefined : openPeers(openNames, args['install-peers']);
if (openNames.length > 0 && peers === undefined) process.exit(1);
await measure(ownNames, ownSearch);
await measure(peerNames, peerSearch);
await peers?.close();
if (args.keep) keepRuns([...runs.values()], problems);
const order = [...ownNames, ...peerNames];
printTables([...runs.values()].toSorted((a, b) => order.indexOf(a.optimizer) - order.indexOf(b.optimizer)));

async function measure(names, searchOf) {
  for (const name of names) {
    for (const problem of problems) {
      for (const seed of seeds) {
        if (isDone(name, problem, seed)) continue;
        const run = await runOnce(name, problem, seed, await searchOf(name, problem, seed));
        runs.set(keyOf(run), run);
        const line = JSON.stringify(run);
        if (args.out === undefined) console.log(line);
        else appendFileSync(args.out, `${line}\n`);
      }
    }
  }
}

/** A kept run stands as it is, however far it went. */
function isDone(optimizer, problem, seed) {
  const run = runs.get(keyOf({ optimizer, problem: problem.name, seed }));
  return run !== undefined && (run.kept || run.evaluations >= evaluations);
}

function keptPeers() {
  if (args.fresh) return [];
  return keptRuns(problems, evaluations).filter(
    (run) => isSearched(run) && peerNames.includes(run.optimizer),
  );
}

function linesOf(file) {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line));
}

/** Rows over other problems, seeds or numbers of pictures cannot be compared. */
function isSearched(run) {
  return run.images === images && seeds.includes(run.seed) && names.has(run.problem);
}

function keyOf({ optimizer, problem, seed }) {
  return `${optimizer}|${problem}|${seed}`;
}

/** One of ours: `ask` gives the values of all dimensions, `best` what it recommends. */
async function ownSearch(nameAndOpen, { dimensions }, seed) {
  const [name, open = '1'] = nameAndOpen.split('@');
  const { createOptimizer } = await load('optimizers/registry.js');
  const { dimensions: searched, expand } =
    name === 'python-default'
      ? subGridOf(dimensions, seed, await load('simulator/random.js'))
      : { dimensions, expand: (values) => values };
  const optimizer = createOptimizer(name === 'python-default' ? 'bayesian' : name, {
    space: { dimensions: searched },
    seed,
  });
  const asked = [];
  return {
    // The oldest of the open ones is the next to be measured.
    ask: () => {
      while (asked.length < Number(open)) asked.push(optimizer.ask());
      return expand(asked[0].values);
    },
    tell: (score) => optimizer.tell(asked.shift().id, score),
    best: () => expand(optimizer.best().values),
  };
}

function subGridOf(dimensions, seed, random) {
  return subGrid(
    dimensions.map(({ name }) => name),
    seed,
    random,
  );
}

async function peerSearch(name, { dimensions }, seed) {
  const { versions, ...search } = await peers.start(name, dimensions, seed);
  return { ...search, versions };
}

/** @returns gain of the best observed and of the recommended point, best score, and own time, at each count */
async function runOnce(optimizer, problem, seed, search) {
  const run = { optimizer, problem: problem.name, group: problem.group, seed, images, evaluations };
  Object.assign(run, { at: [], gain: [], observed: [], recommended: [], ms: {} });
  if (search.versions !== undefined) {
    run.versions = search.versions;
    run.date = new Date().toISOString().slice(0, 10);
  }
  const times = [];
  let best = { score: -Infinity, truth: -Infinity };
  for (let n = 1; n <= evaluations; n++) {
    const before = performance.now();
    const values = await search.ask();
    const asked = performance.now() - before;
    const score = problem.score(values, seed);
    const told = performance.now();
    await search.tell(score);
    times.push(asked + performance.now() - told);
    if (score > best.score) best = { score, truth: problem.truth(values) };
    if (!COUNTS.includes(n)) continue;
    run.at.push(n);
    run.gain.push(digits(problem.gain(best.truth)));
    run.observed.push(digits(problem.gain(best.score)));
    const recommended = search.best === undefined ? best.truth : problem.truth(search.best());
    run.recommended.push(digits(problem.gain(recommended)));
  }
  for (const n of TIMES) {
    // Around the count: single asks differ by how often the model was fitted.
    const near = times.slice(Math.max(0, n - 6), n + 5);
    if (times.length >= n) run.ms[n] = digits(median(near));
  }
  return run;
}

function problemsOf(on) {
  const worlds = () => worldProblems(images, args.worlds);
  const landscapes = () => landscapeProblems(images, args.landscapes);
  if (on === 'worlds') return worlds();
  if (on === 'landscapes') return landscapes();
  if (on === 'both') return [...worlds(), ...landscapes()];
  if (on === 'functions') return functionProblems();
  throw new Error(`--on takes worlds, landscapes, both or functions, not ${on}`);
}

/** `--peers` without a list is `--peers` with all. */
function withAllPeers(argv) {
  return argv.flatMap((arg, i) => {
    const next = argv[i + 1];
    return arg === '--peers' && (next === undefined || next.startsWith('--'))
      ? [arg, ALL_PEERS.join(',')]
      : [arg];
  });
}

function list(text) {
  return text.split(',').filter((name) => name !== '');
}

function digits(value) {
  return Number(value.toPrecision(6));
}
