/**
 * Several goals of one search: scorers that are not mixed into one number. What an image is worth for each goal follows from the raw
 * values that the journal keeps of it, by the facts about its scorers that the plan keeps: nothing of it is written down anywhere, and
 * the one score of an image stays what it is.
 */
import { comparableScores, haveSameImages, type ScoreRow } from '../allocation/index.ts';
import { imageKey } from '../images/names.ts';
import { isMeasured, TrialScores } from '../judging/trial-scores.ts';
import type { SearchPlan } from '../journal/record.ts';
import { combine, recordedCombination } from '../score/combine.ts';
import { recordedMap } from '../score/map.ts';
import { oriented } from '../score/score-image.ts';
import type { EvaluatedTrial, FinishedTrial, ImageRecord } from '../types.ts';

/** A number for each goal of the plan, in their order; higher is better. */
export type GoalValues = readonly number[];

/** By trial; those that lack a value for some goal have none at all. */
export type GoalsByTrial = ReadonlyMap<number, GoalValues>;

/** Undefined where the image has no value for the goal: none of its scorers judges the payload. */
type ImageValue = (image: ImageRecord) => number | undefined;

type MeasuredTrial = Pick<EvaluatedTrial, 'images' | 'wanted'>;

export class GoalScores {
  /** In the order of the plan. */
  readonly names: readonly string[];
  readonly #scores: TrialScores;
  readonly #valuesOf: readonly ImageValue[];
  /** By the images of the trial, which get another list when they change. */
  readonly #rows = new WeakMap<readonly ImageRecord[], readonly ScoreRow[]>();

  /** @param plan one with goals @param scores of the same plan */
  constructor(plan: SearchPlan, scores = new TrialScores(plan)) {
    this.names = (plan.goals ?? []).map(({ name }) => name);
    this.#scores = scores;
    this.#valuesOf = imageValues(plan);
  }

  /**
   * Of every trial with images, and of those that took over its score; made comparable where trials have unequal images, each goal by
   * itself. What was learned from elsewhere has no images, and no values.
   */
  comparable(trials: readonly FinishedTrial[]): GoalsByTrial {
    const measured = trials.filter(isMeasured).filter((trial) => this.#isWhole(trial));
    const byGoal = this.names.map((_, k) =>
      comparableScores(
        measured.map((trial) => this.#rowsOf(trial)[k] ?? []),
        this.#scores.total,
        this.#scores.tally,
      ),
    );
    const values = new Map<number, GoalValues>();
    for (const [i, { id }] of measured.entries())
      values.set(
        id,
        byGoal.map((scores) => scores[i] ?? Number.NaN),
      );
    for (const trial of trials) {
      const taken = originalOf(trial, values);
      if (taken !== undefined) values.set(trial.id, taken);
    }
    return values;
  }

  /** Another one of these trials changes no value but its own: all have values of the same images for every goal. */
  arePlain(trials: readonly FinishedTrial[]): boolean {
    const measured = trials.filter(isMeasured).filter((trial) => this.#isWhole(trial));
    return this.names.every((_, k) => haveSameImages(measured.map((trial) => this.#rowsOf(trial)[k] ?? [])));
  }

  /** Of one more trial among others with the very same images. */
  add(trial: FinishedTrial, values: Map<number, GoalValues>): void {
    const own = isMeasured(trial) ? this.comparable([trial]).get(trial.id) : originalOf(trial, values);
    if (own !== undefined) values.set(trial.id, own);
  }

  #isWhole(trial: MeasuredTrial): boolean {
    return this.#rowsOf(trial).every((row) => row.some((value) => value !== undefined));
  }

  /** For each goal, of the images that the trial was to get, in the order of the plan. */
  #rowsOf({ images, wanted }: MeasuredTrial): readonly ScoreRow[] {
    const known = this.#rows.get(images);
    const order = this.#scores.first(wanted);
    if (known?.[0]?.length === order.length) return known;
    const byKey = new Map(images.map((image) => [imageKey(image.request, image.index), image]));
    const rows = this.#valuesOf.map((valueOf) =>
      order.map(({ request, index }) => {
        const image = byKey.get(imageKey(request, index));
        return image && valueOf(image);
      }),
    );
    this.#rows.set(images, rows);
    return rows;
  }
}

/** The values that a trial has taken over from an earlier one. */
function originalOf(trial: FinishedTrial, values: GoalsByTrial): GoalValues | undefined {
  return trial.state === 'scored' && trial.source.kind === 'repeat' ? values.get(trial.source.of) : undefined;
}

/** Every scorer's value is mapped, turned so that higher is better, and combined, as for the one score. */
function imageValues({ goals = [], scorers, requests, config }: SearchPlan): ImageValue[] {
  const reversed = new Set(requests.flatMap(({ id, reverseScoring }) => (reverseScoring ? [id] : [])));
  const combination = recordedCombination(config.combine);
  return goals.map((goal) => {
    const parts = goal.scorers.map(({ id, higherIsBetter, min, max }) => {
      const { map = 'identity', weight = 1 } = scorers.find((scorer) => scorer.id === id) ?? {};
      return { id, weight, scorer: { higherIsBetter, range: { min, max } }, map: recordedMap(map) };
    });
    return ({ raw, request }) => {
      const values = parts.flatMap(({ id, weight, scorer, map }) => {
        const value = raw[id];
        if (value === undefined) return [];
        return [{ value: oriented(scorer, map, value, reversed.has(request)), weight }];
      });
      return values.length === 0 ? undefined : combine(combination, values);
    };
  });
}

/** The goals of a journal's trials; undefined where its search has none. */
export function goalsIn(
  plan: SearchPlan | undefined,
  trials: readonly FinishedTrial[],
): { readonly names: readonly string[]; readonly values: GoalsByTrial } | undefined {
  if (plan?.goals === undefined) return undefined;
  const scores = scoresBy(plan);
  return { names: scores.names, values: scores.comparable(trials) };
}

const ofPlans = new WeakMap<SearchPlan, GoalScores>();

/** What was found out about the images of a trial is found out once. */
function scoresBy(plan: SearchPlan): GoalScores {
  const known = ofPlans.get(plan) ?? new GoalScores(plan);
  ofPlans.set(plan, known);
  return known;
}
