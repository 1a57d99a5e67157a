/** The scored merges of a run as its importance model takes them: points of the searched box. */
import type { SearchPlan } from '../journal/record.ts';
import { TrialScores } from '../judging/trial-scores.ts';
import type { ImageNoise } from '../optimizers/index.ts';
import { decode, encode, type BlockSpace } from '../space/space.ts';
import { isDoubted } from '../stop/stop-rule.ts';
import { isBaseline, isLearned, type BlockName, type BlockWeights, type FinishedTrial } from '../types.ts';
import { highest, lowest } from '../shared/extremes.ts';

/** One searched weight and its bounds. */
export interface SearchedWeight {
  readonly name: string;
  readonly blocks: readonly BlockName[];
  readonly low: number;
  readonly high: number;
  /** Steps between the bounds; 0 or absent = any weight. */
  readonly intervals?: number;
  /** It is no block's weight itself: a knot of a curve, or what blocks are shared out by. */
  readonly isTangled?: boolean;
}

/** A scored merge. */
export interface Measured {
  /** Undefined in a history, which has no numbers. */
  readonly trial?: number | undefined;
  /** In the order of the searched weights. */
  readonly values: readonly number[];
  readonly score: number;
  /** Images behind the score; undefined where that is not known. */
  readonly images: number | undefined;
}

export interface MeasuredRun {
  readonly searched: readonly SearchedWeight[];
  /** In the order in which they were scored; no merge twice. */
  readonly measured: readonly Measured[];
  /** Of one image, in units of the score; undefined where all have the same images, or nothing is known of them. */
  readonly noise: ImageNoise | undefined;
  /** Iterations of the run so far, the failed ones included: what `--iterations` counts. */
  readonly iterations: number;
  /** Weights that the backend takes. */
  readonly range: { readonly low: number; readonly high: number };
}

/** The backends whose weights end with the models; the others go beyond. */
const NARROW = ['bayesian-merger', 'lora-block-weight'];
const WIDE_RANGE = { low: -1, high: 2 };

/** @param comparable by trial, the score to compare it by */
export function measuredIn(
  plan: SearchPlan,
  trials: readonly FinishedTrial[],
  comparable: ReadonlyMap<number, number>,
): MeasuredRun {
  const { space } = plan;
  const noise = plan.imageOrder === undefined ? undefined : new TrialScores(plan).noise(trials, space);
  const measured = new Map<string, Measured>();
  for (const trial of trials) {
    // A score that was taken over from the same weights tells nothing new.
    if (trial.state !== 'scored' || trial.source.kind === 'repeat') continue;
    const values = valuesWithin(space, trial.weights);
    if (values === undefined) continue;
    const images = isLearned(trial) || trial.images.length === 0 ? undefined : trial.images.length;
    const score = comparable.get(trial.id) ?? trial.score;
    if (Number.isFinite(score)) measured.set(values.join(), { trial: trial.id, values, score, images });
  }
  const isNarrow = NARROW.includes(plan.server?.mergeWay ?? '');
  return {
    searched: space.dimensions.map((dimension) => ({
      ...dimension,
      isTangled: dimension.knot !== undefined || dimension.share !== undefined,
    })),
    measured: [...measured.values()],
    noise,
    iterations: trials.filter((trial) => !isDoubted(trial) && !isBaseline(trial)).length,
    range: isNarrow ? { low: 0, high: 1 } : WIDE_RANGE,
  };
}

/** Undefined for a merge that the search could not have asked for: another weight of a fixed block, or one out of bounds. */
function valuesWithin(space: BlockSpace, weights: BlockWeights): number[] | undefined {
  const values = encode(space, weights);
  const reached = decode(space, values);
  const isWithin = Object.entries(reached).every(([block, weight]) => {
    const wanted = weights[block];
    return wanted === undefined || Math.abs(weight - wanted) < ALIKE;
  });
  return isWithin ? values : undefined;
}

/** Weights of histories have up to eight digits. */
const ALIKE = 1e-6;

/**
 * A history without a plan: blocks that always have the same weight are taken to share it, those that never move to be fixed, and
 * the bounds to be 0 and 1, or what was tried beyond.
 */
export function measuredInHistory(
  rows: readonly {
    readonly trial?: number;
    readonly weights: BlockWeights;
    readonly score: number | null;
  }[],
): MeasuredRun {
  const scored = rows.flatMap(({ trial, weights, score }) =>
    score === null ? [] : [{ trial, weights, score }],
  );
  const groups = new Map<string, BlockName[]>();
  for (const block of Object.keys(scored[0]?.weights ?? {})) {
    const key = scored.map(({ weights }) => weights[block]).join();
    groups.set(key, [...(groups.get(key) ?? []), block]);
  }
  const columns = [...groups.values()].map((blocks) => ({
    blocks,
    values: scored.map(({ weights }) => weights[blocks[0] ?? ''] ?? 0),
  }));
  const moving = columns.filter(({ values }) => values.some((value) => value !== values[0]));
  const measured = new Map<string, Measured>();
  for (const [i, { trial, score }] of scored.entries()) {
    const values = moving.map((column) => column.values[i] ?? 0);
    measured.set(values.join(), { trial, values, score, images: undefined });
  }
  return {
    searched: moving.map(({ blocks, values }) => ({
      name: blocks.join('+'),
      blocks,
      low: Math.min(0, lowest(values)),
      high: Math.max(1, highest(values)),
    })),
    measured: [...measured.values()],
    noise: undefined,
    iterations: rows.length,
    range: WIDE_RANGE,
  };
}
