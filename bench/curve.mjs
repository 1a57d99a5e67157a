/**
 * What a search gains from fewer numbers: every block by itself, neighbours that share a weight, and curves over depth, on the
 * worlds (27 blocks) and on made-up problems of 57 blocks. A JSON line a run, then the tables of bench/optimizers.mjs, and the
 * best that each can express at all.
 *
 *   npm run bench -- curve [--on worlds|deep|both] [--evaluations 60] [--seeds 3] [--images 12] [--optimizer bayesian] [--cases PART,…]
 *       [--spaces NAME,…] [--out FILE] [--with FILE] [--best 2000]
 *
 * `--out` appends the lines to a file, and `--with` leaves out what such a file has: both with the same file go on where a
 * bench was ended. `--best` is how many evaluations of the truth the search for the best takes (CMA-ES, continuous); 0 leaves
 * it out.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { worldProblems } from './optimizer-problems.mjs';
import { deepArchitecture, deepProblems } from './deep-problems.mjs';
import { COUNTS, meanAndError, printTables } from './optimizer-tables.mjs';

const { values: args } = parseArgs({
  options: {
    on: { type: 'string', default: 'both' },
    evaluations: { type: 'string', default: '60' },
    seeds: { type: 'string', default: '3' },
    images: { type: 'string', default: '12' },
    optimizer: { type: 'string', default: 'bayesian' },
    cases: { type: 'string' },
    spaces: { type: 'string' },
    out: { type: 'string' },
    with: { type: 'string' },
    best: { type: 'string', default: '2000' },
    dist: { type: 'string', default: path.join(import.meta.dirname, '../dist') },
  },
});
const load = async (file) => await import(pathToFileURL(path.resolve(args.dist, file)).href);
const { createOptimizer } = await load('optimizers/registry.js');
const { createSpace, decode } = await load('space/space.js');
const { architectureRow, registerArchitecture } = await load('architectures/registry.js');
const { randomStream } = await load('simulator/random.js');
registerArchitecture(deepArchitecture(architectureRow('sdxl')));

const SPACES = {
  'every block': {},
  'neighbours 2': { testGrouping: 2 },
  'neighbours 3': { testGrouping: 3 },
  'neighbours 5': { testGrouping: 5 },
  'curve 3': { curve: ['3'] },
  'curve 4': { curve: ['4'] },
  'curve 4 monotone': { curve: ['4'], curveShape: 'monotone' },
};
const images = Number(args.images);
const evaluations = Number(args.evaluations);
const parts = args.cases?.split(',') ?? [''];
const problems = problemsOf(args.on).filter(({ name }) => parts.some((part) => name.includes(part)));
const spaces = args.spaces?.split(',') ?? Object.keys(SPACES);

const runs = linesOf(args.with).filter(
  (run) =>
    run.images === images &&
    run.evaluations === evaluations &&
    run.seed <= Number(args.seeds) &&
    spaces.includes(run.optimizer) &&
    problems.some(({ name }) => name === run.problem),
);
for (let seed = 1; seed <= Number(args.seeds); seed++) {
  for (const problem of problems) {
    for (const name of spaces) {
      const isDone = runs.some(
        (run) => run.optimizer === name && run.problem === problem.name && run.seed === seed,
      );
      if (isDone) continue;
      const run = search(name, problem, seed);
      runs.push(run);
      const line = JSON.stringify(run);
      if (args.out === undefined) console.log(line);
      else appendFileSync(args.out, `${line}\n`);
    }
  }
}
printTables(runs.toSorted((a, b) => spaces.indexOf(a.optimizer) - spaces.indexOf(b.optimizer)));
if (Number(args.best) > 0) printBest();

function problemsOf(on) {
  const worlds =
    on === 'deep' ? [] : worldProblems(images).map((world) => ({ ...world, architecture: 'sd1' }));
  return [...worlds, ...(on === 'worlds' ? [] : deepProblems(randomStream))];
}

function spaceOf(name, architecture, intervals) {
  return createSpace({ architecture, low: 0, high: 1, intervals, blocks: {}, ...SPACES[name] });
}

/** In the form of bench/optimizers.mjs. */
function search(name, problem, seed) {
  const space = spaceOf(name, problem.architecture, 10);
  const optimizer = createOptimizer(args.optimizer, { space, seed });
  const weightsOf = (values) => Object.values(decode(space, values));
  const run = { optimizer: name, problem: problem.name, group: problem.group, seed, images, evaluations };
  Object.assign(run, { at: [], gain: [], observed: [], recommended: [], ms: {} });
  let best = { score: -Infinity, truth: -Infinity };
  for (let n = 1; n <= evaluations; n++) {
    const { id, values } = optimizer.ask();
    const weights = weightsOf(values);
    const score = problem.score(weights, seed);
    optimizer.tell(id, score);
    if (score > best.score) best = { score, truth: problem.truth(weights) };
    if (!COUNTS.includes(n)) continue;
    run.at.push(n);
    run.gain.push(digits(problem.gain(best.truth)));
    run.observed.push(digits(problem.gain(best.score)));
    run.recommended.push(digits(problem.gain(problem.truth(weightsOf(optimizer.best().values)))));
  }
  return run;
}

/** The gain of the best weights that each space has, as far as it is found. */
function printBest() {
  console.log('\nbest true gain that is found in the space when the truth is searched');
  console.log('| problems | space | numbers | gain |\n|---|---|---|---|');
  for (const group of new Set(problems.map((problem) => problem.group))) {
    const members = problems.filter((problem) => problem.group === group);
    for (const name of spaces) {
      const items = members.map((problem) => ({ problem: problem.name, value: bestGain(name, problem) }));
      const { mean, error = 0 } = meanAndError(items);
      const { length } = spaceOf(name, members[0].architecture, 0).dimensions;
      console.log(`| ${group} | ${name} | ${length} | ${mean.toFixed(3)} ± ${error.toFixed(3)} |`);
    }
  }
}

function bestGain(name, problem) {
  const space = spaceOf(name, problem.architecture, 0);
  const optimizer = createOptimizer('cma-es', { space, seed: 1 });
  let best = -Infinity;
  for (let n = 0; n < Number(args.best); n++) {
    const { id, values } = optimizer.ask();
    const truth = problem.truth(Object.values(decode(space, values)));
    optimizer.tell(id, truth);
    best = Math.max(best, truth);
  }
  return problem.gain(best);
}

function linesOf(file) {
  if (file === undefined || !existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

function digits(value) {
  return Number(value.toPrecision(6));
}
