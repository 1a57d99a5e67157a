// Searches of other merge methods, of several models and of the base, beside the weighted sum at equal numbers of images, over real checkpoints
// (simulate --world tiny, its own judge); then a case that is made so that only three models can win: B has what is wanted, on top of a
// change that spoils images, and C has that change alone.
//   npm run bench -- searched-methods [--iterations 16] [--seeds 2] [--first-seed 1] [--proof 24] [--parts equal,made]
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { mustHold } from './statistics.mjs';

const { values: args } = parseArgs({
  options: {
    iterations: { type: 'string', default: '16' },
    seeds: { type: 'string', default: '2' },
    'first-seed': { type: 'string', default: '1' },
    proof: { type: 'string', default: '24' },
    parts: { type: 'string', default: 'equal,made' },
    dist: { type: 'string', default: path.resolve(import.meta.dirname, '../dist') },
  },
});
const load = async (file) => await import(pathToFileURL(path.resolve(args.dist, file)).href);
const { parseSearchConfig } = await load('config/load.js');
const { defaultEnvironment } = await load('run/environment.js');
const { runSearch } = await load('run/run.js');
const { startSimulator } = await load('simulator/index.js');
const { TINY_WORLD } = await load('simulator/worlds/tiny/place.js');
const { mergeCheckpoints } = await load('checkpoints/merge.js');

const { blocksOf } = await load('architectures/registry.js');

const BLOCKS = blocksOf('sd1');
const PROMPTS = ['a big red circle on navy', 'a small yellow star on plum', 'a striped teal heart on sand'];
const seeds = Array.from({ length: Number(args.seeds) }, (_, i) => Number(args['first-seed']) + i);
const folder = mkdtempSync(path.join(os.tmpdir(), 'autombw-methods-'));

const USUAL = { 'weighted sum': {} };
const OTHERS = {
  'one of four methods': {
    search: {
      method: ['weighted-sum', 'slerp', 'dare', 'ties'],
      'dare:p': { low: 0.1, high: 0.7 },
      'ties:k': { low: 0.1, high: 1 },
    },
  },
  'three models (multi-sum)': {
    method: 'multi-sum',
    modelC: 'base',
    search: { 'multi-sum:c': { low: -0.5, high: 0.5 } },
  },
};

try {
  console.log(
    `${args.iterations} iterations, 3 groups of blocks, score on ${args.proof} fresh images; mean of seeds ${seeds.join(', ')}\n`,
  );
  const models = path.join(folder, 'models');
  mkdirSync(models);
  // The simulator writes its own models.
  const own = {
    world: 'tiny',
    port: 0,
    modelsDir: models,
    extensions: [],
    models: ['crisp', 'vivid', 'base'],
  };
  await (await startSimulator(own)).close();
  if (args.parts.includes('equal')) await compare(models);
  if (args.parts.includes('made')) await compareMade(models);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function compare(models) {
  const usual = await table({ ...USUAL, ...OTHERS }, models, { modelA: 'crisp', modelB: 'vivid' });
  for (const name of Object.keys(OTHERS)) {
    mustHold(
      `${name} finds at least what the weighted sum finds, within two standard errors`,
      usual[name].mean >=
        usual['weighted sum'].mean - 2 * Math.hypot(usual[name].error, usual['weighted sum'].error),
    );
  }
}

async function compareMade(models) {
  const made = path.join(folder, 'made');
  mkdirSync(made);
  for (const name of ['crisp', 'vivid', 'base'])
    copyFileSync(path.join(models, `${name}.safetensors`), path.join(made, `${name}.safetensors`));
  await spoil(made);
  console.log(
    '\nB has what is wanted on top of a change that spoils images; C is model A with that change alone\n',
  );
  const three = { 'add-difference with C': { method: 'add-difference', modelC: 'spoilt' } };
  const won = await table({ ...USUAL, ...three }, made, { modelA: 'crisp', modelB: 'spoilt-wanted' });
  mustHold(
    'with three models it is won',
    won['add-difference with C'].mean >
      won['weighted sum'].mean +
        2 * Math.hypot(won['add-difference with C'].error, won['weighted sum'].error),
  );
}

/** @returns score of the recommended merge on fresh images, by search */
async function table(searches, modelsDir, models) {
  const simulator = await startSimulator({
    world: 'tiny',
    port: 0,
    modelsDir,
    extensions: [],
    models: namesFor(models),
  });
  const found = {};
  try {
    for (const [name, config] of Object.entries(searches)) {
      const scores = [];
      let baselines;
      for (const seed of seeds) {
        const { proof } = await runSearch(
          configOf({ seed, modelsDir, ...models, ...config, webui: simulator.url }),
          defaultEnvironment(),
        );
        const meanOf = (candidate) => proof.verdict.means.find((one) => one.name === candidate)?.mean;
        scores.push(meanOf('best'));
        baselines = ['A', 'B', 'half'].map((one) => `${one} ${meanOf(one)?.toFixed(3)}`).join(', ');
      }
      const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
      const spread = Math.sqrt(
        scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / Math.max(1, scores.length - 1),
      );
      found[name] = { mean, error: Math.max(0.01, spread / Math.sqrt(scores.length)) };
      console.log(`${name.padEnd(28)} ${mean.toFixed(3)} ± ${found[name].error.toFixed(3)}   (${baselines})`);
    }
  } finally {
    await simulator.close();
  }
  return found;
}

/** Models of which a weighted sum gets what is wanted only together with a change that spoils images: `B = A + wanted + noise`, `C = A + noise`. */
async function spoil(models) {
  const file = (name) => path.join(models, `${name}.safetensors`);
  const merge = async (output, [a, b, c], method, weight) =>
    mergeCheckpoints({
      modelA: file(a),
      modelB: file(b),
      ...(c !== undefined && { modelC: file(c) }),
      method,
      weights: Object.fromEntries(BLOCKS.map((block) => [block, weight])),
      output: file(output),
      force: true,
    });
  writeFileSync(file('noise'), reversed(readFileSync(file('crisp'))));
  await merge('spoilt', ['crisp', 'noise'], 'weighted-sum', 0.25);
  // What no weighted sum of the world's models has, and its judge likes.
  await merge('wanted', ['base', 'base', 'vivid'], 'add-difference', 1);
  await merge('spoilt-wanted', ['spoilt', 'wanted', 'crisp'], 'add-difference', 1);
}

/** The numbers of every tensor in the opposite order: as large as before, and without a meaning. */
function reversed(bytes) {
  const headerEnd = 8 + Number(bytes.readBigUInt64LE());
  const header = JSON.parse(bytes.subarray(8, headerEnd).toString('utf8'));
  const copy = Buffer.from(bytes);
  for (const [name, { dtype, data_offsets: [from, to] = [0, 0] }] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const size = dtype === 'F32' ? 4 : 2;
    for (let at = from; at < to; at += size)
      bytes.copy(copy, headerEnd + at, headerEnd + to - size - (at - from), headerEnd + to - (at - from));
  }
  return copy;
}

function namesFor({ modelA, modelB }) {
  return modelB === 'vivid' ? ['crisp', 'vivid', 'base'] : [modelA, modelB, 'spoilt', 'base'];
}

function configOf({ seed, ...config }) {
  const payload = PROMPTS.map((prompt, p) => {
    const file = path.join(folder, `${prompt.split(' ')[3]}-${seed}.json`);
    const size = { width: 256, height: 256, steps: 6, cfg_scale: 7, sampler_name: 'Euler' };
    writeFileSync(file, JSON.stringify({ prompt, seed: 1000 * seed + 10 * p, n_iter: 1, ...size }));
    return file;
  });
  return parseSearchConfig({
    payload,
    output: `methods-${Object.keys(config).length}-${seed}`,
    backend: 'checkpoint',
    scorer: ['onnx'],
    scorerOptions: { onnx: { manifest: path.join(TINY_WORLD, 'judge', 'manifest.json') } },
    iterations: Number(args.iterations),
    testGrouping: 12,
    imagesPerTrial: 3,
    earlyStop: false,
    prove: Number(args.proof),
    seed,
    saveBest: 'none',
    saveImages: 'none',
    folder,
    ...config,
  });
}
