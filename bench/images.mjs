/**
 * How many images a search needs: the run's own state and allocation on worlds and landscapes, with a fixed number of images a
 * trial and as the search decides (`auto`). A JSON line a run, then tables of the true gain (0 = mean of random points, 1 = best
 * known) of the merge that would be handed out after so many images.
 *
 *   npm run bench -- images [--on worlds|landscapes|both] [--modes 12,4,3,auto] [--set 12] [--images 960] [--merge-cost 0]
 *       [--seeds 3] [--first-seed 1] [--optimizer bayesian] [--landscapes DIR] [--worlds DIR] [--cases PART,…] [--out FILE]
 *       [--with FILE] [--dist DIR]
 *
 * `--set` is the number of images of the payloads: of the 48 of a world the first so many, in the order that the plan gives them.
 * The truth is the mean of all 48. `--merge-cost` is what a merge costs, in images: it counts as so many.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { imagePlan, imageRecord } from './image-plan.mjs';
import { loadLandscapes } from './landscapes.mjs';
import { meanAndError } from './optimizer-tables.mjs';
import { median } from './statistics.mjs';
import { loadWorlds } from './worlds.mjs';

const { values: args } = parseArgs({
  options: {
    on: { type: 'string', default: 'both' },
    modes: { type: 'string', default: '12,4,3,auto' },
    set: { type: 'string', default: '12' },
    images: { type: 'string', default: '960' },
    'merge-cost': { type: 'string', default: '0' },
    seeds: { type: 'string', default: '3' },
    'first-seed': { type: 'string', default: '1' },
    optimizer: { type: 'string', default: 'bayesian' },
    landscapes: { type: 'string', default: path.join(import.meta.dirname, '../tests/fixtures/landscapes') },
    worlds: { type: 'string' },
    cases: { type: 'string' },
    out: { type: 'string' },
    with: { type: 'string', multiple: true, default: [] },
    dist: { type: 'string', default: path.join(import.meta.dirname, '../dist') },
  },
});
const MARKS = [30, 60, 100, 120, 240, 360, 480, 720, 960];
const load = async (file) => await import(pathToFileURL(path.resolve(args.dist, file)).href);
const { RunState } = await load('run/run-state.js');
const { orderImages } = await load('allocation/index.js');
const { createSpace } = await load('space/space.js');
const set = Number(args.set);
const budget = Number(args.images);
const mergeCost = Number(args['merge-cost']);
const seeds = Array.from({ length: Number(args.seeds) }, (_, i) => i + Number(args['first-seed']));
const parts = args.cases?.split(',');
const problems = [
  ...(args.on === 'landscapes'
    ? []
    : loadWorlds(args.worlds).map((world) => ({ ...world, group: 'worlds' }))),
  ...(args.on === 'worlds' ? [] : loadLandscapes(args.landscapes).map(asProblem)),
].filter(({ name }) => parts === undefined || parts.some((part) => name.includes(part)));

function asProblem(landscape) {
  const group = landscape.hasSignal ? 'landscapes with image noise' : 'a landscape of noise only';
  return { ...landscape, group, prompts: undefined };
}

const runs = new Map(args.with.flatMap(linesOf).map((run) => [keyOf(run), run]));
for (const mode of args.modes.split(',').filter((one) => one !== '')) {
  for (const problem of problems) {
    for (const seed of seeds) {
      const key = keyOf({ mode, problem: problem.name, seed });
      if (runs.get(key)?.budget >= budget) continue;
      const run = search(problem, mode, seed);
      runs.set(key, run);
      const line = JSON.stringify(run);
      if (args.out !== undefined) appendFileSync(args.out, `${line}\n`);
    }
  }
}
printTables([...runs.values()]);

function keyOf({ mode, problem, seed }) {
  return `${mode}|${problem}|${seed}`;
}

function linesOf(file) {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  return lines
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
    .filter((run) => run.set === set && run.mergeCost === mergeCost && seeds.includes(run.seed));
}

/** One run: the state asks, the world answers, and nothing is drawn. */
function search(problem, mode, seed) {
  const prompts = Array.from({ length: set }, (_, p) => problem.prompts?.[p] ?? '');
  const plan = imagePlan({ orderImages, createSpace }, { mode, seed, prompts, optimizer: args.optimizer });
  const state = new RunState(plan);
  const blocks = plan.space.dimensions.map(({ name }) => name);
  const pictures = new Map(plan.requests.map(({ id }, picture) => [id, picture]));
  const gains = {};
  let spent = 0;
  let trials = 0;
  let more = 0;
  for (;;) {
    const work = state.ask();
    const { id, weights } = work.trial;
    const point = blocks.map((block) => weights[block]);
    const from = work.kind === 'more' ? work.trial.images.length : 0;
    const to = (work.kind === 'more' ? work.images : work.trial.wanted) ?? set;
    const cost = mergeCost + to - from;
    note(spent + cost);
    if (spent + cost > budget) break;
    spent += cost;
    const order = plan.imageOrder ?? plan.requests.map((request) => ({ request: request.id, index: 0 }));
    const images = order
      .slice(from, to)
      .map(({ request }) => imageRecord(request, problem.picture(point, pictures.get(request))));
    const time = { at: '', evaluation: images.length + mergeCost, iteration: images.length + mergeCost };
    const all = work.kind === 'more' ? [...work.trial.images, ...images] : images;
    const score = all.reduce((sum, image) => sum + image.score, 0) / all.length;
    if (work.kind === 'more') {
      more++;
      state.add(id, { score, images, time });
    } else {
      trials++;
      state.finish({ ...work.trial, state: 'scored', source: { kind: 'measured' }, score, images, time });
    }
  }
  const { name, group } = problem;
  return { mode, problem: name, group, seed, set, mergeCost, budget, gains, trials, more };

  /** What would be handed out before the images that come next. */
  function note(next) {
    for (const mark of MARKS) {
      if (gains[mark] !== undefined || mark > budget || next <= mark) continue;
      const best = state.recommended()?.best;
      gains[mark] =
        best === undefined ? 0 : problem.gain(problem.truth(blocks.map((block) => best.weights[block])));
    }
  }
}

function printTables(all) {
  for (const group of new Set(all.map((run) => run.group))) {
    const own = all.filter((run) => run.group === group);
    const marks = MARKS.filter((mark) => own.some((run) => run.gains[mark] !== undefined));
    console.log(
      `\n${group}: true gain after so many images (sets of ${set}, a merge costs ${mergeCost}), mean ± standard error`,
    );
    console.log(
      `| images a trial | runs | ${marks.join(' | ')} | trials | more |\n|${'---|'.repeat(marks.length + 4)}`,
    );
    for (const mode of new Set(own.map((run) => run.mode))) {
      const rows = own.filter((run) => run.mode === mode);
      // A mean of some of the runs would be one of other problems.
      const cells = marks.map((mark) =>
        rows.every((run) => run.gains[mark] !== undefined)
          ? cell(meanAndError(rows.map((run) => ({ problem: run.problem, value: run.gains[mark] }))))
          : '',
      );
      const meanOf = (key) => (rows.reduce((sum, run) => sum + run[key], 0) / rows.length).toFixed(0);
      if (process.env.V)
        for (const problem of new Set(rows.map((r) => r.problem)))
          console.log(
            '   ',
            problem.padEnd(18),
            marks
              .map((k) => mean(rows.filter((r) => r.problem === problem).map((r) => r.gains[k])).toFixed(2))
              .join(' '),
          );
      console.log(
        `| ${mode} | ${rows.length} | ${cells.join(' | ')} | ${meanOf('trials')} | ${meanOf('more')} |`,
      );
    }
    const whole = own.filter((run) => run.mode === String(set) || run.mode === 'all');
    if (whole.length === 0) continue;
    for (const goal of marks.filter((mark) => mark === 480 || mark === 960)) {
      console.log(
        `images to reach what ${set} a trial reach with ${goal}, median over problems of the median over seeds:`,
      );
      for (const mode of new Set(own.map((run) => run.mode))) {
        const needed = [...new Set(own.map((run) => run.problem))].map((problem) => {
          const target = mean(whole.filter((run) => run.problem === problem).map((run) => run.gains[goal]));
          const counts = own
            .filter((run) => run.mode === mode && run.problem === problem)
            .map((run) => marks.find((mark) => run.gains[mark] >= target - 1e-9) ?? Infinity);
          return median(counts);
        });
        console.log(`  ${mode}: ${median(needed)} (${needed.join(' ')})`);
      }
    }
  }
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function cell({ mean, error }) {
  return error === undefined ? mean.toFixed(3) : `${mean.toFixed(3)} ± ${error.toFixed(3)}`;
}
