/**
 * What a search with several goals finds: the hypervolume that the measured front of the first 20, 40 and 60 trials truly covers, as a
 * share of the box between the mean of random points and the best of each goal by itself; and how far its ends reach: the mean over
 * the goals of the best true value on it, as a share of the best of that goal. A JSON line a run, then a table.
 *
 *   npm run bench -- goals [--seeds 8] [--first-seed 11] [--evaluations 60] [--sizes 12,27] [--goals 2,3] [--roughness 0,0.3] [--out FILE]
 *   npm run bench -- goals --on tiny [--first-seed 1] [--seeds 2] [--iterations 24]
 *
 * Beside `bayesian` with goals: `bayesian` on the mean of the goals (as without --goals), random points, and a Latin hypercube. No seed
 * up to 999 was looked at while the search was made. `--on tiny`: whole searches between the demo's models, by its judge and `quality`.
 */
import { appendFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { searchTiny } from './goals-tiny.mjs';
import { goalProblem } from './goal-problems.mjs';
import { mean } from './statistics.mjs';
import { uniformNumbers } from './uniform-numbers.mjs';

const { values: args } = parseArgs({
  options: {
    seeds: { type: 'string', default: '8' },
    'first-seed': { type: 'string', default: '11' },
    evaluations: { type: 'string', default: '60' },
    sizes: { type: 'string', default: '12,27' },
    goals: { type: 'string', default: '2,3' },
    roughness: { type: 'string', default: '0,0.3' },
    methods: { type: 'string' },
    on: { type: 'string', default: 'made' },
    iterations: { type: 'string', default: '24' },
    out: { type: 'string' },
    dist: { type: 'string', default: path.join(import.meta.dirname, '../dist') },
  },
});
const load = async (file) => await import(pathToFileURL(path.resolve(args.dist, file)).href);
const { createOptimizer } = await load('optimizers/registry.js');
const { hypervolume, nondominated } = await load('optimizers/math/pareto.js');

const numbers = (text) => text.split(',').map(Number);
const evaluations = Number(args.evaluations);
const counts = [20, 40, 60].filter((count) => count <= evaluations);
const seeds = Array.from({ length: Number(args.seeds) }, (_, i) => i + Number(args['first-seed']));

/** Each gives the points of a run. */
const METHODS = {
  'bayesian, goals': (problem) => searched(problem, 'bayesian', (goals) => ({ score: mean(goals), goals })),
  'bayesian, one score': (problem) => searched(problem, 'bayesian', mean),
  random: (problem) => searched(problem, 'random', mean),
  'latin hypercube': (problem) => latinPoints(problem),
};
const methods = args.methods?.split(';') ?? Object.keys(METHODS);

const runs = [];
if (args.on === 'tiny') await searchTiny(load, { iterations: Number(args.iterations), seeds });
for (const size of args.on === 'tiny' ? [] : numbers(args.sizes)) {
  for (const goals of numbers(args.goals)) {
    for (const roughness of numbers(args.roughness)) {
      for (const seed of seeds) {
        const problem = goalProblem({ size, goals, seed, roughness });
        const ideal = problem.ideal();
        for (const method of methods) {
          const points = METHODS[method](problem);
          const run = { problem: problem.name, seed, method, found: foundBy(problem, points, ideal) };
          runs.push(run);
          if (args.out !== undefined) appendFileSync(args.out, `${JSON.stringify(run)}\n`);
        }
      }
    }
  }
}
printTable();

function searched({ size, seed, measured }, name, outcomeOf) {
  const dimensions = Array.from({ length: size }, (_, i) => ({
    name: `x${i}`,
    low: 0,
    high: 1,
    intervals: 10,
  }));
  const optimizer = createOptimizer(name, { space: { dimensions }, seed });
  return Array.from({ length: evaluations }, () => {
    const { id, values } = optimizer.ask();
    optimizer.tell(id, outcomeOf(measured(values)));
    return values;
  });
}

/** Another one for every count: each is as even as it can be with so many points. */
function latinPoints({ size, seed }) {
  const random = uniformNumbers(seed);
  const columns = Array.from({ length: size }, () => shuffled(evaluations, random));
  return Array.from({ length: evaluations }, (_, i) =>
    columns.map((column) => Math.round((10 * column[i]) / (evaluations - 1)) / 10),
  );
}

function shuffled(length, random) {
  const order = Array.from({ length }, (_, i) => i);
  for (let i = length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/** What is chosen is what was measured best; what it is worth is the truth. */
function foundBy({ truth, measured }, points, ideal) {
  const reference = ideal.map(() => 0);
  const box = ideal.reduce((product, value) => product * value, 1);
  const reachOf = (front) => mean(ideal.map((most, k) => Math.max(...front.map((point) => point[k])) / most));
  return counts.map((count) => {
    const tried = points.slice(0, count);
    const front = nondominated(tried.map(measured)).map((i) => truth(tried[i]));
    return { share: hypervolume(front, reference) / box, reach: reachOf(front) };
  });
}

function printTable() {
  const width = Math.max(...methods.map((method) => method.length));
  for (const name of new Set(runs.map(({ problem }) => problem))) {
    console.log(
      `\n${name} (${seeds.length} seeds): share of the box, and reach of its ends, ± standard error after ${counts.join(', ')} trials`,
    );
    for (const method of methods) {
      const own = runs.filter((run) => run.problem === name && run.method === method);
      const cells = counts.map((_, c) =>
        ['share', 'reach'].map((what) => inWords(own.map(({ found }) => found[c][what]))).join(' '),
      );
      console.log(`  ${method.padEnd(width)}  ${cells.join('   ')}`);
    }
  }
}

function inWords(values) {
  const middle = mean(values);
  const variance = mean(values.map((value) => (value - middle) ** 2));
  return `${middle.toFixed(3)} ± ${Math.sqrt(variance / Math.max(1, values.length - 1)).toFixed(3)}`;
}
