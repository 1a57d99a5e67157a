/** What a plot is made of: runs of trials in, the series of every panel out. No drawing here. */
import { usageError } from '../shared/errors.ts';
import { inSearchOrder } from '../architectures/registry.ts';
import { WEIGHT_ORDERS } from '../architectures/sd-lists.ts';
import type { BlockName } from '../types.ts';
import { drawnScore, ordinary } from './plot-run.ts';
import { shortWordOfB } from '../space/baseline-words.ts';
import type { PlotAxis, PlotBaseline, PlotGoals, PlotImportance, PlotRun, PlotTrial } from './plot-run.ts';
import { cleanName } from './words.ts';
import { counted } from '../shared/counted.ts';

/** An iteration, by its place among all of them (from 1), and a value. */
interface Point {
  readonly iteration: number;
  readonly value: number;
}

/** A scored trial: the earliest one where several have the same score. */
export interface BestTrial {
  /** Its place among the iterations, from 1. */
  readonly iteration: number;
  /** What it is called: see {@link numberOf}. */
  readonly number: number;
  readonly score: number;
  readonly trial: PlotTrial;
}

/** One run taken apart. */
export interface RunSeries {
  readonly name: string;
  readonly origin: string | undefined;
  /** Number of trials, the failed ones included. */
  readonly length: number;
  /** The same for all runs of a plot. */
  readonly axis: PlotAxis;
  /** Where each trial stands on the axis; those that made no image stand where the one before does. */
  readonly places: readonly number[];
  /** The last place; 0 without trials. */
  readonly end: number;
  readonly points: readonly Point[];
  /** Iterations of the failed trials. */
  readonly failed: readonly number[];
  /** The first score, every improvement, and the last iteration once more. */
  readonly bestSoFar: readonly Point[];
  readonly best: BestTrial | undefined;
  /** Without the baselines. */
  readonly trials: readonly PlotTrial[];
  readonly baselines: readonly PlotBaseline[];
  /** The baselines that were trials of this run and have a score. */
  readonly baselineTrials: readonly PlotTrial[];
  readonly importance: readonly PlotImportance[];
  readonly goals: PlotGoals | undefined;
  /** Position of the first earlier run with the same scores at the same iterations. */
  readonly equals: number | undefined;
}

/**
 * @param axis images where the trials of a run have unequal numbers of them, and all runs tell; iterations otherwise
 * @throws usage error `plot-no-runs`, `plot-no-images` where the axis needs what a run does not tell, or `plot-not-finite`
 * for a score or weight that is no finite number
 */
export function seriesOf(runs: readonly PlotRun[], axis?: PlotAxis): readonly RunSeries[] {
  if (runs.length === 0) {
    throw usageError('plot-no-runs', 'Nothing to plot: give at least one history or run.');
  }
  const chosen = axis ?? usualAxis(runs);
  const all = runs.map((run) => seriesOfRun(run, chosen));
  return all.map((run, index) => ({ ...run, equals: equalBefore(all, index) }));
}

/** Two searches with the same seed on the same landscape: one would hide the other. */
function equalBefore(all: readonly Omit<RunSeries, 'equals'>[], index: number): number | undefined {
  const run = all[index];
  if (run === undefined || run.points.length === 0) return undefined;
  const found = all.findIndex(
    (other) =>
      other.length === run.length &&
      other.points.length === run.points.length &&
      other.points.every(({ iteration, value }, i) => {
        const point = run.points[i];
        return (
          point?.iteration === iteration &&
          point.value === value &&
          placeOf(other, iteration) === placeOf(run, iteration)
        );
      }),
  );
  return found === index ? undefined : found;
}

/** All scores that the axis must hold: those of the iterations and of the baselines. */
export function drawnScores({ points, baselines }: RunSeries): readonly number[] {
  return [...points.map(({ value }) => value), ...baselines.map(({ score }) => score)];
}

/** Where an iteration stands on the axis. */
export function placeOf({ places }: Pick<RunSeries, 'places'>, iteration: number): number {
  return places[iteration - 1] ?? 0;
}

/** What an iteration is called, in words and on the axis. */
export function numberOf({ trials }: Pick<RunSeries, 'trials'>, iteration: number): number {
  return trials[iteration - 1]?.iteration ?? iteration;
}

/** `iteration 5`, and over images also how many of them it has. */
export function iterationInWords(run: RunSeries, iteration: number): string {
  const { axis, trials } = run;
  const name = `iteration ${numberOf(run, iteration)}`;
  const trial = trials[iteration - 1];
  const count = axis === 'images' && trial !== undefined ? countOf(trial) : undefined;
  return count === undefined ? name : `${name} (${counted(count, 'image')})`;
}

/** `96 images`, of all runs together; undefined where the plot is not drawn over images. */
export function imagesIn(all: readonly RunSeries[]): string | undefined {
  if (all[0]?.axis !== 'images') return undefined;
  const made = all.reduce((sum, { end }) => sum + end, 0);
  return counted(made, 'image');
}

function countOf({ images, imageCount = images?.length }: PlotTrial): number | undefined {
  return imageCount;
}

function usualAxis(runs: readonly PlotRun[]): PlotAxis {
  const isUneven = runs.some(({ trials }) => {
    // Scores that were taken over made no image, and a failed trial has those that were made before.
    const counts = ordinary(trials)
      .map((trial) => (trial.score === null ? 0 : countOf(trial)))
      .filter(Boolean);
    return new Set(counts).size > 1;
  });
  const isKnown = runs.every(({ trials }) => trials.every((trial) => countOf(trial) !== undefined));
  return isUneven && isKnown ? 'images' : 'iterations';
}

function placesOf({ name, trials }: PlotRun, axis: PlotAxis): readonly number[] {
  if (axis === 'iterations') return ordinary(trials).map(({ iteration }, index) => iteration ?? index + 1);
  let made = 0;
  return trials.flatMap((trial) => {
    const count = countOf(trial);
    if (count === undefined) {
      throw usageError(
        'plot-no-images',
        `${cleanName(name)} does not say how many images each iteration has: plot its journal, or use --x iterations.`,
      );
    }
    // The images of a baseline were made too, before the first iteration.
    made += count;
    return trial.baseline === undefined ? [made] : [];
  });
}

/** The best trial over all runs, and the position of its run. */
export function bestOfAll(
  all: readonly RunSeries[],
): { readonly run: number; readonly best: BestTrial } | undefined {
  let found: { run: number; best: BestTrial } | undefined;
  for (const [run, { best }] of all.entries()) {
    if (best !== undefined && (found === undefined || best.score > found.best.score)) found = { run, best };
  }
  return found;
}

/** The blocks that carry a weight in at least one trial, in the natural order of the UNet: IN, M, OUT, then the rest. */
export function blocksShown(all: readonly RunSeries[]): readonly BlockName[] {
  const seen = new Set<string>();
  for (const { trials } of all) for (const { weights } of trials) for (const name in weights) seen.add(name);
  const { recipe } = WEIGHT_ORDERS;
  return [
    ...recipe.filter((name) => seen.has(name)),
    ...inSearchOrder(seen).filter((name) => !recipe.includes(name)),
  ];
}

/** The best tenth of a run's scored trials, best first; undefined below 20 scored trials, where it says nothing. */
export function topTenth(run: RunSeries): readonly PlotTrial[] | undefined {
  if (run.points.length < 20) return undefined;
  const ranked = [...run.points].sort((a, b) => b.value - a.value || a.iteration - b.iteration);
  return ranked.slice(0, Math.ceil(run.points.length / 10)).flatMap(({ iteration }) => {
    const trial = run.trials[iteration - 1];
    return trial === undefined ? [] : [trial];
  });
}

function seriesOfRun(run: PlotRun, axis: PlotAxis): Omit<RunSeries, 'equals'> {
  const trials = ordinary(run.trials);
  const points: Point[] = [];
  const failed: number[] = [];
  const bestSoFar: Point[] = [];
  let best: BestTrial | undefined;
  for (const [index, trial] of trials.entries()) {
    const iteration = index + 1;
    refuseNonNumbers(run.name, `Iteration ${trial.iteration ?? iteration}`, trial);
    const value = drawnScore(trial);
    if (value === null) {
      failed.push(iteration);
      continue;
    }
    points.push({ iteration, value });
    if (best === undefined || value > best.score) {
      best = { iteration, number: trial.iteration ?? iteration, score: value, trial };
      bestSoFar.push({ iteration, value });
    }
  }
  const length = trials.length;
  const last = bestSoFar.at(-1);
  if (last !== undefined && last.iteration < length) bestSoFar.push({ ...last, iteration: length });
  const name = cleanName(run.name);
  const origin = run.origin === undefined ? undefined : cleanName(run.origin);
  const places = placesOf(run, axis);
  const end = places.at(-1) ?? 0;
  return {
    name,
    origin,
    length,
    axis,
    places,
    end,
    points,
    failed,
    bestSoFar,
    best,
    trials,
    ...baselinesOf(run),
    importance: run.importance ?? [],
    goals: run.goals,
  };
}

function baselinesOf(run: PlotRun): Pick<RunSeries, 'baselines' | 'baselineTrials'> {
  const among = run.trials.flatMap((trial) => {
    const score = drawnScore(trial);
    if (trial.baseline === undefined || score === null) return [];
    const name = trial.baseline === 'B' ? shortWordOfB(trial.weights) : trial.baseline;
    return [{ name, score, trial }];
  });
  const baselines = run.baselines ?? among;
  for (const { iteration, values } of run.goals?.points ?? [])
    for (const value of values) refuseNonNumber(run.name, `Iteration ${iteration}`, 'value of a goal', value);
  for (const { name, score } of baselines) {
    refuseNonNumbers(run.name, `Baseline ${name}`, { score, weights: {} });
  }
  return {
    baselines: baselines.map(({ name, score }) => ({ name, score })),
    baselineTrials: among.map(({ trial }) => trial),
  };
}

/** A score of NaN would vanish from the image without a word. */
function refuseNonNumbers(name: string, which: string, { score, weights }: PlotTrial): void {
  if (score !== null) refuseNonNumber(name, which, 'score', score);
  for (const block in weights) refuseNonNumber(name, which, block, weights[block]);
}

function refuseNonNumber(name: string, which: string, what: string, value: number | undefined): void {
  if (Number.isFinite(value)) return;
  throw usageError(
    'plot-not-finite',
    `${which} of ${cleanName(name)} has ${value} as ${what}, which cannot be drawn; ` +
      'fix or delete that row (a failed iteration has an empty score).',
  );
}
