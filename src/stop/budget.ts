import { stopFor } from './stop-reason.ts';
import { isDoubted, type StopRule } from './stop-rule.ts';

export function iterationBudget(iterations: number): StopRule {
  return ({ trials, open }) =>
    trials.filter((trial) => !isDoubted(trial)).length + open >= iterations
      ? stopFor('iterations', `All ${iterations} iterations are done.`)
      : undefined;
}

export function timeBudget(limitMinutes: number): StopRule {
  return ({ minutes }) =>
    minutes >= limitMinutes
      ? stopFor('minutes', `The limit of ${limitMinutes} minutes is reached.`)
      : undefined;
}
