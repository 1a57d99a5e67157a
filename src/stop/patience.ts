import { coverage } from '../goals/front.ts';
import type { GoalsByTrial, GoalValues } from '../goals/goals.ts';
import { isBaseline, isTakenOver, type FinishedTrial, type ScoredTrial } from '../types.ts';
import { stopFor } from './stop-reason.ts';
import { isScored, type StopRule } from './stop-rule.ts';
import { highest } from '../shared/extremes.ts';

export interface PatienceSettings {
  /** Evaluations without gain that are borne. */
  readonly patience: number;
  /** Gain below which the last `patience` evaluations were not worth it; 0 = off. */
  readonly tolAbs: number;
  /** The same in percent of the best score before them; 0 = off. */
  readonly tolRel: number;
}

/**
 * Early stop as the users of Hyperactive 4 know it: at least `patience` evaluations after the best one without
 * strictly beating it; or too small a gain within the last `patience`. Unlike there, repeated points cost nothing
 * and do not count, and a best score of zero is no division by zero. An evaluation is a merge that was tried: one that gets
 * more images later stays one, where it was, with the score that it has now. Baselines are not tried: they are compared with.
 *
 * With several goals, what an evaluation gains is what it adds to the front: its score is the share that all up to it cover.
 */
export function patienceRule({ patience, tolAbs, tolRel }: PatienceSettings): StopRule {
  return ({ trials, tried: scores = triedScores(trials) }) => {
    if (scores.length < patience + 1) return undefined;
    const best = highest(scores);
    const since = scores.length - 1 - scores.indexOf(best);
    if (since >= patience) {
      return stopFor('early-stop', `No improvement in the last ${spanOf(since)} (--patience ${patience}).`);
    }
    const before = highest(scores.slice(0, -patience));
    const gain = best - before;
    if (gain < tolAbs) {
      return stopFor(
        'early-stop',
        `The last ${spanOf(patience)} improved the score by ${gain.toPrecision(3)}, less than --tol-abs ${tolAbs}.`,
      );
    }
    // Any gain over a score of zero is infinite.
    const percent = (gain / Math.abs(before)) * 100;
    if (percent < tolRel) {
      return stopFor(
        'early-stop',
        `The last ${spanOf(patience)} improved the score by ${percent.toPrecision(3)} %, less than --tol-rel ${tolRel} %.`,
      );
    }
    return undefined;
  };
}

/**
 * Scores of the evaluations that count for the early stop, in the order in which they finished; with several goals, what the front of
 * the evaluations up to each of them covers, from 0 to 1.
 */
export function triedScores(
  trials: readonly FinishedTrial[],
  comparable?: ReadonlyMap<number, number>,
  goals?: GoalsByTrial,
): number[] {
  const scores: number[] = [];
  if (goals !== undefined) return coverage(triedGoals(trials, goals));
  for (const trial of trials) if (isTried(trial)) scores.push(comparable?.get(trial.id) ?? trial.score);
  return scores;
}

/** It is an evaluation that counts for the early stop. */
export function isTried(trial: FinishedTrial): trial is ScoredTrial {
  return isScored(trial) && !isTakenOver(trial) && !isBaseline(trial);
}

/** Of the evaluations that count for the early stop. */
export function triedGoals(trials: readonly FinishedTrial[], goals: GoalsByTrial): GoalValues[] {
  return trials.flatMap((trial) => {
    if (!isTried(trial)) return [];
    const values = goals.get(trial.id);
    return values === undefined ? [] : [values];
  });
}

/** When the early stop comes if nothing gets better, and what puts it off. */
export interface StopAhead {
  /** Evaluations until then; 0 = now. */
  readonly left: number;
  /** One of these evaluations must reach it. */
  readonly needed: number;
  /** More than `needed` is needed, not just as much. */
  readonly isStrict: boolean;
}

/** @param scores of all evaluations so far; undefined while there are none */
export function stopAhead(scores: readonly number[], settings: PatienceSettings): StopAhead | undefined {
  return new TriedScores(scores).ahead(settings);
}

/** Scores of evaluations that become more, and what the early stop sees in them: the next one costs the same after any number. */
export class TriedScores {
  /** The best of so many first ones. */
  readonly #bestOf = [Number.NEGATIVE_INFINITY];
  /** Where the best one stands, the first among equals. */
  #bestAt = -1;

  constructor(scores: readonly number[] = []) {
    for (const score of scores) this.add(score);
  }

  add(score: number): void {
    const before = this.#best();
    if (this.#count === 0 || score > before) this.#bestAt = this.#count;
    this.#bestOf.push(Math.max(before, score));
  }

  /** See {@link stopAhead}. */
  ahead({ patience, tolAbs, tolRel }: PatienceSettings): StopAhead | undefined {
    const count = this.#count;
    if (count === 0) return undefined;
    const best = this.#best();
    const latest = this.left(patience);
    for (let left = Math.max(0, patience + 1 - count); ; left++) {
      const before = this.#bestOf[Math.min(count, count + left - patience)] ?? best;
      const wanted = before + Math.max(tolAbs, (Math.abs(before) * tolRel) / 100);
      if (left < latest && best >= wanted) continue;
      return { left, needed: Math.max(best, wanted), isStrict: wanted <= best };
    }
  }

  /** Iterations until the early stop without tolerances if nothing gets better. */
  left(patience: number): number {
    return this.#count === 0 ? patience : Math.max(0, patience - (this.#count - 1 - this.#bestAt));
  }

  get #count(): number {
    return this.#bestOf.length - 1;
  }

  #best(): number {
    return this.#bestOf.at(-1) ?? Number.NEGATIVE_INFINITY;
  }
}

/** As {@link TriedScores.left}. */
export function patienceLeft(scores: readonly number[], patience: number): number {
  return new TriedScores(scores).left(patience);
}

/** For what comes after "the last". */
function spanOf(iterations: number): string {
  return iterations === 1 ? 'iteration' : `${iterations} iterations`;
}
