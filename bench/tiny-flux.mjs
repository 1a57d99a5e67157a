/**
 * Searches between the two files of the tiny transformer, with its judge: knots of a curve over depth (`--curve double_blocks=2 --curve
 * single_blocks=2`) beside what an exhaustive search of all 14641 such merges found, and every block by itself at equal images.
 *
 *   npm run bench -- tiny-flux [--seeds 20] [--evaluations 60] [--draw SEEDS] [--check 5] [--optimizer bayesian] [--dist DIR]
 *
 * Searches of the curve read the scores of the exhaustive search: seconds. Those of every block draw their images and are kept in
 * bench/data/tiny-flux/searches.json; `--draw 1,2,3` draws the searches of these seeds (minutes each). `--check` draws so many merges
 * of the grid again in the simulator's world and tells how far they are off.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { mean, median } from './statistics.mjs';
import { ARCHITECTURE, gridSearch, TinyFluxGrid } from './tiny-flux-grid.mjs';
import { openTinyFlux } from './tiny-flux-images.mjs';

const { values: args } = parseArgs({
  options: {
    seeds: { type: 'string', default: '20' },
    evaluations: { type: 'string', default: '60' },
    draw: { type: 'string', default: '' },
    check: { type: 'string', default: '0' },
    optimizer: { type: 'string', default: 'bayesian' },
    dist: { type: 'string', default: path.resolve(import.meta.dirname, '../dist') },
  },
});
const load = async (file) => await import(pathToFileURL(path.resolve(args.dist, file)).href);
const { createOptimizer } = await load('optimizers/registry.js');
const { createSpace, decode } = await load('space/space.js');
const { randomStream } = await load('simulator/random.js');

const KEPT = path.join(import.meta.dirname, 'data/tiny-flux/searches.json');
const COUNTS = [10, 20, 30, 40, 60];
const evaluations = Number(args.evaluations);
const counts = COUNTS.filter((count) => count <= evaluations);
const grid = new TinyFluxGrid();
const drawn = args.draw.split(',').filter(Boolean).map(Number);
const kept = existsSync(KEPT) ? JSON.parse(readFileSync(KEPT, 'utf8')) : [];

if (drawn.length > 0 || Number(args.check) > 0) {
  const flux = await openTinyFlux(await drawingParts(), ARCHITECTURE);
  try {
    await checkGrid(flux);
    for (const seed of drawn) await searchEveryBlock(flux, seed);
  } finally {
    await flux.close();
  }
}
report();

async function drawingParts() {
  const files = [
    'score/index.js',
    'simulator/models/blocks.js',
    'simulator/models/disk-folder.js',
    'simulator/models/state-dict.js',
    'simulator/worlds/tiny/assets.js',
    'simulator/worlds/tiny/place.js',
    'simulator/worlds/tiny/tiny-world.js',
  ];
  return Object.assign({}, ...(await Promise.all(files.map(load))));
}

async function checkGrid({ scoresOf }) {
  const random = randomStream(1);
  const space = createSpace(grid.space);
  const off = [];
  for (let i = 0; i < Number(args.check); i++) {
    const values = i === 0 ? grid.best[0].values : space.dimensions.map(() => Math.round(10 * random()) / 10);
    const scores = await scoresOf(decode(space, values), grid.imagesOf('search'));
    off.push(Math.abs(mean(scores) - grid.scoreOf(values)));
  }
  if (off.length > 0)
    console.log(
      `${off.length} merges drawn again: off by ${mean(off).toFixed(4)}, ${Math.max(...off).toFixed(4)} at most\n`,
    );
}

/** The best so far after each of the counts, on the images of the search and on fresh ones. */
async function searchEveryBlock({ scoresOf }, seed) {
  const space = createSpace(grid.everyBlock);
  const search = createOptimizer(args.optimizer, { space, seed });
  let best = { score: -Infinity };
  const run = { optimizer: args.optimizer, seed, evaluations, best: [] };
  for (let n = 1; n <= evaluations; n++) {
    const { id, values } = search.ask();
    const weights = decode(space, values);
    const score = mean(await scoresOf(weights, grid.imagesOf('search')));
    search.tell(id, score);
    if (score > best.score) best = { values: [...values], weights, score };
    if (!counts.includes(n)) continue;
    best.fresh ??= mean(await scoresOf(best.weights, grid.imagesOf('fresh')));
    run.best.push({ after: n, score: digits(best.score), fresh: digits(best.fresh), values: best.values });
    console.error(
      `every block, seed ${seed}, ${n} merges: ${digits(best.score)}, fresh ${digits(best.fresh)}`,
    );
  }
  const at = kept.findIndex((other) => other.optimizer === run.optimizer && other.seed === seed);
  kept.splice(at === -1 ? kept.length : at, 1, run);
  const lines = kept.toSorted((p, q) => p.seed - q.seed).map((line) => JSON.stringify(line));
  writeFileSync(KEPT, `[\n${lines.join(',\n')}\n]\n`);
}

function report() {
  const seeds = Array.from({ length: Number(args.seeds) }, (_, i) => i + 1);
  const [top] = grid.best;
  const row = (cells) => console.log(`| ${cells.join(' | ')} |`);
  const shown = (score, fresh) => `${score.toFixed(3)} / ${fresh.toFixed(3)}`;
  const one = (name, { score, fresh }) => row([name, shown(score, fresh)]);
  console.log('Mean score, images of the search / fresh images\n');
  row(['merge', 'score']);
  row(['---', '---']);
  one('A (`crisp-flux`)', grid.uniform[0]);
  one('B (`vivid-flux`)', grid.uniform.at(-1));
  const equal = grid.uniform.toSorted((p, q) => q.score - p.score)[0];
  one(`best equal weight (${equal.weight})`, equal);
  one(`best of ${grid.size} on the curve (${top.values.join(', ')})`, top);
  const every = kept.filter(({ optimizer }) => optimizer === args.optimizer);
  const known = [grid.bestOfEveryBlock, ...every.flatMap(({ best }) => best)];
  one('best known of every block by itself', known.toSorted((p, q) => q.score - p.score)[0]);

  const curve = seeds.map((seed) =>
    gridSearch({ createOptimizer, createSpace }, grid, { seed, evaluations, optimizer: args.optimizer }),
  );
  const bestOf = (run, count) =>
    run.slice(0, count).reduce((best, one) => (one.score > best.score ? one : best));
  console.log(`\nMedian of the best merge so far, ${args.optimizer}\n`);
  row(['searched', 'numbers', 'seeds', ...counts.map((n) => `${n} merges, ${12 * n} images`)]);
  row(['---', '---', '---', ...counts.map(() => '---')]);
  const medians = (bests) => shown(median(bests.map((b) => b.score)), median(bests.map((b) => b.fresh)));
  row(['curve', 4, seeds.length, ...counts.map((n) => medians(curve.map((run) => bestOf(run, n))))]);
  const after = (n) => every.flatMap(({ best }) => best.filter((one) => one.after === n));
  row([
    'every block',
    15,
    every.length,
    ...counts.map((n) => (after(n).length === 0 ? '–' : medians(after(n)))),
  ]);

  // In 255ths an image: two merges may share the highest score.
  const reach = curve.map((run) => run.findIndex(({ score }) => score >= top.score - 5e-4) + 1);
  const found = reach.filter((n) => n > 0);
  console.log(
    `\nThe very best of the exhaustive search was found by ${found.length} of ${seeds.length} searches of the curve${found.length === 0 ? '' : `, after ${median(found)} merges (median), ${Math.max(...found)} at most`}.`,
  );
}

function digits(value) {
  return Number(value.toPrecision(4));
}
