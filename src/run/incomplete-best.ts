/** A budget of images may be used up before the best merge has all of its images: what is said then. */
import { isMeasured } from '../judging/trial-scores.ts';
import { counted } from '../shared/counted.ts';
import type { Session } from './session.ts';

type Parts = Pick<Session, 'state' | 'plan' | 'files'>;

/**
 * Of the merge to use, and of the best one seen where that is another.
 * @returns undefined where both have all the images that could be had
 */
export function incompleteBest({ state, plan, files }: Parts): string | undefined {
  const { budgetImages } = plan.config;
  const { total } = state.scores;
  const ids = new Set([state.recommended()?.best.trial, state.best()?.trial]);
  const lacking = state.trials
    .filter(isMeasured)
    .filter(({ id, wanted = total }) => ids.has(id) && wanted < total);
  if (budgetImages === undefined || lacking.length === 0) return undefined;
  const rest = lacking.reduce((sum, { wanted = total }) => sum + total - wanted, 0);
  const enough = budgetImages + rest - state.imagesLeft;
  const list = (of: (trial: (typeof lacking)[number]) => number): string => lacking.map(of).join(' and ');
  const counts = list(({ wanted = total }) => wanted);
  const trials =
    lacking.length === 1
      ? `Iteration ${list(({ id }) => id)}, the best, has only ${counts} of its`
      : `Iterations ${list(({ id }) => id)}, the best ones, have only ${counts} of their`;
  return `${trials} ${counted(total, 'image')}, because --budget-images ${budgetImages} is used up; with all images another iteration may turn out best. To draw the rest: autombw resume "${files.journal}" --budget-images ${enough}`;
}
