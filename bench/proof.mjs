/**
 * Are the claims of a proof true? Three looks, each with its numbers and what must hold.
 *
 *   npm run bench -- proof [--part scores,worlds] [--runs 400] [--images 3,6,8,12,24,48] [--seeds 20] [--iterations 20] [--proof 24]
 *       [--looks 3] [--others 200] [--first-seed 1] [--dist DIR]
 *
 * `scores`: made-up scores of five candidates. False claims (any difference claimed where all are equally good), intervals that
 * miss a true difference, and how often a true one is found; then the same for several looks at growing numbers of images; then what
 * no test of few images can see: merges that are better on most images and break on a few, so that they are no better on average.
 *
 * `worlds`: searches with the run's own state on the 14 surrogates of real merges, on 12 of their 48 images. Half of the others
 * (drawn again and again) are the fresh images of the proof, and the truth is the mean of all 36 others. A pair of equal models is the
 * same world with its images shuffled for every merge: then no merge is better than another, and no gain may be claimed.
 *
 * `tiny` (not unasked: minutes a seed): whole searches over real checkpoints with `simulate --world tiny` and their own proof; the truth is
 * the mean of so many other fresh images.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { loadWorlds } from './worlds.mjs';

const { values: args } = parseArgs({
  options: {
    part: { type: 'string', default: 'scores,worlds' },
    runs: { type: 'string', default: '400' },
    images: { type: 'string', default: '3,6,8,12,24,48' },
    seeds: { type: 'string', default: '20' },
    iterations: { type: 'string', default: '20' },
    proof: { type: 'string', default: '24' },
    looks: { type: 'string', default: '3' },
    'first-seed': { type: 'string', default: '1' },
    others: { type: 'string', default: '200' },
    dist: { type: 'string', default: path.resolve(import.meta.dirname, '../dist') },
  },
});
const load = async (file) => await import(pathToFileURL(path.resolve(args.dist, file)).href);
const { parseSearchConfig } = await load('config/load.js');
const { defaultEnvironment } = await load('run/environment.js');
const { runSearch } = await load('run/run.js');
const { proveRun } = await load('run/prove-run.js');
const { proofsOf } = await load('proof/read-proofs.js');
const { readJournal } = await load('journal/read.js');
const { startSimulator } = await load('simulator/index.js');
const { TINY_WORLD } = await load('simulator/worlds/tiny/place.js');
const { verdictOf } = await load('proof/verdict.js');
const { createUniform } = await load('shared/random.js');
const { RunState } = await load('run/run-state.js');
const { proofCandidates } = await load('run/proof-candidates.js');
const { createSpace } = await load('space/space.js');

/** Images of the search. */
const SET = 12;
const NAMES = ['best', 'runner-up', 'A', 'B', 'half'];
const runs = Number(args.runs);
const parts = args.part.split(',');
let failed = false;
if (parts.includes('scores')) scores();
if (parts.includes('worlds')) worlds();
if (parts.includes('tiny')) await tiny();
process.exitCode = failed ? 1 : 0;

function mustHold(what, isTrue) {
  if (!isTrue) failed = true;
  console.log(`${isTrue ? 'holds  ' : 'FAILS  '} ${what}`);
}

/** By name: how an image scores the five; `gain` is added to the first two. */
function scoreWorlds(uniform) {
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const five = (draw) => NAMES.map(() => draw());
  return {
    bell: () => {
      const easy = normal();
      return five(() => easy + normal());
    },
    'skewed, 0 to 1': () => five(() => uniform() ** 4),
    'steady against moody': () => [1 / 3, 1 / 3, ...[0, 0, 0].map(() => uniform() ** 2)],
    'moody against steady': () => [...[0, 0].map(() => uniform() ** 2), 1 / 3, 1 / 3, 1 / 3],
    'ratings 0 to 10': () => five(() => Math.max(0, Math.min(10, Math.round(6 + 1.5 * normal())))),
    'mostly 0, else 1': () => five(() => Number(uniform() < 0.2)),
    'far outliers': () =>
      five(() => normal() / Math.sqrt((normal() ** 2 + normal() ** 2 + normal() ** 2) / 3)),
    'one of ten fails': () => five(() => (uniform() < 0.1 ? 0 : 0.5 + 0.1 * normal())),
  };
}

function verdictFor(rows, look = 1) {
  const images = rows.map((_, i) => ({ request: `${i}`, index: 0 }));
  const candidates = NAMES.map((name, c) => ({ name, trial: null, weights: { X: c } }));
  const requests = images.map(({ request }) => ({ id: request, payload: '', seeds: [1] }));
  const results = candidates.map((candidate, c) => ({
    candidate,
    images: images.map((image, i) => ({ ...image, score: rows[i][c] })),
    missing: [],
  }));
  return verdictOf({ proof: 1, candidates, requests, images, scorers: [] }, results, { look });
}

function percent(count, of) {
  return `${((100 * count) / of).toFixed(1)} %`;
}

function scores() {
  const counts = args.images.split(',').map(Number);
  let worst = 0;
  console.log(`False claims by images (${runs} verdicts each; none of the five is better than another)`);
  for (const name of Object.keys(scoreWorlds(() => 0))) {
    const cells = counts.map((count) => {
      const draw = scoreWorlds(createUniform(count, 5))[name];
      let claims = 0;
      for (let run = 0; run < runs; run++) {
        const verdict = verdictFor(Array.from({ length: count }, draw));
        if (verdict.comparisons.some(({ result }) => result !== 'undecided')) claims++;
      }
      worst = Math.max(worst, claims / runs);
      return `${count}: ${percent(claims, runs)}`;
    });
    console.log(`  ${name.padEnd(22)} ${cells.join('   ')}`);
  }
  // What chance adds to 5 % in so many verdicts.
  const allowed = 0.05 + 3 * Math.sqrt((0.05 * 0.95) / runs);
  mustHold(
    `false claims in at most 5 % of the verdicts (${(100 * allowed).toFixed(1)} % with chance)`,
    worst <= allowed,
  );

  console.log(
    'A true difference of 0.5 to 1.5 standard deviations of the differences: found, and intervals that miss any truth',
  );
  for (const gain of [0.5, 1, 1.5]) {
    const cells = counts.map((count) => {
      const draw = scoreWorlds(createUniform(count, 6)).bell;
      let found = 0;
      let missed = 0;
      const lift = gain * Math.SQRT2;
      for (let run = 0; run < runs; run++) {
        const rows = Array.from({ length: count }, () =>
          draw().map((score, c) => (c < 2 ? score + lift : score)),
        );
        const { isProved, comparisons } = verdictFor(rows);
        if (isProved) found++;
        const truth = ({ against }) => (against === 'best' ? 0 : lift);
        if (comparisons.some((one) => one.low > truth(one) || one.high < truth(one))) missed++;
      }
      return `${count}: ${percent(found, runs)} (${percent(missed, runs)})`;
    });
    console.log(`  ${String(gain).padEnd(22)} ${cells.join('   ')}`);
  }

  const looks = Number(args.looks);
  const draw = scoreWorlds(createUniform(7)).bell;
  let claims = 0;
  for (let run = 0; run < runs; run++) {
    const rows = Array.from({ length: 12 * 2 ** (looks - 1) }, draw);
    const isClaimed = Array.from({ length: looks }, (_, k) =>
      verdictFor(rows.slice(0, 12 * 2 ** k), k + 1),
    ).some(({ comparisons }) => comparisons.some(({ result }) => result !== 'undecided'));
    if (isClaimed) claims++;
  }
  console.log(`Anything claimed in ${looks} looks, each at twice the images: ${percent(claims, runs)}`);
  mustHold('false claims in at most 5 % of the runs with several looks', claims / runs <= allowed);

  console.log('Both merges break in some images, A, B and half in none, and all means are equal: "proved"');
  for (const rate of [0.03, 0.05, 0.1]) {
    const cells = counts.map((count) => {
      const rows = breakingMerges(createUniform(count, 8), rate);
      let proved = 0;
      for (let run = 0; run < runs; run++)
        if (verdictFor(Array.from({ length: count }, rows)).isProved) proved++;
      return `${count}: ${percent(proved, runs)}`;
    });
    console.log(`  ${`in ${100 * rate} %`.padEnd(22)} ${cells.join('   ')}`);
  }
}

/** What is lost in the broken images the merges gain in the others. @param rate of broken images, from 0 to 1 */
function breakingMerges(uniform, rate) {
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const whole = 0.5 / (1 - rate);
  const merge = () => (uniform() < rate ? 0 : whole + 0.03 * normal());
  const baseline = () => 0.5 + 0.03 * normal();
  return () => [merge(), merge(), baseline(), baseline(), baseline()];
}

function worlds() {
  const iterations = Number(args.iterations);
  const size = Number(args.proof);
  const tally = { real: { claims: 0, untrue: 0, runs: 0 }, equal: { claims: 0, untrue: 0, runs: 0 } };
  for (const world of loadWorlds()) {
    for (let seed = 1; seed <= Number(args.seeds); seed++) {
      for (const kind of ['real', 'equal']) {
        const { claims, untrue } = provedSearch(kind === 'real' ? world : equalModels(world, seed), seed, {
          iterations,
          size,
        });
        tally[kind].runs++;
        tally[kind].claims += claims > 0 ? 1 : 0;
        tally[kind].untrue += untrue > 0 ? 1 : 0;
      }
    }
  }
  const { real, equal } = tally;
  console.log(
    `${real.runs} searches of ${iterations} iterations, proofs of ${size} images: a gain over A, B or half claimed in ${real.claims}, untrue in ${real.untrue}`,
  );
  mustHold('a claimed gain is a real one in at least 95 %', real.untrue <= 0.05 * Math.max(1, real.claims));
  console.log(
    `${equal.runs} searches between equal models: a gain claimed in ${equal.claims} (${percent(equal.claims, equal.runs)})`,
  );
  mustHold(
    'between equal models no gain is claimed in at least 95 % (beside chance)',
    equal.claims <= 0.05 * equal.runs + 3 * Math.sqrt(0.05 * 0.95 * equal.runs),
  );
}

/** Every merge has the same images in another order. */
function equalModels(world, seed) {
  const middle = Array.from({ length: world.size }, () => 0.5);
  const row = world.scores(middle);
  const picture = (weights, p) => {
    const uniform = createUniform(seed, p, ...weights.map((weight) => Math.round(1000 * weight)));
    return row[Math.floor(uniform() * row.length)];
  };
  return { ...world, picture, isEqual: true };
}

function provedSearch(world, seed, { iterations, size }) {
  const plan = planOf(seed);
  const state = new RunState(plan);
  const blocks = plan.space.dimensions.map(({ name }) => name);
  const pointOf = (weights) => blocks.map((block) => weights[block]);
  for (let i = 0; i < iterations; i++) {
    const { trial } = state.ask();
    const point = pointOf(trial.weights);
    const images = plan.requests.map(({ id }, p) => ({
      request: id,
      index: 0,
      payload: id,
      seed: 1,
      score: world.picture(point, p),
      raw: {},
      pixels: '',
      seconds: 1,
    }));
    const score = images.reduce((sum, image) => sum + image.score, 0) / images.length;
    const time = { at: '', evaluation: 1, iteration: 1 };
    state.finish({ ...trial, state: 'scored', source: { kind: 'measured' }, score, images, time });
  }
  const candidates = proofCandidates({ plan, state, proofs: [], capabilities: undefined });
  const uniform = createUniform(seed, 99);
  const fresh = Array.from({ length: size }, (_, i) =>
    world.isEqual ? 1000 + i : SET + Math.floor(uniform() * (world.pictures - SET)),
  );
  const images = fresh.map((_, i) => ({ request: `f${i}`, index: 0 }));
  const requests = images.map(({ request }) => ({ id: request, payload: '', seeds: [1] }));
  const results = candidates.map((candidate) => ({
    candidate,
    missing: [],
    images: images.map((image, i) => ({
      ...image,
      score: world.picture(pointOf(candidate.weights), fresh[i]),
    })),
  }));
  const { comparisons } = verdictOf({ proof: 1, candidates, requests, images, scorers: [] }, results, {
    look: 1,
  });
  const truth = ({ weights }) => {
    if (world.isEqual) return 0;
    const point = pointOf(weights);
    let sum = 0;
    for (let p = SET; p < world.pictures; p++) sum += world.picture(point, p);
    return sum / (world.pictures - SET);
  };
  const weightsOf = (name) => candidates.find((candidate) => candidate.name === name);
  const claimed = comparisons.filter(({ result }) => result === 'better');
  const untrue = claimed.filter(({ of, against }) => truth(weightsOf(of)) <= truth(weightsOf(against)));
  return { claims: claimed.length, untrue: untrue.length };
}

/** Another set of images for each seed. */
async function tiny() {
  const [size, others] = [Number(args.proof), Number(args.others)];
  const prompts = ['a big red circle on navy', 'a small yellow star on plum', 'a striped teal heart on sand'];
  const folder = mkdtempSync(path.join(os.tmpdir(), 'autombw-proof-'));
  const simulator = await startSimulator({ world: 'tiny', port: 0 });
  const environment = defaultEnvironment();
  let claims = 0;
  let untrue = 0;
  try {
    for (let i = 0; i < Number(args.seeds); i++) {
      const seed = Number(args['first-seed']) + i;
      const payload = prompts.map((prompt, p) => {
        const file = path.join(folder, `${prompt.split(' ')[3]}-${p}.json`);
        const size = { width: 256, height: 256, steps: 6, cfg_scale: 7, sampler_name: 'Euler' };
        writeFileSync(file, JSON.stringify({ prompt, seed: 1000 * seed + 10 * p, n_iter: 2, ...size }));
        return file;
      });
      const config = parseSearchConfig({
        payload,
        modelA: 'crisp',
        modelB: 'vivid',
        output: `tiny-${seed}`,
        webui: simulator.url,
        scorer: ['onnx'],
        scorerOptions: { onnx: { manifest: path.join(TINY_WORLD, 'judge', 'manifest.json') } },
        iterations: Number(args.iterations),
        prove: size,
        seed,
        saveBest: 'none',
        saveImages: 'none',
        folder,
      });
      const { proof, files } = await runSearch(config, environment);
      await proveRun(files.journal, { overrides: { prove: size + others }, scoring: {} }, environment);
      const last = proofsOf((await readJournal(files.journal)).records).at(-1);
      const truth = (name) => {
        const { images = [] } = last.results.find(({ candidate }) => candidate.name === name) ?? {};
        const rest = images.slice(size).map(({ score }) => score);
        return rest.reduce((sum, score) => sum + score, 0) / rest.length;
      };
      const claimed = proof.verdict.comparisons.filter(({ result }) => result === 'better');
      const wrong = claimed.filter(({ of, against }) => truth(of) <= truth(against));
      claims += claimed.length;
      untrue += wrong.length;
      console.log(
        `seed ${seed}: ${claimed.length} claims, ${wrong.length} untrue; ${NAMES.map((name) => `${name} ${truth(name).toFixed(3)}`).join(', ')}`,
      );
    }
  } finally {
    await simulator.close();
    rmSync(folder, { recursive: true, force: true });
  }
  mustHold(
    `${claims - untrue} of ${claims} claims are true on ${others} other images`,
    untrue <= 0.05 * Math.max(1, claims),
  );
}

function planOf(seed) {
  const requests = Array.from({ length: SET }, (_, p) => ({
    id: `p${p}`,
    payload: `p${p}`,
    prompt: '',
    negativePrompt: '',
    reverseScoring: false,
    seeds: [1],
    body: {},
  }));
  return {
    config: {},
    requests,
    space: createSpace({ architecture: 'sd1', low: 0, high: 1, intervals: 10, blocks: {} }),
    optimizer: { name: 'bayesian', seed, options: {}, second: null },
    queue: [],
    scorers: [],
    tally: 'arithmetic-mean',
    pass: 0,
    chain: null,
    server: null,
  };
}
