/** Which trial of a run is the best, by scores made comparable: trials may have unequal images. */
import { GrowingCoverage } from '../goals/front.ts';
import { GoalScores, type GoalsByTrial, type GoalValues } from '../goals/goals.ts';
import { isMeasured, type TrialScores } from '../judging/trial-scores.ts';
import type { SearchPlan } from '../journal/record.ts';
import type { ImageNoise, ToldScore } from '../optimizers/index.ts';
import { holds } from '../space/space.ts';
import { triedGoals, triedScores } from '../stop/patience.ts';
import {
  isBaseline,
  mergesOf,
  type Best,
  type EvaluatedTrial,
  type FinishedTrial,
  type ScoredTrial,
} from '../types.ts';

/** Images of more trials are not kept for what they may become. */
const MOST_CANDIDATES = 5;

export class Ranking {
  readonly #plan: SearchPlan;
  readonly #scores: TrialScores;
  readonly #trials: readonly FinishedTrial[];
  #comparable = new Map<number, number>();
  /** Undefined where the search has one score only. */
  readonly #goalScores: GoalScores | undefined;
  #goals = new Map<number, GoalValues>();
  #noise: ImageNoise | undefined;
  /** Another trial with the same images changes no score but its own. */
  #isPlain = false;
  /** The first trial with images of its own. */
  #sample: FinishedTrial | undefined;
  #baselines: readonly FinishedTrial[] = [];
  /** The first trial of the search with images of its own. */
  #opening: FinishedTrial | undefined;
  #tried: number[] = [];
  /** In its place with several goals. */
  #covered = new GrowingCoverage();
  /** The first ones, until the trials are other ones. */
  #first: readonly ScoredTrial[] | undefined;

  /** @param trials of the run: the array grows and changes, and {@link Ranking.renew} is called then */
  constructor(plan: SearchPlan, scores: TrialScores, trials: readonly FinishedTrial[]) {
    this.#plan = plan;
    this.#scores = scores;
    this.#trials = trials;
    this.#goalScores = plan.goals === undefined ? undefined : new GoalScores(plan, scores);
  }

  /** Of every measured trial, made comparable; undefined where the search has one score only. */
  get goals(): GoalsByTrial | undefined {
    return this.#goalScores && this.#goals;
  }

  /** By trial, the score to compare it by: its own, unless trials have unequal images. */
  get comparable(): ReadonlyMap<number, number> {
    return this.#comparable;
  }

  /** See `triedScores`. */
  get tried(): readonly number[] {
    return this.goals === undefined ? this.#tried : this.#covered.shares;
  }

  /** What people look at beside the best: the baselines, and the first trial of the search. */
  get landmarks(): number[] {
    return [...this.#baselines, ...(this.#opening === undefined ? [] : [this.#opening])].map(({ id }) => id);
  }

  /** One more trial has finished, the last one. @returns whether others may be seen otherwise now */
  grow(trial: FinishedTrial): boolean {
    const pair = this.#sample === undefined ? [trial] : [this.#sample, trial];
    if (!this.#isPlain || isBaseline(trial) || !this.#scores.arePlain(pair)) {
      this.renew();
      return true;
    }
    if (isMeasured(trial)) {
      this.#sample ??= trial;
      this.#opening ??= trial;
    }
    if (trial.state === 'scored') this.#comparable.set(trial.id, trial.score);
    this.#goalScores?.add(trial, this.#goals);
    if (this.goals === undefined) this.#tried.push(...triedScores([trial]));
    else for (const values of triedGoals([trial], this.goals)) this.#covered.add(values);
    if (this.#first !== undefined) {
      const first = [...this.#first];
      if (this.isMerge(trial)) this.#place(trial, first);
      this.#first = first;
    }
    return false;
  }

  /** The trials are no longer as they were. */
  renew(): void {
    this.#first = undefined;
    this.#isPlain = this.#plan.imageOrder === undefined && this.#scores.arePlain(this.#trials);
    this.#sample = this.#trials.find(isMeasured);
    this.#baselines = this.#trials.filter((trial) => isBaseline(trial));
    this.#opening = this.#trials.find((trial) => isMeasured(trial) && !isBaseline(trial));
    this.#comparable = new Map(this.#scores.comparable(this.#trials));
    if (this.#goalScores !== undefined) this.#goals = new Map(this.#goalScores.comparable(this.#trials));
    const { goals } = this;
    if (goals === undefined) this.#tried = triedScores(this.#trials, this.#comparable);
    else this.#covered = new GrowingCoverage(triedGoals(this.#trials, goals));
    if (this.#plan.imageOrder !== undefined) this.#noise = this.#scores.noise(this.#trials, this.#plan.space);
  }

  best(): Best | undefined {
    const [best] = this.#ranked();
    return best && this.asBest(best);
  }

  /** Trials that may be the best in the end, the best one first: the others of them may overtake it, or be recommended. */
  candidates(): number[] {
    return this.#ranked().map(({ id }) => id);
  }

  /** The trials of these merges that have images of their own. */
  measured(merges: readonly (Best | undefined)[]): EvaluatedTrial[] {
    return merges.flatMap((merge) => this.#trials.filter(isMeasured).filter(({ id }) => id === merge?.trial));
  }

  /** Model A or B by itself is no merge, whoever asked for the same weights. */
  isMerge(trial: FinishedTrial): boolean {
    return mergesOf([...this.#baselines, trial]).includes(trial);
  }

  score({ id, score }: ScoredTrial): number {
    return this.#comparable.get(id) ?? score;
  }

  /** With all images the score is what it is; with fewer it is what it looks like among the others. */
  asBest(trial: ScoredTrial): Best {
    const { id, score, weights } = trial;
    const images = this.#imagesBehind(trial);
    const isWhole = images === 0 || (images === this.#scores.total && !this.#scores.areEstimates);
    return { trial: id, score: isWhole ? score : this.score(trial), weights };
  }

  /** What an optimizer is told of it. */
  outcomeOf(trial: ScoredTrial): ToldScore {
    const images = this.#imagesBehind(trial);
    const noise = images > 0 && this.#noise !== undefined ? { noise: this.#noise } : {};
    const goals = this.#goals.get(trial.id);
    return {
      score: this.score(trial),
      ...(images > 0 && { images }),
      ...noise,
      ...(goals !== undefined && { goals }),
    };
  }

  #imagesBehind({ images, source }: ScoredTrial): number {
    if (source.kind !== 'repeat') return images.length;
    return this.#trials.find(({ id }) => id === source.of)?.images.length ?? 0;
  }

  /** The best merges, the very best first, the earlier among equals. A long run is not sorted after every iteration. */
  #ranked(): readonly ScoredTrial[] {
    if (this.#first !== undefined) return this.#first;
    const first: ScoredTrial[] = [];
    for (const trial of mergesOf(this.#trials)) this.#place(trial, first);
    this.#first = first;
    return first;
  }

  /** Among the best, where it is one of them. @param first changed: the best so far, behind which it comes among equals */
  #place(trial: FinishedTrial, first: ScoredTrial[]): void {
    if (trial.state !== 'scored') return;
    const score = this.score(trial);
    const last = first.at(-1);
    if (first.length >= MOST_CANDIDATES && last !== undefined && !(score > this.score(last))) return;
    // Half of each is no merge of this search where its bounds or fixed blocks forbid it.
    if (isBaseline(trial) && !holds(this.#plan.space, trial.weights)) return;
    const place = first.findIndex((other) => score > this.score(other));
    first.splice(place < 0 ? first.length : place, 0, trial);
    if (first.length > MOST_CANDIDATES) first.pop();
  }
}
