/** The scored trials of a run in, which weights decide its score out. The same trials give the same answer. */
import type { SearchPlan } from '../journal/record.ts';
import { standardise } from '../optimizers/index.ts';
import type { FinishedTrial } from '../types.ts';
import { rankDimensions, rankInteractions } from './effects.ts';
import { expectGain } from './expected-gain.ts';
import type { Importance } from './importance.ts';
import { measuredIn, type MeasuredRun } from './measured.ts';
import { fitExpansion } from './model/expansion.ts';
import { inCube, scoreModelOf, type FittedRun } from './fitted-run.ts';
import { slicesThrough, type Slice } from './slices.ts';
import { suggest } from './suggestions.ts';
import { highest } from '../shared/extremes.ts';

/** With fewer merges every answer would be one of the prior. */
const FEWEST = 16;
/** Scores of chance alone seem to be explained up to that share of their variance, few of them up to a larger one. */
function explainedByChance(count: number): number {
  return 0.1 + 6 / count;
}
/** More merges than that tell nothing new of the effects and cost n³: the last ones are kept, some of the others for the view of the whole, and the best. */
const MOST = 300;
const SEED = 18;

/**
 * @param comparable by trial, the score to compare it by: its own where trials have the same images
 */
export function explain(
  plan: SearchPlan,
  trials: readonly FinishedTrial[],
  comparable: ReadonlyMap<number, number>,
): Importance {
  return explainMeasured(measuredIn(plan, trials, comparable));
}

export function explainMeasured(run: MeasuredRun): Importance {
  const fitted = fit(run);
  return 'reason' in fitted ? { enough: false, ...fitted } : importanceOf(fitted);
}

/**
 * The same, and what is expected along every weight.
 * @param through weights of the merge whose others stay, in the order of the searched ones; undefined = nothing is expected
 */
export function explainAlong(
  run: MeasuredRun,
  through: readonly number[] | undefined,
): { readonly importance: Importance; readonly slices: readonly Slice[] } {
  const fitted = fit(run);
  if ('reason' in fitted) return { importance: { enough: false, ...fitted }, slices: [] };
  return {
    importance: importanceOf(fitted),
    slices: through === undefined ? [] : slicesThrough(fitted, run.measured, through),
  };
}

/** Both models of a run's scores; or why there are none. */
function fit(run: MeasuredRun): FittedRun | { readonly reason: string; readonly missing?: number } {
  const { searched } = run;
  const measured = withinReach(run.measured);
  if (searched.length === 0) return { reason: 'No weight was searched: all blocks were fixed.' };
  if (measured.length < FEWEST) {
    return {
      reason: `Not enough data: ${measured.length} ${measured.length === 1 ? 'merge has' : 'different merges have'} a score, but ${FEWEST} are needed.`,
      missing: FEWEST - measured.length,
    };
  }
  const scores = measured.map(({ score }) => score);
  if (scores.every((score) => score === scores[0]))
    return { reason: 'Not enough data: all merges have the same score.' };
  const points = measured.map(({ values }) => inCube(run, values));
  const scale = standardise(scores);
  const expansion = fitExpansion(points, scale.targets, variancesOf(run, measured, scale), SEED);
  const fitted = { ...run, measured };
  return {
    run: fitted,
    points,
    targets: scale.targets,
    expansion,
    model: scoreModelOf(fitted, points),
  };
}

function importanceOf({ run, points, targets, expansion, model }: FittedRun): Importance {
  const { searched, measured } = run;
  const explained = explainedShare(targets, expansion.unseen);
  if (explained < explainedByChance(measured.length)) {
    return {
      enough: false,
      reason: `Not enough data: the weights explain only ${Math.round(100 * Math.max(0, explained))} % of the score differences between these ${measured.length} merges so far; the rest is chance or too complex to tell.`,
    };
  }
  const dimensions = rankDimensions(searched, expansion.draws);
  const order = dimensions.map(({ name }) => name);
  const expectedGain = expectGain(model);
  const best = model.estimated.indexOf(highest(model.estimated));
  return {
    enough: true,
    dimensions,
    interactions: rankInteractions(searched, expansion.draws, order),
    trials: measured.length,
    explained,
    expectedGain,
    suggestions: suggest({ run, points, best, expansion, dimensions, model, expectedGain }),
  };
}

function withinReach(measured: MeasuredRun['measured']): MeasuredRun['measured'] {
  if (measured.length <= MOST) return measured;
  const half = MOST / 2;
  const earlier = measured.slice(0, -half);
  const stride = earlier.length / half;
  const best = measured.indexOf(bestOf(measured));
  const kept = Array.from({ length: half }, (_, i) => {
    const isAtBest = best < earlier.length && Math.floor(best / stride) === i;
    return earlier[isAtBest ? best : Math.floor(i * stride)];
  });
  return [...kept.filter((one) => one !== undefined), ...measured.slice(-half)];
}

function bestOf<T extends { readonly score: number }>(measured: readonly T[]): T {
  return measured.reduce((best, one) => (one.score > best.score ? one : best));
}

/** Images differ from merge to merge in part alike, in part each for itself: half of the former is taken as known chance. */
const OF_SHARED = 0.5;

function variancesOf(
  { noise }: MeasuredRun,
  measured: MeasuredRun['measured'],
  { toTargetVariance }: ReturnType<typeof standardise>,
): Float64Array {
  if (noise === undefined) return new Float64Array(measured.length);
  return Float64Array.from(measured, ({ images = Infinity }) =>
    toTargetVariance((noise.own + OF_SHARED * noise.shared) / images),
  );
}

/** Of scores that the model has not seen, over the mean of the others. */
function explainedShare(targets: Float64Array, unseen: Float64Array): number {
  const n = targets.length;
  const total = targets.reduce((sum, target) => sum + target, 0);
  let missed = 0;
  let spread = 0;
  for (let i = 0; i < n; i++) {
    const target = targets[i] ?? 0;
    missed += (target - (unseen[i] ?? 0)) ** 2;
    spread += (target - (total - target) / (n - 1)) ** 2;
  }
  return 1 - missed / spread;
}
