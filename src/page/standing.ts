/** What the trials of a run come to: the best, the front, how far the search is. A trial more costs the same after any number of them. */
import { frontOf, GrowingCoverage, type FrontTrial } from '../goals/front.ts';
import { GoalScores, type GoalValues } from '../goals/goals.ts';
import type { SearchPlan } from '../journal/record.ts';
import type { JournalTrials } from '../journal/trial-book.ts';
import { isMeasured, TrialScores } from '../judging/trial-scores.ts';
import { isTried, TriedScores } from '../stop/patience.ts';
import { isDoubted } from '../stop/stop-rule.ts';
import {
  isBaseline,
  isLearned,
  mergesOf,
  searchedOf,
  type BaselineName,
  type EvaluatedTrial,
  type FailedTrial,
  type FinishedTrial,
  type ScoredTrial,
} from '../types.ts';

type Baseline = FinishedTrial & { readonly baseline: BaselineName };

/** Everything that one more trial adds to. */
class Counts {
  /** Iterations of the search. */
  done = 0;
  best: ScoredTrial | undefined;
  /** The last one that this run asked for. */
  last: EvaluatedTrial | FailedTrial | undefined;
  /** The last one of the search with a score. */
  latest: EvaluatedTrial | undefined;
  /** The last one with images. */
  pictured: FinishedTrial | undefined;
  tried = new TriedScores();
  /** By what is tried, with several goals. */
  covered = new GrowingCoverage();
  /** Of the trials up to some place those that nothing beats, and all behind it. */
  contenders: FinishedTrial[] = [];
  front: readonly FrontTrial[] | undefined;
}

export class Standing {
  readonly #scores: TrialScores | undefined;
  readonly #goalScores: GoalScores | undefined;
  /** So many trials are in here, and so many changes of them. */
  #read = 0;
  #changes = 0;
  #baselines: readonly Baseline[] = [];
  /** The first trial with images of its own. */
  #sample: EvaluatedTrial | undefined;
  /** Undefined where every trial is compared by its own score: another one with the same images changes nothing for the others. */
  #comparable: ReadonlyMap<number, number> | undefined;
  #isPlain = true;
  #goals = new Map<number, GoalValues>();
  #counts = new Counts();

  /** @param plan undefined for a journal that has none */
  constructor(plan: SearchPlan | undefined) {
    this.#scores = plan && new TrialScores(plan);
    this.#goalScores = plan?.goals && new GoalScores(plan, this.#scores);
  }

  /**
   * @param trials the same ones as before, and what has come since
   * @returns the position of the first trial that may be seen otherwise now
   */
  update({ finished, changes }: JournalTrials): number {
    const isOnlyMore = changes === this.#changes;
    const from = this.#read;
    const more = finished.slice(from);
    // Trials that differ in their images will do so whatever comes.
    const isPlain = isOnlyMore
      ? this.#isPlain && this.#arePlain(this.#sample === undefined ? more : [this.#sample, ...more])
      : this.#arePlain(finished);
    const isSameForOthers = isPlain || more.every(({ state }) => state !== 'scored');
    this.#read = finished.length;
    this.#changes = changes;
    this.#isPlain = isPlain;
    if (isOnlyMore && isSameForOthers && !more.some((trial) => isBaseline(trial))) {
      this.#grow(more);
      return from;
    }
    this.#renew(finished);
    return 0;
  }

  get baselines(): readonly Baseline[] {
    return this.#baselines;
  }

  get done(): number {
    return this.#counts.done;
  }

  get best(): ScoredTrial | undefined {
    return this.#counts.best;
  }

  get last(): EvaluatedTrial | FailedTrial | undefined {
    return this.#counts.last;
  }

  get latest(): EvaluatedTrial | undefined {
    return this.#counts.latest;
  }

  get pictured(): FinishedTrial | undefined {
    return this.#counts.pictured;
  }

  /** As the early stop looks at them. */
  get tried(): TriedScores {
    return this.#counts.tried;
  }

  /** In the order of the plan; undefined where the search has one score only. */
  get goalNames(): readonly string[] | undefined {
    return this.#goalScores?.names;
  }

  /** Undefined for a trial that has none. */
  goalsOf({ id }: FinishedTrial): GoalValues | undefined {
    return this.#goals.get(id);
  }

  /** What a trial is compared by. */
  scoreOf({ id, score }: ScoredTrial): number {
    return this.#comparable?.get(id) ?? score;
  }

  /** See `Front`. What is beaten once is beaten for good: only what has come since is weighed up against it. */
  get front(): readonly FrontTrial[] {
    const counts = this.#counts;
    if (counts.front === undefined) {
      counts.front = frontOf(counts.contenders, this.#goals)?.trials ?? [];
      const ids = new Set(counts.front.map(({ trial }) => trial));
      counts.contenders = counts.contenders.filter(({ id }) => ids.has(id));
    }
    return counts.front;
  }

  #grow(more: readonly FinishedTrial[]): void {
    this.#sample ??= more.find(isMeasured);
    for (const trial of more) {
      this.#goalScores?.add(trial, this.#goals);
      this.#count(trial);
      if (isTried(trial)) this.#try(trial);
    }
  }

  #arePlain(trials: readonly FinishedTrial[]): boolean {
    return this.#scores?.arePlain(trials) !== false && this.#goalScores?.arePlain(trials) !== false;
  }

  #renew(trials: readonly FinishedTrial[]): void {
    this.#sample = trials.find(isMeasured);
    this.#comparable = this.#isPlain ? undefined : this.#scores?.comparable(trials);
    this.#goals = new Map(this.#goalScores?.comparable(trials));
    this.#baselines = trials.filter((trial) => isBaseline(trial));
    this.#counts = new Counts();
    for (const trial of trials) this.#count(trial);
    this.#tryAll(trials.filter((trial) => isTried(trial)));
  }

  #count(trial: FinishedTrial): void {
    const counts = this.#counts;
    const others = this.#baselines;
    if (searchedOf([...others, trial]).includes(trial) && !isDoubted(trial)) counts.done++;
    if (!isLearned(trial)) counts.last = trial;
    if (trial.images.length > 0) counts.pictured = trial;
    if (this.#goalScores !== undefined) {
      counts.contenders.push(trial);
      counts.front = undefined;
    }
    if (trial.state !== 'scored') return;
    if (!isLearned(trial) && !isBaseline(trial)) counts.latest = trial;
    const score = this.scoreOf(trial);
    const isBetter = counts.best === undefined || score > this.scoreOf(counts.best);
    if (isBetter && mergesOf([...others, trial]).includes(trial)) counts.best = trial;
  }

  /** With several goals, what is tried counts by what the front covers with it. */
  #try(trial: ScoredTrial): void {
    const counts = this.#counts;
    const values = this.#goals.get(trial.id);
    if (this.#goalScores === undefined) counts.tried.add(this.scoreOf(trial));
    else if (values !== undefined && counts.covered.add(values))
      counts.tried = new TriedScores(counts.covered.shares);
    else if (values !== undefined) counts.tried.add(counts.covered.shares.at(-1) ?? 0);
  }

  #tryAll(trials: readonly ScoredTrial[]): void {
    const counts = this.#counts;
    if (this.#goalScores === undefined) {
      counts.tried = new TriedScores(trials.map((trial) => this.scoreOf(trial)));
      return;
    }
    const values = trials.map(({ id }) => this.#goals.get(id));
    counts.covered = new GrowingCoverage(values.filter((own) => own !== undefined));
    counts.tried = new TriedScores(counts.covered.shares);
  }
}
