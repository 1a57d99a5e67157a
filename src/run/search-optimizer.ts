/** The optimizer of a run: what it was told of every trial, so that it can be told again, or start over with all of it. */
import type { SearchPlan } from '../journal/record.ts';
import {
  createOptimizer,
  createRelay,
  type Asked,
  type Belief,
  type Optimizer,
  type Recommendation,
  type ToldScore,
} from '../optimizers/index.ts';
import { dimensionsOf } from '../optimizers/reach.ts';
import { encode, holds } from '../space/space.ts';
import { isBaseline, isLearned, type BlockWeights, type FinishedTrial, type ScoredTrial } from '../types.ts';

/** What the optimizer was told of a trial, and the number to tell it again under. */
interface ToldTrial extends ToldScore {
  readonly receipt: number;
}

/** Scores that differ by less are the same. */
const ALIKE = 1e-12;

export class SearchOptimizer {
  readonly #plan: SearchPlan;
  readonly #outcomeOf: (trial: ScoredTrial) => ToldScore;
  readonly #told = new Map<number, ToldTrial>();
  /** Known from elsewhere, for the optimizer alone. */
  readonly #priors: { readonly weights: BlockWeights; readonly score: number }[] = [];
  #optimizer: Optimizer;

  /** @param outcomeOf what is told of a trial as things stand */
  constructor(plan: SearchPlan, outcomeOf: (trial: ScoredTrial) => ToldScore) {
    this.#plan = plan;
    this.#outcomeOf = outcomeOf;
    this.#optimizer = freshOptimizer(plan);
    for (const point of plan.queue) this.#optimizer.enqueue(point);
  }

  ask(): Asked {
    return this.#optimizer.ask();
  }

  peek(): readonly number[] {
    return this.#optimizer.peek();
  }

  belief(): Belief | undefined {
    return this.#optimizer.belief();
  }

  best(isWanted?: (values: readonly number[]) => boolean): Recommendation | undefined {
    return this.#optimizer.best(isWanted);
  }

  enqueue(point: readonly number[]): void {
    this.#optimizer.enqueue(point);
  }

  /** @param ask of this optimizer; undefined = it learns what it never asked for */
  tell(trial: FinishedTrial, ask: number | undefined): void {
    if (trial.state === 'failed') {
      if (ask !== undefined) this.#optimizer.tell(ask, 'failed');
      return;
    }
    // Bounds and fixed blocks may leave a baseline outside: there it tells nothing about the merges that can be made.
    if (isBaseline(trial) && !holds(this.#plan.space, trial.weights)) return;
    const outcome = this.#outcomeOf(trial);
    const told = this.#toldOf(outcome);
    if (ask !== undefined) this.#optimizer.tell(ask, told);
    const receipt = ask ?? this.#optimizer.learn(encode(this.#plan.space, trial.weights), told);
    this.#told.set(trial.id, toldTrial(receipt, outcome));
  }

  /** How many images are behind a score says nothing where all have the same. */
  #toldOf(outcome: ToldScore): number | ToldScore {
    if (this.#plan.imageOrder !== undefined) return outcome;
    const { score, goals } = outcome;
    return goals === undefined ? score : { score, goals };
  }

  /** Every image tells something about all others: scores that are seen otherwise now are told again. */
  retell(trials: readonly FinishedTrial[]): void {
    for (const trial of trials) {
      const told = this.#told.get(trial.id);
      if (trial.state !== 'scored' || told === undefined) continue;
      const outcome = this.#outcomeOf(trial);
      if (isSame(outcome, told)) continue;
      this.#optimizer.retell(told.receipt, outcome);
      this.#told.set(trial.id, toldTrial(told.receipt, outcome));
    }
  }

  learnPrior(prior: { readonly weights: BlockWeights; readonly score: number }): void {
    this.#priors.push(prior);
    this.#optimizer.learn(encode(this.#plan.space, prior.weights), prior.score);
  }

  /**
   * A new optimizer that has learned every score.
   * @param unfinished trials that were asked for and are not among the finished ones
   */
  relearn(trials: readonly FinishedTrial[], unfinished: number): void {
    const finished = trials.flatMap((trial) => (isLearned(trial) || isBaseline(trial) ? [] : [trial]));
    this.#optimizer = freshOptimizer(this.#plan, finished.length + unfinished);
    const queued = finished.filter(({ origin, byHand }) => origin === 'queued' && byHand !== true).length;
    for (const point of this.#plan.queue.slice(queued)) this.#optimizer.enqueue(point);
    for (const { weights, score } of this.#priors)
      this.#optimizer.learn(encode(this.#plan.space, weights), score);
    this.#told.clear();
    for (const trial of trials) this.tell(trial, undefined);
  }
}

/** Written out: what is spread over a literal lies beside the object, and a long search has thousands. */
function toldTrial(receipt: number, outcome: ToldScore): ToldTrial {
  const { score, images, noise, goals } = outcome;
  const isPlain = images !== undefined && noise === undefined && goals === undefined;
  return isPlain ? { receipt, score, images } : { receipt, ...outcome };
}

function isSame(one: ToldScore, other: ToldScore): boolean {
  const isNear = (a = 0, b = 0): boolean => Math.abs(a - b) <= ALIKE;
  return (
    isNear(one.score, other.score) &&
    one.images === other.images &&
    isNear(one.noise?.shared, other.noise?.shared) &&
    isNear(one.noise?.own, other.noise?.own) &&
    one.goals?.length === other.goals?.length &&
    (one.goals ?? []).every((value, k) => isNear(value, other.goals?.[k]))
  );
}

/** @param asked how many points earlier optimizers of the run were asked for: this one must not draw the same again */
function freshOptimizer(plan: SearchPlan, asked = 0): Optimizer {
  const { name, seed, options, second } = plan.optimizer;
  const dimensions = dimensionsOf(plan);
  const create = (one: string, own: Readonly<Record<string, unknown>>): Optimizer =>
    createOptimizer(one, { space: { dimensions }, seed: seed + asked, options: own });
  const first = create(name, options);
  if (second === null) return first;
  return createRelay({
    first,
    createSecond: () => create(second.name, second.options),
    switchAfter: Math.max(0, second.after - asked),
  });
}
