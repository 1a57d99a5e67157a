/**
 * Searches between the two checkpoints of the tiny world, with its judge: how many iterations and images until a merge has 80 %
 * of the best known score, and until 80 % of what there is to gain over A, B and their mean is gained. In process, with
 * the arithmetic of the simulated WebUI and its runtime merge. Every image's score is kept as data.
 *
 *   npm run bench -- tiny-world [--seeds 3] [--first-seed 1] [--iterations 60] [--optimizers random,python-default,bayesian]
 *                               [--images-per-trial all,auto [--images 150]] [--out FILE] [--dist DIR] [--report] [--trial]
 *
 * `--images-per-trial` counts images instead: searches of the default optimizer as the run's own allocation divides them, `--images`
 * each. `--report` prints the tables of what is kept without measuring; `--trial` times one trial of 12 images.
 *
 * With `--seeds 10 --images-per-trial all,auto` the merge to be handed out had 80 % of the best known score after 78 images with all
 * images a trial, after 38 with `auto` (medians).
 *
 * `python-default` is the Bayesian optimizer of the Python tool as far as it can be repeated: it sees a sub-grid drawn
 * once, 12 of the 27 blocks frozen to one value and two values in the others. On it we let our own model choose, which
 * flatters it.
 */
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { mean, median } from './statistics.mjs';
import { subGrid } from './sub-grid.mjs';
import { TinyWorldData } from './tiny-world-data.mjs';
import { imageSearch, imageTable } from './tiny-world-images.mjs';

const { values: args } = parseArgs({
  options: {
    seeds: { type: 'string', default: '3' },
    'first-seed': { type: 'string', default: '1' },
    iterations: { type: 'string', default: '60' },
    optimizers: { type: 'string', default: 'random,python-default,bayesian' },
    'images-per-trial': { type: 'string' },
    images: { type: 'string', default: '150' },
    out: { type: 'string', default: path.join(import.meta.dirname, 'data/tiny-world-evaluations.json') },
    dist: { type: 'string', default: path.resolve(import.meta.dirname, '../dist') },
    report: { type: 'boolean', default: false },
    trial: { type: 'boolean', default: false },
  },
});
const load = async (file) => await import(pathToFileURL(path.resolve(args.dist, file)).href);
const { createOptimizer } = await load('optimizers/index.js');
const { RunState } = await load('run/run-state.js');
const { orderImages } = await load('allocation/index.js');
const { createSpace } = await load('space/space.js');
const { createScorers } = await load('score/index.js');
const { blockOfKey } = await load('simulator/models/blocks.js');
const { readTensors } = await load('simulator/models/disk-folder.js');
const { interpolate } = await load('simulator/models/state-dict.js');
const { randomStream, hashText } = await load('simulator/random.js');
const { modelFile } = await load('simulator/worlds/tiny/assets.js');
const { TINY_WORLD } = await load('simulator/worlds/tiny/place.js');
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
const data = new TinyWorldData(args.out, PROMPTS);
let world;
let scorer;

if (args.report) report();
else {
  world = await createTinyWorld();
  const manifest = path.join(TINY_WORLD, 'judge', 'manifest.json');
  [{ scorer }] = createScorers([{ id: 'onnx', weight: 1, options: { manifest } }], {});
  await scorer.open?.(signal);
  try {
    await (args.trial ? timeTrial() : args['images-per-trial'] === undefined ? measure() : countImages());
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
  data.save();
  report();
}

/** The searches of a seed share the images of the same merges, and those that earlier runs kept. */
async function countImages() {
  const began = performance.now();
  for (const seed of seeds) {
    const drawn = data.imagesOf(seed);
    for (const mode of args['images-per-trial'].split(',')) {
      const own = new Set();
      const scoresOf = async (weights, places) => {
        const tenths = weights.map((w) => Math.round(10 * w));
        const key = tenths.join(' ');
        const scores = drawn.get(key) ?? PROMPTS.map(() => null);
        drawn.set(key, scores);
        own.add(key);
        const missing = places.filter((place) => scores[place] === null);
        const found = missing.length === 0 ? [] : await draw(weights, seed, missing);
        for (const [i, place] of missing.entries()) scores[place] = digits(found[i]);
        return places.map((place) => scores[place]);
      };
      const budget = Number(args.images);
      const search = await imageSearch(
        { RunState, orderImages, createSpace },
        { mode, seed, prompts: PROMPTS, scoresOf, budget },
      );
      data.searches.push(search);
      for (const key of own) {
        data.evaluations.push({
          optimizer: `bayesian ${mode}`,
          seed,
          weights: key.split(' ').map(Number),
          scores: drawn.get(key),
        });
      }
      const seconds = Math.round((performance.now() - began) / 1000);
      console.log(
        `${mode.padEnd(5)} seed ${seed}  ${search.images} images, ${search.trials} merges, handed out ${search.handed.at(-1)[1].toFixed(4)}  (${seconds} s so far)`,
      );
    }
    data.save();
  }
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
  const scores = await draw(weights, seed, [...prompts.keys()], prompts);
  data.evaluations.push({
    optimizer,
    seed,
    weights: weights.map((w) => Math.round(10 * w)),
    scores: scores.map(digits),
  });
  return mean(scores);
}

/** Scores of images in one batch. */
async function draw(weights, seed, places, prompts = PROMPTS) {
  const byBlock = new Map(SEARCH_ORDER.map((block, i) => [block, weights[i]]));
  const model = interpolate(a, a, b, (key) => byBlock.get(blockOfKey(key, 'sd1')));
  const jobs = places.map((place, index) => ({
    prompt: prompts[place],
    negativePrompt: '',
    seed: firstSeedOf(seed) + place,
    subseed: 0,
    subseedStrength: 0,
    width: 256,
    height: 256,
    steps: STEPS,
    cfgScale: 7,
    batch: { size: places.length, index },
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
  return scores;
}

function report() {
  const all = data.allEvaluations();
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
    const eighty = until(({ seed }) => 0.8 * data.bestOf(seed));
    const gained = until(({ seed, start }) => start + 0.8 * (data.bestOf(seed) - start));
    const final = median(own.map(({ scores }) => Math.max(...scores)));
    return `| ${name} | ${reached(eighty)} | ${reached(gained)} | ${final.toFixed(3)} |`;
  });
  console.log(
    [
      `\nMedians of ${seeds.length} seeds, ${iterations} iterations of ${PROMPTS.length} images (in brackets: how many got there)`,
      `\nA, B and 0.5: best ${median(starts).toFixed(3)}; best known ${median(seeds.map((seed) => data.bestOf(seed))).toFixed(3)}\n`,
      '| optimizer | 80 % of the best known score | 80 % of the gain | best score |',
      '|---|---|---|---|',
      ...rows,
    ].join('\n'),
  );
  const counted = data.allSearches().filter(({ seed }) => seeds.includes(seed));
  if (counted.length === 0) return;
  const levelsOf = (seed) => {
    const best = data.bestOf(seed);
    const start = Math.max(...of('plain', seed));
    return [0.8 * best, start + 0.8 * (best - start)];
  };
  console.log(imageTable(counted, levelsOf));
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

function digits(value) {
  return Number(value.toPrecision(4));
}
