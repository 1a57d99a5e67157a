/** When a run stops, from its configuration. */
import type { SearchConfig } from '../config/schema.ts';
import { imageBudget, iterationBudget, timeBudget } from '../stop/budget.ts';
import { exhaustedRule, failureRule } from '../stop/health.ts';
import { patienceRule } from '../stop/patience.ts';
import type { StopRule } from '../stop/stop-rule.ts';

/**
 * The rules of a run; a later session may set other limits.
 * @param ignored number of first trials that no longer tell anything about the health of the WebUI
 */
export function makeRules(config: SearchConfig, ignored = 0): StopRule[] {
  const { patience, tolAbs, tolRel, budgetImages } = config;
  return [
    // Before the budgets: a run whose last iterations failed has not reached its goal.
    failureRule(config.maxFailures, ignored),
    iterationBudget(config.iterations),
    timeBudget(config.minutes),
    ...(budgetImages === undefined ? [] : [imageBudget(budgetImages)]),
    exhaustedRule,
    ...(config.earlyStop ? [patienceRule({ patience, tolAbs, tolRel })] : []),
  ];
}
