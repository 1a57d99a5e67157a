import { stopFor } from './stop-reason.ts';
import { searchedOf } from '../types.ts';
import { isDoubted, type StopRule } from './stop-rule.ts';
import { counted } from '../shared/counted.ts';

/** Baselines are measured beside the iterations that were asked for. */
export function iterationBudget(iterations: number): StopRule {
  return ({ trials, open }) =>
    // Most of the time there are too few of any kind, which need not be looked at.
    trials.length + open >= iterations &&
    searchedOf(trials).filter((trial) => !isDoubted(trial)).length + open >= iterations
      ? stopFor(
          'iterations',
          iterations === 1 ? 'The one iteration is done.' : `All ${iterations} iterations are done.`,
        )
      : undefined;
}

export function timeBudget(limitMinutes: number): StopRule {
  return ({ minutes }) =>
    minutes >= limitMinutes
      ? stopFor('minutes', `The limit of ${counted(limitMinutes, 'minute')} is reached.`)
      : undefined;
}

/** Whole trials: what is left is kept for the candidates for the best, so that the last of them can get all of its images. */
export function imageBudget(limit: number): StopRule {
  return ({ imagesLeft = Infinity, imagesOfSet = 1 }) =>
    imagesLeft < imagesOfSet
      ? stopFor('images', `The limit of ${counted(limit, 'image')} is reached (--budget-images).`)
      : undefined;
}
