/**
 * Searches between the two checkpoints of the tiny world, with its judge: how many iterations and images until a merge has 80 %
 * of the best known score, and until 80 % of what there is to gain over A, B and their mean is gained. In process, with
 * the arithmetic of the simulated WebUI and its runtime merge. Every image's score is kept as data.
 *
 *   npm run bench -- tiny-world [--seeds 3] [--first-seed 1] [--iterations 60] [--optimizers random,python-default,bayesian]
 *                               [--out FILE] [--dist DIR] [--report] [--trial]
 *
 * `--report` prints the table of the kept evaluations without measuring; `--trial` times one trial of 12 images.
 *
 * `python-default` is the Bayesian optimizer of the Python tool as far as it can be repeated: it sees a sub-grid drawn
 * once, 12 of the 27 blocks frozen to one value and two values in the others. On it we let our own model choose, which
 * flatters it.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { median } from './statistics.mjs';
import { subGrid } from './sub-grid.mjs';

const { values: args } = parseArgs({
  options: {
    seeds: { type: 'string', default: '3' },
    'first-seed': { type: 'string', default: '1' },
    iterations: { type: 'string', default: '60' },
    optimizers: { type: 'string', default: 'random,python-default,bayesian' },
    out: { type: 'string', default: path.join(import.meta.dirname, 'data/tiny-world-evaluations.json') },
    dist: { type: 'string', default: path.resolve(import.meta.dirname, '../dist') },
    report: { type: 'boolean', default: false },
    trial: { type: 'boolean', default: false },
  },
});
const load = async (file) => await import(pathToFileURL(path.resolve(args.dist, file)).href);
const { createOptimizer } = await load('optimizers/index.js');
const { createScorers } = await load('score/index.js');
const { blockOfKey } = await load('simulator/models/blocks.js');
const { readTensors } = await load('simulator/models/disk-folder.js');
const { interpolate } = await load('simulator/models/state-dict.js');
const { randomStream, hashText } = await load('simulator/random.js');
const { modelFile, TINY_WORLD } = await load('simulator/worlds/tiny/assets.js');
const { createTinyWorld } = await load('simulator/worlds/tiny/tiny-world.js');
const { SEARCH_ORDER } = await load('architectures/sd-lists.js');

const PROMPTS = [
  'a big red circle on navy',
  'a small yellow star on plum',
  'a striped teal heart on sand',
  'a big pink moon on forest',
  'a dotted orange square on mint',
  'a small white ring on sky',
];
/** Another one for each of the run's seeds: what is found must not hang on one set of images. */
const firstSeedOf = (seed) => 1000 * seed + 1;
const STEPS = 6;

const [a, b] = ['crisp', 'vivid'].map((name) => readTensors(modelFile(name)));
const iterations = Number(args.iterations);
const firstSeed = Number(args['first-seed']);
const seeds = Array.from({ length: Number(args.seeds) }, (_, i) => firstSeed + i);
const optimizers = args.optimizers.split(',');
const { signal } = new AbortController();
const evaluations = [];
let world;
let scorer;

if (args.report) report();
else {
  world = await createTinyWorld();
  const manifest = path.join(TINY_WORLD, 'judge', 'manifest.json');
  [{ scorer }] = createScorers([{ id: 'onnx', weight: 1, options: { manifest } }], {});
  await scorer.open?.(signal);
  try {
    await (args.trial ? timeTrial() : measure());
  } finally {
    await scorer.close?.();
    await world.close();
  }
}

async function measure() {
  const began = performance.now();
  for (const seed of seeds) {
    for (const value of [0, 1, 0.5]) {
      const weights = SEARCH_ORDER.map(() => value);
      await evaluate(weights, 'plain', seed);
    }
    for (const name of optimizers) await search(name, seed, began);
  }
  save();
  report();
}

/** One batch, one process of two threads for the images and one for the judge. */
async function timeTrial() {
  const weights = SEARCH_ORDER.map(() => 0.5);
  const prompts = [...PROMPTS, ...PROMPTS];
  await evaluate(weights, 'trial', 1, prompts);
  const times = [];
  for (let seed = 2; seed < 9; seed++) {
    const start = performance.now();
    await evaluate(weights, 'trial', seed, prompts);
    times.push((performance.now() - start) / 1000);
  }
  const seconds = median(times).toFixed(2);
  console.log(
    `12 images of ${STEPS} steps merged, drawn and judged: ${seconds} s, median of ${times.length} (limit 2 s on two cores)`,
  );
}

async function search(name, seed, began) {
  const { dimensions, expand } = spaceOf(name, seed);
  const optimizer = createOptimizer(name === 'random' ? 'random' : 'bayesian', {
    space: { dimensions },
    seed,
  });
  const scores = [];
  for (let i = 0; i < iterations; i++) {
    const { id, values } = optimizer.ask();
    const score = await evaluate(expand(values), name, seed);
    optimizer.tell(id, score);
    scores.push(score);
  }
  const seconds = Math.round((performance.now() - began) / 1000);
  console.log(
    `${name.padEnd(15)} seed ${seed}  best ${Math.max(...scores).toFixed(4)}  (${seconds} s so far)`,
  );
}

/** The whole grid, or the Python tool's part of it. */
function spaceOf(name, seed) {
  if (name !== 'python-default') {
    const dimensions = SEARCH_ORDER.map((block) => ({ name: block, low: 0, high: 1, intervals: 10 }));
    return { dimensions, expand: (values) => values };
  }
  return subGrid(SEARCH_ORDER, seed, { randomStream, hashText });
}

/** Mean score of one image of each prompt. */
async function evaluate(weights, optimizer, seed, prompts = PROMPTS) {
  const byBlock = new Map(SEARCH_ORDER.map((block, i) => [block, weights[i]]));
  const model = interpolate(a, a, b, (key) => byBlock.get(blockOfKey(key, 'sd1')));
  const jobs = prompts.map((prompt, index) => ({
    prompt,
    negativePrompt: '',
    seed: firstSeedOf(seed) + index,
    subseed: 0,
    subseedStrength: 0,
    width: 256,
    height: 256,
    steps: STEPS,
    cfgScale: 7,
    batch: { size: prompts.length, index },
    damaged: false,
  }));
  const sampling = world.begin({ jobs, encoders: { positive: a, negative: a } });
  for (let step = 0; step < STEPS; step++) await sampling.step(model);
  const scores = [];
  for (const job of jobs) {
    const pixels = await sampling.paint(job, a);
    const item = {
      pixels,
      bytes: new Uint8Array(),
      prompt: job.prompt,
      negativePrompt: '',
      payload: '',
      seed: job.seed,
      infotext: null,
    };
    const [result] = await scorer.score([item], signal);
    // An image without any content shows no words.
    scores.push(result.state === 'scored' ? result.value : 0);
  }
  evaluations.push({
    optimizer,
    seed,
    weights: weights.map((w) => Math.round(10 * w)),
    scores: scores.map(digits),
  });
  return mean(scores);
}

/** Evaluations of earlier runs stay: the best known only grows. */
function save() {
  const data = {
    prompts: PROMPTS,
    firstSeeds: 'seed * 1000 + 1',
    weights: 'tenths, in search order',
    evaluations: [...known(), ...evaluations],
  };
  mkdirSync(path.dirname(args.out), { recursive: true });
  const lines = data.evaluations.map((entry) => `    ${JSON.stringify(entry)}`).join(',\n');
  const head = JSON.stringify({ ...data, evaluations: [] }, null, 2).replace(
    '"evaluations": []\n}',
    '"evaluations": [\n',
  );
  writeFileSync(args.out, `${head}${lines}\n  ]\n}\n`);
  console.log(`\n${data.evaluations.length} merges of ${PROMPTS.length} images in ${args.out}`);
}

/** Of runs that are not repeated here. */
function known() {
  if (!existsSync(args.out)) return [];
  const again = new Set(evaluations.map(({ optimizer, seed }) => `${optimizer}|${seed}`));
  return JSON.parse(readFileSync(args.out, 'utf8')).evaluations.filter(
    ({ optimizer, seed }) => !again.has(`${optimizer}|${seed}`),
  );
}

function report() {
  const all = [...known(), ...evaluations];
  const bestOf = (seed) =>
    Math.max(...all.filter((entry) => entry.seed === seed).map(({ scores }) => mean(scores)));
  const of = (optimizer, seed) =>
    all
      .filter((entry) => entry.optimizer === optimizer && entry.seed === seed)
      .map(({ scores }) => mean(scores));
  const starts = seeds.map((seed) => Math.max(...of('plain', seed)));
  const rows = optimizers.map((name) => {
    const own = seeds.map((seed, i) => ({
      seed,
      start: starts[i],
      scores: of(name, seed).slice(0, iterations),
    }));
    const until = (level) => own.map((run) => firstAt(run.scores, level(run)));
    const eighty = until(({ seed }) => 0.8 * bestOf(seed));
    const gained = until(({ seed, start }) => start + 0.8 * (bestOf(seed) - start));
    const final = median(own.map(({ scores }) => Math.max(...scores)));
    return `| ${name} | ${reached(eighty)} | ${reached(gained)} | ${final.toFixed(3)} |`;
  });
  console.log(
    [
      `\nMedians of ${seeds.length} seeds, ${iterations} iterations of ${PROMPTS.length} images (in brackets: how many got there)`,
      `\nA, B and 0.5: best ${median(starts).toFixed(3)}; best known ${median(seeds.map(bestOf)).toFixed(3)}\n`,
      '| optimizer | 80 % of the best known score | 80 % of the gain | best score |',
      '|---|---|---|---|',
      ...rows,
    ].join('\n'),
  );
}

function firstAt(scores, level) {
  const found = scores.findIndex((score) => score >= level);
  return found < 0 ? Infinity : found + 1;
}

function reached(counts) {
  const middle = median(counts);
  const got = `(${counts.filter(Number.isFinite).length} of ${counts.length})`;
  if (!Number.isFinite(middle)) return `more than ${iterations} ${got}`;
  return `${middle} iterations, ${middle * PROMPTS.length} images ${got}`;
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function digits(value) {
  return Number(value.toPrecision(4));
}
