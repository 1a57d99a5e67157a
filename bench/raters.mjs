/**
 * How many answers of a person a search needs: ratings from 0 to 10 beside "which is better?" (manual.ask=pairs), on worlds, by the
 * run's own state and the scorer's own estimates. The person is simulated and sees every image with the same noise in both ways:
 * a rating is what is seen, moved by a drift that is another one after every 60 answers, and rounded; an answer to a pair is the
 * difference of two such looks, without the drift because both images are seen at once.
 *
 *   npm run bench -- raters [--ways ratings,pairs,better-or-worse] [--noise 1] [--drift 0,1] [--images 4] [--answers 360]
 *       [--images-per-trial all] [--seeds 2] [--first-seed 1] [--cases PART,…] [--out FILE] [--with FILE] [--dist DIR]
 *
 * Noise and drift are standard deviations in points of a rating; the scores of a world, 0 to 1, are 0 to 10 points. With `pairs` the
 * person also says "equal" (less than half a point is seen) and "much better" (more than 2.5 points); with `better-or-worse` neither.
 * Tables of the merge that would be handed out: its true gain by all 48 pictures of a world (0 = mean of random points, 1 = best known),
 * and by the images that the person judges, in points above random merges.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { meanAndError } from './optimizer-tables.mjs';
import { mean } from './statistics.mjs';
import { loadWorlds, meanScore } from './worlds.mjs';
import { uniformNumbers as uniform } from './uniform-numbers.mjs';

const { values: args } = parseArgs({
  options: {
    ways: { type: 'string', default: 'ratings,pairs,better-or-worse' },
    noise: { type: 'string', default: '1' },
    drift: { type: 'string', default: '0,1' },
    images: { type: 'string', default: '4' },
    answers: { type: 'string', default: '360' },
    'images-per-trial': { type: 'string', default: 'all' },
    seeds: { type: 'string', default: '2' },
    'first-seed': { type: 'string', default: '1' },
    cases: { type: 'string' },
    out: { type: 'string' },
    with: { type: 'string' },
    dist: { type: 'string', default: path.join(import.meta.dirname, '../dist') },
  },
});
const MARKS = [40, 80, 120, 160, 240, 360, 480];
const SESSION = 60;
const randomMeans = new Map();
const load = async (file) => await import(pathToFileURL(path.resolve(args.dist, file)).href);
const { RunState } = await load('run/run-state.js');
const { isMeasured } = await load('judging/trial-scores.js');
const { orderImages } = await load('allocation/index.js');
const { createSpace } = await load('space/space.js');
const { PAIRS_VERSION } = await load('score/manual/index.js');
const { opponentsOf } = await load('score/manual/opponents.js');
const set = Number(args.images);
const budget = Number(args.answers);
const mode = args['images-per-trial'];
const seeds = Array.from({ length: Number(args.seeds) }, (_, i) => i + Number(args['first-seed']));
const parts = args.cases?.split(',');
const worlds = loadWorlds().filter(
  ({ name }) => parts === undefined || parts.some((part) => name.includes(part)),
);

const runs = args.with !== undefined && existsSync(args.with) ? linesOf(args.with) : [];
for (const noise of args.noise.split(',').map(Number)) {
  for (const drift of args.drift.split(',').map(Number)) {
    for (const way of args.ways.split(',')) {
      // A pair knows no drift.
      if (way !== 'ratings' && drift !== Number(args.drift.split(',')[0])) continue;
      for (const world of worlds) for (const seed of seeds) measure({ way, noise, drift, world, seed });
    }
  }
}
printTables();

function measure({ way, noise, drift, world, seed }) {
  const key = [way, noise, way === 'ratings' ? drift : 'any', set, mode, world.name, seed].join('|');
  if (runs.some((run) => run.key === key && run.budget >= budget)) return;
  const { gains, points, trials } = search({ way, noise, drift, world, seed });
  const run = {
    key,
    way,
    noise,
    drift: way === 'ratings' ? drift : null,
    problem: world.name,
    seed,
    budget,
    gains,
    points,
    trials,
  };
  runs.push(run);
  if (args.out !== undefined) appendFileSync(args.out, `${JSON.stringify(run)}\n`);
}

function linesOf(file) {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

function search({ way, noise, drift, world, seed }) {
  const state = new RunState(makePlan(world, way, seed));
  const blocks = state.plan.space.dimensions.map(({ name }) => name);
  const person = makePerson(1000 * seed + 7, { noise, drift, isPlain: way === 'better-or-worse' });
  const seen = new Map();
  const pointOf = (weights) => blocks.map((block) => weights[block]);
  const pointsOf = (weights, request) => 10 * world.picture(pointOf(weights), Number(request.slice(1)));
  const gains = {};
  const points = {};
  let trials = 0;
  while (person.answers() < budget) {
    const work = state.ask();
    const { id, weights } = work.trial;
    const had = work.kind === 'more' ? work.trial.images : [];
    const wanted = state.scores
      .first(work.kind === 'more' ? work.images : work.trial.wanted)
      .slice(had.length);
    const before = person.answers();
    const images = [];
    for (const { request } of wanted) {
      const points = pointsOf(weights, request);
      seen.set(`${id} ${request}`, points);
      images.push(
        way === 'ratings'
          ? rated(request, person.rate(points))
          : compared(id, request, points, [...had, ...images]),
      );
    }
    note(before, person.answers());
    const all = [...had, ...images];
    const result = {
      score: mean(all.map(({ score }) => score)),
      images,
      time: { at: '', evaluation: 1, iteration: 1 },
    };
    if (work.kind === 'more') state.add(id, result);
    else {
      trials++;
      state.finish({ ...work.trial, state: 'scored', source: { kind: 'measured' }, ...result });
    }
  }
  note(budget, Infinity);
  return { gains, points, trials };

  function compared(trial, request, points, own) {
    const measured = state.trials.filter(isMeasured);
    const [against] = opponentsOf({ trial, request, index: 0 }, measured, own);
    if (against === undefined) return rated(request, 5);
    const outcome = person.compare(points, seen.get(`${against} ${request}`));
    return { ...rated(request, 5), answer: { against, outcome } };
  }

  /** What would be handed out before the answers that come next. */
  function note(before, after) {
    for (const mark of MARKS) {
      if (gains[mark] !== undefined || mark > budget || !(mark >= before && mark < after)) continue;
      const best = state.recommended()?.best;
      const point = best && pointOf(best.weights);
      gains[mark] = point === undefined ? 0 : world.gain(world.truth(point));
      points[mark] = point === undefined ? 0 : 10 * (meanScore(world, point, set) - randomMean(world));
    }
  }
}

function rated(request, score) {
  return { request, index: 0, payload: request, seed: 1, score, raw: {}, pixels: '', seconds: 1 };
}

/** By the images that the person judges. */
function randomMean(world) {
  if (!randomMeans.has(world.name)) {
    const random = uniform(1);
    const merges = Array.from({ length: 500 }, () => Array.from({ length: world.size }, () => random()));
    randomMeans.set(world.name, mean(merges.map((point) => meanScore(world, point, set))));
  }
  return randomMeans.get(world.name);
}

/** Answers of a person who sees points of a rating with noise. */
function makePerson(seed, { noise, drift, isPlain }) {
  const random = uniform(seed);
  let answers = 0;
  let shift = 0;
  const count = () => {
    if (answers % SESSION === 0) shift = drift * normal(random);
    answers++;
  };
  return {
    answers: () => answers,
    rate: (points) => {
      count();
      return Math.min(10, Math.max(0, Math.round(points + shift + noise * normal(random))));
    },
    compare: (points, others) => {
      count();
      // A logistic noise as wide as that of two looks.
      const share = Math.max(1e-12, random());
      const logistic = ((noise * Math.SQRT2 * Math.sqrt(3)) / Math.PI) * Math.log(share / (1 - share));
      const difference = points - others + logistic;
      const size = Math.abs(difference);
      const grade = isPlain ? 1 : size < 0.5 ? 0 : size > 2.5 ? 2 : 1;
      return difference < 0 ? -grade : grade;
    },
  };
}

function makePlan({ prompts }, way, seed) {
  const requests = Array.from({ length: set }, (_, p) => ({
    id: `p${p}`,
    payload: `p${p}`,
    prompt: prompts?.[p] ?? '',
    negativePrompt: '',
    reverseScoring: false,
    seeds: [1],
    body: {},
  }));
  return {
    config: { imagesPerTrial: mode === 'auto' || mode === 'all' ? mode : Number(mode) },
    requests,
    ...(mode === 'all' ? {} : { imageOrder: orderImages(requests) }),
    space: createSpace({ architecture: 'sd1', low: 0, high: 1, intervals: 10, blocks: {} }),
    optimizer: { name: 'bayesian', seed, options: {}, second: null },
    queue: [],
    scorers: [{ id: 'manual', version: way === 'ratings' ? 'manual/1' : PAIRS_VERSION }],
    tally: 'arithmetic-mean',
    pass: 0,
    chain: null,
    server: null,
  };
}

function printTables() {
  const own = runs.filter(({ key, seed }) => key.includes(`|${set}|${mode}|`) && seeds.includes(seed));
  for (const noise of new Set(own.map((run) => run.noise))) {
    const rows = own.filter((run) => run.noise === noise);
    const title = `after so many answers, noise ${noise}, ${set} images, --images-per-trial ${mode}: mean ± standard error over worlds`;
    printTable(`True gain by all pictures ${title}`, rows, ({ gains }) => gains);
    printTable(`Points above random merges by the judged images ${title}`, rows, ({ points }) => points);
  }
}

function printTable(title, rows, valuesOf) {
  const marks = MARKS.filter((mark) => mark <= budget);
  console.log(
    `\n${title}\n\n| answers | runs | ${marks.join(' | ')} | trials |\n|${'---|'.repeat(marks.length + 3)}`,
  );
  const print = (name, count, items, trials) => {
    const cells = marks.map((mark) => cellOf(items.map(({ problem, at }) => ({ problem, value: at(mark) }))));
    console.log(`| ${name} | ${count} | ${cells.join(' | ')} | ${trials} |`);
  };
  const names = [...new Set(rows.map(nameOf))];
  for (const name of names) {
    const group = rows.filter((run) => nameOf(run) === name);
    const items = group.map((run) => ({ problem: run.problem, at: (mark) => valuesOf(run)[mark] }));
    print(name, group.length, items, mean(group.map((run) => run.trials)).toFixed(0));
  }
  for (const way of names.filter((one) => !one.startsWith('ratings'))) {
    for (const name of names.filter((one) => one.startsWith('ratings'))) {
      const items = rows.flatMap((run) => {
        const other = rows.find(
          (one) => nameOf(one) === name && one.problem === run.problem && one.seed === run.seed,
        );
        if (nameOf(run) !== way || other === undefined) return [];
        return [{ problem: run.problem, at: (mark) => valuesOf(run)[mark] - valuesOf(other)[mark] }];
      });
      print(`${way} less ${name}`, items.length, items, '');
    }
  }
}

function nameOf({ way, drift }) {
  return way === 'ratings' ? `ratings, drift ${drift}` : way;
}

function cellOf(values) {
  if (values.length === 0) return '';
  const { mean: middle, error } = meanAndError(values);
  return error === undefined ? middle.toFixed(2) : `${middle.toFixed(2)} ± ${error.toFixed(2)}`;
}

function normal(random) {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
