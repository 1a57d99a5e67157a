/**
 * Worlds: what a block merge of two fine-tunes of the tiny base scores, picture by picture, from 27 weights in search order.
 * Each is a small network fitted to thousands of real merges (tools/tiny-world/README.md says how, and how well).
 *
 *   node bench/worlds.mjs      lists them, with their fit and the time of an evaluation
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';

const FOLDER = path.join(import.meta.dirname, 'data/worlds');
/** The score of a picture is the product of the judge's words, crisp, vivid and clean. */
const PARTS = 4;

/** @returns the worlds of a folder, checked against the test points that the index carries */
export function loadWorlds(folder = FOLDER) {
  const index = JSON.parse(readFileSync(path.join(folder, 'worlds.json'), 'utf8'));
  return index.worlds.map((entry) => {
    const world = makeWorld(entry, index, readFileSync(path.join(folder, `${entry.name}.bin`)));
    check(world, entry.checks);
    return world;
  });
}

/** Score of one picture, between 0 and 1; `weights`: 27 numbers between 0 and 1. */
export function score(world, weights, picture) {
  return world.picture(weights, picture);
}

/** Mean score of the first `count` pictures, or of all. */
export function meanScore(world, weights, count = world.pictures) {
  if (count === world.pictures) return mean(world.scores(weights));
  let sum = 0;
  for (let picture = 0; picture < count; picture++) sum += world.picture(weights, picture);
  return sum / count;
}

function makeWorld(entry, { layers, pictures }, bytes) {
  const values = halves(bytes);
  const sizes = layers.map(([, rows, columns]) => rows * columns);
  if (values.length !== sizes.reduce((sum, size) => sum + size, 0)) {
    throw new Error(`world ${entry.name}: ${values.length} parameters, not what the index says`);
  }
  let at = 0;
  const [w1, b1, w2, b2, w3, b3] = sizes.map((size) => values.subarray(at, (at += size)));
  const size = layers[0][1];
  const first = new Float64Array(b1.length);
  const second = new Float64Array(b2.length);
  const last = new Float64Array(b3.length);

  /** Searches ask for one picture after another of the same merge: its hidden layers are kept. */
  let kept = [];
  const hidden = (x) => {
    if (x.length !== size) throw new Error(`a world takes ${size} weights, not ${x.length}`);
    if (kept.length === size && kept.every((value, i) => value === x[i])) return;
    kept = [...x];
    layer(
      x.map((value) => 2 * value - 1),
      w1,
      b1,
      first,
    );
    layer(first, w2, b2, second);
  };
  const part = (z) => 1 / (1 + Math.exp(-z));
  const picture = (x, p) => {
    if (!(Number.isInteger(p) && p >= 0 && p < pictures)) throw new Error(`there is no picture ${p}`);
    hidden(x);
    let product = 1;
    for (let k = PARTS * p; k < PARTS * (p + 1); k++) {
      let z = b3[k];
      for (let i = 0; i < second.length; i++) z += second[i] * w3[i * b3.length + k];
      product *= part(z);
    }
    return product;
  };
  const scores = (x) => {
    hidden(x);
    sums(second, w3, b3, last);
    return Array.from({ length: pictures }, (_, p) => {
      let product = 1;
      for (let k = PARTS * p; k < PARTS * (p + 1); k++) product *= part(last[k]);
      return product;
    });
  };
  const truth = (x) => mean(scores(x));
  const gain = (value) => (value - entry.randomMean) / (entry.bestKnown - entry.randomMean);
  const { name, prompts, randomMean, bestKnown, quality } = entry;
  return { name, prompts, size, pictures, picture, scores, truth, gain, randomMean, bestKnown, quality };
}

/** SiLU of a layer's sums. */
function layer(input, weights, bias, output) {
  sums(input, weights, bias, output);
  for (let o = 0; o < output.length; o++) output[o] /= 1 + Math.exp(-output[o]);
}

function sums(input, weights, bias, output) {
  const width = bias.length;
  for (let o = 0; o < width; o++) output[o] = bias[o];
  for (let i = 0, at = 0; i < input.length; i++, at += width) {
    const value = input[i];
    for (let o = 0; o < width; o++) output[o] += value * weights[at + o];
  }
}

/** Numbers of 16 bits (IEEE 754), little-endian. */
function halves(bytes) {
  const values = new Float32Array(bytes.length / 2);
  for (let i = 0; i < values.length; i++) {
    const bits = bytes.readUInt16LE(2 * i);
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 1023;
    const size = exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25);
    values[i] = bits >> 15 ? -size : size;
  }
  return values;
}

function check(world, checks) {
  for (const { x, scores } of checks) {
    const own = world.scores(x);
    for (const [p, wanted] of scores.entries()) {
      if (Math.abs(own[p] - wanted) > 1e-4 || Math.abs(world.picture(x, p) - wanted) > 1e-4) {
        throw new Error(`world ${world.name}: a test point has another score than the index says`);
      }
    }
  }
}

function mean(values) {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) list();

function list() {
  const worlds = loadWorlds();
  console.log(
    '| world | random | best | R² of 1 / 12 / 48 pictures: random merges | naive searches | optimizers |',
  );
  console.log('|---|---|---|---|---|---|');
  const row = (numbers) => numbers.map((number) => number.toFixed(3)).join(' / ');
  for (const { name, randomMean, bestKnown, quality } of worlds) {
    console.log(
      `| ${name} | ${row([randomMean])} | ${row([bestKnown])} | ${row(quality.design)} | ${row(quality.searches)} | ${row(quality.optimizers)} |`,
    );
  }
  const [world] = worlds;
  const points = Array.from({ length: 2000 }, () => Array.from({ length: world.size }, () => Math.random()));
  const time = (what, run) => {
    const start = performance.now();
    for (const x of points) run(x);
    const each = (1000 * (performance.now() - start)) / points.length;
    console.log(`${what}: ${each.toFixed(0)} microseconds a merge`);
  };
  time('all pictures', (x) => world.truth(x));
  time('one picture', (x) => world.picture(x, 0));
}
