/**
 * Searches of tiny-world.mjs that count images: the run's own state and allocation ask, the tiny diffusion model answers. What
 * counts is the merge that would be handed out, by all images of the set; those that only this needs are not counted.
 */
import { imagePlan, imageRecord } from './image-plan.mjs';
import { mean, median } from './statistics.mjs';

/**
 * @param parts `RunState`, `orderImages` and `createSpace` of the build
 * @param mode `all`, `auto` or a number: what `--images-per-trial` says
 * @param prompts one image of each
 * @param scoresOf scores of a merge's images at some places of the prompts
 * @param budget images to spend
 */
export async function imageSearch({ RunState, ...parts }, options) {
  const { mode, seed, prompts, scoresOf, budget } = options;
  const plan = imagePlan(parts, { mode, seed, prompts });
  const { requests } = plan;
  const places = (plan.imageOrder ?? requests.map(({ id }) => ({ request: id }))).map(({ request }) =>
    requests.findIndex(({ id }) => id === request),
  );
  const blocks = plan.space.dimensions.map(({ name }) => name);
  const pointOf = (weights) => blocks.map((block) => weights[block]);
  const state = new RunState(plan);
  const handed = [];
  let spent = 0;
  for (;;) {
    const work = state.ask();
    const isMore = work.kind === 'more';
    const from = isMore ? work.trial.images.length : 0;
    const to = (isMore ? work.images : work.trial.wanted) ?? prompts.length;
    if (spent + to - from > budget) break;
    const asked = places.slice(from, to);
    const scores = await scoresOf(pointOf(work.trial.weights), asked);
    spent += asked.length;
    const images = asked.map((place, i) => imageRecord(requests[place].id, scores[i]));
    // A merge takes a fraction of an image's time here.
    const time = { at: '', evaluation: images.length, iteration: images.length };
    const score = mean([...(isMore ? work.trial.images : []), ...images].map((image) => image.score));
    if (isMore) state.add(work.trial.id, { score, images, time });
    else state.finish({ ...work.trial, state: 'scored', source: { kind: 'measured' }, score, images, time });
    const truth = mean(await scoresOf(pointOf(state.recommended().best.weights), [...places.keys()]));
    if (handed.at(-1)?.[1] !== truth) handed.push([spent, truth]);
  }
  return { imagesPerTrial: mode, seed, images: spent, trials: state.trials.length, handed };
}

/**
 * Images until the merge that would be handed out has 80 % of the best known score, and until 80 % of the gain.
 * @param levelsOf the two levels of a seed
 */
export function imageTable(searches, levelsOf) {
  const rows = [...new Set(searches.map(({ imagesPerTrial }) => imagesPerTrial))].map((mode) => {
    const own = searches.filter(({ imagesPerTrial }) => imagesPerTrial === mode);
    const until = (k) => own.map(({ seed, handed }) => firstAt(handed, levelsOf(seed)[k]));
    const final = median(own.map(({ handed }) => handed.at(-1)[1]));
    return `| ${mode} | ${reached(until(0))} | ${reached(until(1))} | ${final.toFixed(3)} | ${median(own.map(({ trials }) => trials))} |`;
  });
  return [
    '\nImages until the merge that would be handed out is so good: median (how many seeds got there: images of each)\n',
    '| images a trial | 80 % of the best known score | 80 % of the gain | handed out in the end | merges |',
    '|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

function firstAt(handed, level) {
  return handed.find(([, truth]) => truth >= level)?.[0] ?? Infinity;
}

function reached(counts) {
  const got = `${counts.filter(Number.isFinite).length} of ${counts.length}`;
  const all = counts.map((count) => (Number.isFinite(count) ? count : '–')).join(' ');
  const middle = median(counts);
  return `${Number.isFinite(middle) ? `${middle} images` : 'not reached'} (${got}: ${all})`;
}
