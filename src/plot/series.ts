/** What a plot is made of: runs of trials in, the series of every panel out. No drawing here. */
import { usageError } from '../shared/errors.ts';
import { inSearchOrder } from '../architectures/registry.ts';
import { WEIGHT_ORDERS } from '../architectures/sd-lists.ts';
import type { BlockName, BlockWeights } from '../types.ts';
import { counted } from '../shared/counted.ts';

/** One trial as a plot sees it, whether it comes from a journal or from the CSV of another program. */
export interface PlotTrial {
  /** `null` for a failed trial: it is marked on the axis and enters no number. */
  readonly score: number | null;
  /** The score without what the images of this trial are easier or harder than others; drawn in its place where given. */
  readonly comparable?: number | undefined;
  readonly weights: BlockWeights;
  readonly images?: readonly { readonly payload: string; readonly score: number }[];
  /** How many images it took; that of `images` unless given. Undefined where neither is known. */
  readonly imageCount?: number | undefined;
}

/** What trials are drawn over: their number, or the images that had been made when each was finished. */
export type PlotAxis = 'iterations' | 'images';

export interface PlotRun {
  readonly name: string;
  /** In the order of asking: the iteration is the position, from 1. */
  readonly trials: readonly PlotTrial[];
  /** Where the run was read from, for people. */
  readonly origin?: string;
}

/** A trial's iteration (from 1) and a number. */
interface Point {
  readonly iteration: number;
  readonly value: number;
}

/** A scored trial: the earliest one where several have the same score. */
export interface BestTrial {
  readonly iteration: number;
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
  readonly trials: readonly PlotTrial[];
}

/**
 * @param axis images where the trials of a run have unequal numbers of them, and all runs tell; iterations otherwise
 * @throws usage error `plot-no-runs`, `plot-no-images` where the axis needs what a run does not tell, or `plot-not-finite`
 * for a score or weight that is no finite number
 */
export function seriesOf(runs: readonly PlotRun[], axis?: PlotAxis): readonly RunSeries[] {
  if (runs.length === 0) {
    throw usageError(
      'plot-no-runs',
      'There is nothing to plot: no run was given. Name at least one history.',
    );
  }
  const chosen = axis ?? usualAxis(runs);
  return runs.map((run) => seriesOfRun(run, chosen));
}

/** Where a trial (from 1) stands on the axis. */
export function placeOf({ places }: RunSeries, iteration: number): number {
  return places[iteration - 1] ?? 0;
}

/** `trial 5`, and over images also how many of them it has. */
export function trialInWords({ axis, trials }: RunSeries, iteration: number): string {
  const trial = trials[iteration - 1];
  const count = axis === 'images' && trial !== undefined ? countOf(trial) : undefined;
  if (count === undefined) return `trial ${iteration}`;
  return `trial ${iteration} (${counted(count, 'image')})`;
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
    const counts = trials.map((trial) => (trial.score === null ? 0 : countOf(trial))).filter(Boolean);
    return new Set(counts).size > 1;
  });
  const isKnown = runs.every(({ trials }) => trials.every((trial) => countOf(trial) !== undefined));
  return isUneven && isKnown ? 'images' : 'iterations';
}

function placesOf({ name, trials }: PlotRun, axis: PlotAxis): readonly number[] {
  if (axis === 'iterations') return trials.map((_, index) => index + 1);
  let made = 0;
  return trials.map((trial) => {
    const count = countOf(trial);
    if (count === undefined) {
      throw usageError(
        'plot-no-images',
        `${cleanName(name)} does not say how many images each iteration has: plot its journal, or use --x iterations.`,
      );
    }
    made += count;
    return made;
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

/** A name fit for one line of text: XML and terminals take no control characters. Empty names become `unnamed`. */
export function cleanName(name: string): string {
  // Lone surrogates and control characters make XML that no reader accepts, and steer terminals.
  const clean = name.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\uFFFE\uFFFF]+/gu, ' ').trim();
  return clean === '' ? 'unnamed' : clean;
}

/** Cuts the middle out of a long name: histories differ at both ends. */
export function shorten(name: string, limit: number): string {
  const letters = Array.from(name);
  if (letters.length <= limit) return name;
  const head = Math.ceil((limit - 1) / 2);
  return `${letters.slice(0, head).join('')}…${letters.slice(letters.length - (limit - 1 - head)).join('')}`;
}

/** Null for a failed trial. */
export function drawnScore({ score, comparable }: PlotTrial): number | null {
  return score === null ? null : (comparable ?? score);
}

function seriesOfRun(run: PlotRun, axis: PlotAxis): RunSeries {
  const points: Point[] = [];
  const failed: number[] = [];
  const bestSoFar: Point[] = [];
  let best: BestTrial | undefined;
  for (const [index, trial] of run.trials.entries()) {
    const iteration = index + 1;
    refuseNonNumbers(run.name, iteration, trial);
    const value = drawnScore(trial);
    if (value === null) {
      failed.push(iteration);
      continue;
    }
    points.push({ iteration, value });
    if (best === undefined || value > best.score) {
      best = { iteration, score: value, trial };
      bestSoFar.push({ iteration, value });
    }
  }
  const length = run.trials.length;
  const last = bestSoFar.at(-1);
  if (last !== undefined && last.iteration < length) bestSoFar.push({ ...last, iteration: length });
  const name = cleanName(run.name);
  const origin = run.origin === undefined ? undefined : cleanName(run.origin);
  const places = placesOf(run, axis);
  const end = places.at(-1) ?? 0;
  return { name, origin, length, axis, places, end, points, failed, bestSoFar, best, trials: run.trials };
}

/** A score of NaN would vanish from the image without a word. */
function refuseNonNumbers(name: string, iteration: number, trial: PlotTrial): void {
  const numbers = Object.entries<number | null>({ score: trial.score, ...trial.weights });
  for (const [what, value] of numbers) {
    if (value !== null && !Number.isFinite(value)) {
      throw usageError(
        'plot-not-finite',
        `Trial ${iteration} of ${cleanName(name)} has ${value} as ${what}, which cannot be drawn; ` +
          'correct or remove that row (a failed trial has an empty score).',
      );
    }
  }
}
