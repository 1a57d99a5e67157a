/**
 * Does `autombw explain` find the blocks that decide the score? Searches as a run makes them on worlds
 * in which known blocks were made important, on the worlds of real merges and on landscapes; after so many iterations the effects
 * are compared with the true ones, and the expected gain of the next 20 with what they brought.
 *
 *   npm run bench -- importance [--on made,worlds,landscapes] [--noise 0.3,1] [--seeds 2] [--first-seed 1] [--trials 60]
 *       [--images auto|12] [--optimizer bayesian] [--out FILE] [--with FILE] [--dist DIR]
 *
 * `--images` are those of a trial, of a set of 12. `--noise` multiplies the noise of single pictures of the made worlds: 1 is that of real merges. `--out` keeps the searches as JSON
 * lines, `--with` reads them again.
 *
 * Rank: Spearman's correlation of estimated and true total effects. True effects under 0.3 % count as equal, and no order of the
 * others reaches 1 then: so it is divided by what the true order would reach. Top k: of the k blocks that truly have 1.5 % or more,
 * how many are among the k first.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { makeWorlds, trueEffects } from './importance-worlds.mjs';
import { rankAgreement, topAgreement } from './importance-measures.mjs';
import { loadLandscapes } from './landscapes.mjs';
import { mean, median } from './statistics.mjs';
import { loadWorlds } from './worlds.mjs';

const { values: args } = parseArgs({
  options: {
    on: { type: 'string', default: 'made,worlds,landscapes' },
    noise: { type: 'string', default: '0.3,1' },
    seeds: { type: 'string', default: '2' },
    'first-seed': { type: 'string', default: '1' },
    trials: { type: 'string', default: '60' },
    images: { type: 'string', default: 'auto' },
    optimizer: { type: 'string', default: 'bayesian' },
    out: { type: 'string' },
    with: { type: 'string', multiple: true, default: [] },
    dist: { type: 'string', default: path.join(import.meta.dirname, '../dist') },
  },
});
const load = async (file) => await import(pathToFileURL(path.resolve(args.dist, file)).href);
const { RunState } = await load('run/run-state.js');
const { orderImages } = await load('allocation/index.js');
const { createSpace } = await load('space/space.js');
const { explainMeasured } = await load('importance/explain.js');
const SET = 12;
const MORE = 20;
const trials = Number(args.trials);
const seeds = Array.from({ length: Number(args.seeds) }, (_, i) => i + Number(args['first-seed']));
const space = createSpace({ architecture: 'sd1', low: 0, high: 1, intervals: 10, blocks: {} });
const names = space.dimensions.map(({ name }) => name);

const kept = args.with.flatMap((file) =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line)),
);
const found = [];
for (const problem of problems()) {
  const before = kept.find((one) => one.key === keyOf(problem));
  const search = before ?? runSearch(problem);
  if (before === undefined && args.out !== undefined) appendFileSync(args.out, `${JSON.stringify(search)}\n`);
  found.push(judge(problem, search));
}
printTables();

function problems() {
  const on = args.on.split(',');
  const made = on.includes('made')
    ? args.noise.split(',').flatMap((noise) =>
        makeWorlds(seeds, Number(noise)).map((world) => ({
          ...world,
          group: `made worlds, noise ${noise}`,
        })),
      )
    : [];
  const measured = [
    ...(on.includes('worlds') ? loadWorlds().map((world) => ({ ...world, group: 'worlds of merges' })) : []),
    ...(on.includes('landscapes')
      ? loadLandscapes(path.join(import.meta.dirname, '../tests/fixtures/landscapes')).map((one) => ({
          ...one,
          group: one.hasSignal ? 'landscapes' : 'a landscape of noise only',
        }))
      : []),
  ].flatMap((one) => {
    const effects = trueEffects(one.truth, one.size, 1, 1024);
    return seeds.map((seed) => ({ ...one, seed, kind: one.name, effects, tolerance: 0.03 }));
  });
  return [...made, ...measured];
}

function keyOf({ group, name, seed }) {
  return `${group}|${name}|${seed}|${args.optimizer}|${trials}|${args.images}`;
}

/** The scores after `trials` and after 20 more, and what would be handed out then. */
function runSearch(problem) {
  const requests = Array.from({ length: SET }, (_, p) => ({
    id: `p${p}`,
    payload: `p${p}`,
    prompt: problem.prompts?.[p] ?? '',
    negativePrompt: '',
    reverseScoring: false,
    seeds: [1],
    body: {},
  }));
  const imageOrder = orderImages(requests);
  const state = new RunState({
    config: { imagesPerTrial: args.images === 'auto' ? 'auto' : Number(args.images) },
    requests,
    ...(Number(args.images) >= SET ? {} : { imageOrder }),
    space,
    optimizer: { name: args.optimizer, seed: problem.seed, options: {}, second: null },
    queue: [],
    scorers: [],
    tally: 'arithmetic-mean',
    pass: 0,
    chain: null,
    server: null,
  });
  const pictures = new Map(requests.map(({ id }, picture) => [id, picture]));
  const looks = [];
  while (looks.length < 2) {
    const work = state.ask();
    const { id, weights } = work.trial;
    // The search goes on with a new merge: what was known before is what explain would see.
    if (work.kind === 'new' && state.trials.length === trials + looks.length * MORE) looks.push(look(state));
    const point = names.map((name) => weights[name]);
    const from = work.kind === 'more' ? work.trial.images.length : 0;
    const to = (work.kind === 'more' ? work.images : work.trial.wanted) ?? SET;
    const images = imageOrder.slice(from, to).map(({ request }) => ({
      request,
      index: 0,
      payload: request,
      seed: 1,
      score: problem.picture(point, pictures.get(request)),
      raw: {},
      pixels: '',
      seconds: 1,
    }));
    const all = work.kind === 'more' ? [...work.trial.images, ...images] : images;
    const score = mean(all.map((image) => image.score));
    const time = { at: '', evaluation: 1, iteration: 1 };
    if (work.kind === 'more') state.add(id, { score, images, time });
    else
      state.finish({
        ...work.trial,
        state: 'scored',
        source: { kind: 'measured' },
        score,
        images,
        time,
      });
  }
  return { key: keyOf(problem), looks };
}

function look(state) {
  const { weights } = state.recommended().best;
  return {
    noise: state.scores.noise(state.trials, space),
    measured: state.trials.map(({ id, point, score, images }) => ({
      values: point,
      score: state.comparable.get(id) ?? score,
      images: images.length,
    })),
    handed: names.map((name) => weights[name]),
  };
}

function judge(problem, { looks: [now, later] }) {
  const { effects, group, kind, tolerance = 0.0005, truth } = problem;
  const started = performance.now();
  const importance = explainMeasured({
    searched: space.dimensions,
    measured: now.measured,
    noise: now.noise,
    iterations: trials,
    range: { low: -1, high: 2 },
  });
  const seconds = (performance.now() - started) / 1000;
  if (!importance.enough) return { group, kind, enough: false, seconds };
  const { dimensions, expectedGain, suggestions, interactions } = importance;
  const inOrder = names.map((name) => dimensions.find((one) => one.name === name));
  const values = inOrder.map(({ total }) => total.value);
  const covered = (which) =>
    mean(
      inOrder.map((one, d) => {
        const { low, high } = one[which];
        return Number(low - tolerance <= effects[which][d] && effects[which][d] <= high + tolerance);
      }),
    );
  return {
    group,
    kind,
    enough: true,
    seconds,
    ...rankAgreement(values, effects.total),
    top: topAgreement(values, effects.total),
    totalCovered: covered('total'),
    firstCovered: covered('first'),
    pairs: interactions.length,
    expected: expectedGain.value,
    gain: truth(later.handed) - truth(now.handed),
    highest: expectedGain.high,
    spread: spreadOf(truth),
    advice: suggestions.find((one) => one.kind === 'go-on' || one.kind === 'stop').kind,
    suggestions: suggestions.flatMap((one) => judgeSuggestion(one, problem, now.handed)),
  };
}

function spreadOf(truth) {
  const values = Array.from({ length: 500 }, (_, i) =>
    truth(names.map((_, d) => (Math.sin(7919 * (i + 1) + 104729 * d) * 43758.5453) % 1).map(Math.abs)),
  );
  return Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)));
}

/** Of what can be checked: frozen blocks have at most 5 % together; a widened bound is worth crossing, on worlds that go beyond. */
function judgeSuggestion({ kind, weights, blocks }, { effects, truth, group }, handed) {
  if (kind === 'freeze') {
    const share = Object.keys(weights).reduce((sum, name) => sum + effects.total[names.indexOf(name)], 0);
    return [{ kind, right: share <= 0.05, blocks: Object.keys(weights).length }];
  }
  if (kind !== 'widen' || !group.startsWith('made')) return [];
  const d = names.indexOf(blocks[0]);
  const beyond = handed.with(d, handed[d] > 0.5 ? 1.2 : -0.2);
  return [{ kind, right: truth(beyond) > truth(handed), blocks: 1 }];
}

function printTables() {
  const groups = [...new Set(found.map(({ group }) => group))];
  console.log(
    `\nafter ${trials} iterations of ${args.optimizer}, images of a trial: ${args.images}, seeds ${seeds.join(', ')}; mean ± standard error over searches`,
  );
  console.log(
    '| world | searches | not enough data | rank | plain Spearman | top k | total within 95 % | first within 95 % | seconds |\n|---|---|---|---|---|---|---|---|---|',
  );
  const row = (title, all) => {
    const rows = all.filter(({ enough }) => enough);
    const cell = (key, digits = 2) =>
      rows.length === 0
        ? ''
        : withError(
            rows.map((one) => one[key]),
            digits,
          );
    const percent = (key) =>
      rows.length === 0 ? '' : `${(100 * mean(rows.map((one) => one[key]))).toFixed(0)} %`;
    console.log(
      `| ${title} | ${all.length} | ${all.length - rows.length} | ${cell('rank')} | ${cell('plain')} | ${cell('top')} | ${percent('totalCovered')} | ${percent('firstCovered')} | ${median(all.map(({ seconds }) => seconds)).toFixed(1)} |`,
    );
  };
  for (const group of groups) {
    const own = found.filter((one) => one.group === group);
    for (const kind of new Set(own.map((one) => one.kind)))
      row(
        kind,
        own.filter((one) => one.kind === kind),
      );
    row(`**${group}**`, own);
  }
  const judged = found.filter(({ enough }) => enough);
  console.log(
    '\nexpected gain of the next 20 iterations, over the spread between merges\n| advice | searches | expected | real | median | below the upper end |\n|---|---|---|---|---|---|',
  );
  for (const advice of ['go-on', 'stop']) {
    const rows = judged.filter((one) => one.advice === advice);
    if (rows.length === 0) continue;
    const gains = rows.map(({ gain, spread }) => gain / spread);
    console.log(
      `| ${advice} | ${rows.length} | ${withError(rows.map(({ expected, spread }) => expected / spread))} | ${withError(gains)} | ${median(gains).toFixed(2)} | ${(100 * mean(rows.map(({ gain, highest }) => Number(gain <= highest)))).toFixed(0)} % |`,
    );
  }
  const suggestions = judged.flatMap((one) => one.suggestions);
  for (const kind of new Set(suggestions.map((one) => one.kind))) {
    const own = suggestions.filter((one) => one.kind === kind);
    console.log(
      `${kind}: ${own.filter(({ right }) => right).length} of ${own.length} right, ${mean(own.map(({ blocks }) => blocks)).toFixed(1)} blocks each`,
    );
  }
  console.log(`pairs named: ${judged.reduce((sum, { pairs }) => sum + pairs, 0)}`);
}

function withError(values, digits = 2) {
  const centre = mean(values);
  if (values.length < 2) return centre.toFixed(digits);
  const variance = values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1);
  return `${centre.toFixed(digits)} ± ${Math.sqrt(variance / values.length).toFixed(digits)}`;
}
