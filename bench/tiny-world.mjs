/**
 * Searches between the two checkpoints of the tiny world, with its judge: how many iterations and images until a merge has 80 %
 * of the best known score, and until 80 % of what there is to gain over A, B and their mean is gained. In process, with
 * the arithmetic of the simulated WebUI and its runtime merge. Every image's score is kept as data.
 *
 *   npm run bench -- tiny-world [--seeds 3] [--iterations 60] [--optimizers random,python-default,bayesian]
 *                               [--out FILE] [--dist DIR]
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

const { values: args } = parseArgs({
  options: {
    seeds: { type: 'string', default: '3' },
    iterations: { type: 'string', default: '60' },
    optimizers: { type: 'string', default: 'random,python-default,bayesian' },
    out: { type: 'string', default: path.join(import.meta.dirname, 'data/tiny-world-evaluations.json') },
    dist: { type: 'string', default: path.resolve(import.meta.dirname, '../dist') },
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
const { SEARCH_ORDER } = await load('space/blocks.js');

const PROMPTS = [
  'a big red circle on navy',
  'a small yellow star on plum',
  'a striped teal heart on sand',
  'a big pink moon on forest',
  'a dotted orange square on mint',
  'a small white ring on sky',
];
/** Another one for each of the run's seeds: what is found must not hang on one set of pictures. */
const firstSeedOf = (seed) => 1000 * seed + 1;
const FROZEN = 12;
const STEPS = 6;

const [a, b] = ['crisp', 'vivid'].map((name) => readTensors(modelFile(name)));
const world = await createTinyWorld();
const manifest = path.join(TINY_WORLD, 'judge', 'manifest.json');
const [{ scorer }] = createScorers([{ id: 'onnx', weight: 1, options: { manifest } }], {});
const { signal } = new AbortController();
await scorer.open?.(signal);

const iterations = Number(args.iterations);
const runs = [];
const evaluations = [];
const began = performance.now();
try {
  for (let seed = 1; seed <= Number(args.seeds); seed++) {
    const plain = [];
    for (const value of [0, 1, 0.5])
      plain.push(
        await evaluate(
          SEARCH_ORDER.map(() => value),
          'plain',
          seed,
        ),
      );
    for (const name of args.optimizers.split(',')) runs.push(await search(name, seed, Math.max(...plain)));
  }
} finally {
  await scorer.close?.();
  await world.close();
}
save();
report();

async function search(name, seed, start) {
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
  return { name, seed, start, scores };
}

/** The whole grid, or the Python tool's part of it. */
function spaceOf(name, seed) {
  if (name !== 'python-default') {
    const dimensions = SEARCH_ORDER.map((block) => ({ name: block, low: 0, high: 1, intervals: 10 }));
    return { dimensions, expand: (values) => values };
  }
  const random = randomStream(hashText(`sub-grid|${seed}`));
  const tenth = () => Math.floor(11 * random());
  const shuffled = SEARCH_ORDER.map((block) => ({ block, lot: random() })).toSorted((p, q) => p.lot - q.lot);
  const frozen = new Map(shuffled.slice(0, FROZEN).map(({ block }) => [block, tenth() / 10]));
  const free = SEARCH_ORDER.filter((block) => !frozen.has(block));
  const dimensions = free.map((block) => {
    const low = tenth();
    const other = (low + 1 + Math.floor(10 * random())) % 11;
    return { name: block, low: Math.min(low, other) / 10, high: Math.max(low, other) / 10, intervals: 1 };
  });
  const expand = (values) => SEARCH_ORDER.map((block) => frozen.get(block) ?? values[free.indexOf(block)]);
  return { dimensions, expand };
}

/** Mean score of one picture of each prompt. */
async function evaluate(weights, optimizer, seed) {
  const byBlock = new Map(SEARCH_ORDER.map((block, i) => [block, weights[i]]));
  const model = interpolate(a, a, b, (key) => byBlock.get(blockOfKey(key, 'sd1')));
  const jobs = PROMPTS.map((prompt, index) => ({
    prompt,
    negativePrompt: '',
    seed: firstSeedOf(seed) + index,
    subseed: 0,
    subseedStrength: 0,
    width: 256,
    height: 256,
    steps: STEPS,
    cfgScale: 7,
    batch: { size: PROMPTS.length, index },
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
    // A picture without any content shows no words.
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
  console.log(`\n${data.evaluations.length} merges of ${PROMPTS.length} pictures in ${args.out}`);
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
  const rows = args.optimizers.split(',').map((name) => {
    const own = runs.filter((run) => run.name === name);
    const until = (level) => own.map((run) => firstAt(run.scores, level(run)));
    const eighty = until(({ seed }) => 0.8 * bestOf(seed));
    const gained = until(({ seed, start }) => start + 0.8 * (bestOf(seed) - start));
    const final = median(own.map(({ scores }) => Math.max(...scores)));
    return `| ${name} | ${reached(eighty)} | ${reached(gained)} | ${final.toFixed(3)} |`;
  });
  console.log(
    [
      `\nMedians of ${args.seeds} seeds, ${iterations} iterations of ${PROMPTS.length} images (in brackets: how many got there)`,
      `\nA, B and 0.5: best ${median(runs.map(({ start }) => start)).toFixed(3)}; best known ${median(runs.map(({ seed }) => bestOf(seed))).toFixed(3)}\n`,
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
