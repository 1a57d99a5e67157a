import { isDoubted, type StopRule } from './stop-rule.ts';

export function iterationBudget(iterations: number): StopRule {
  return ({ trials, open }) =>
    trials.filter((trial) => !isDoubted(trial)).length + open >= iterations
      ? { code: 'iterations', message: `All ${iterations} iterations are done.` }
      : undefined;
}

export function timeBudget(limitMinutes: number): StopRule {
  return ({ minutes }) =>
    minutes >= limitMinutes
      ? { code: 'minutes', message: `The limit of ${limitMinutes} minutes is reached.` }
      : undefined;
}
