/** What a search over curves cannot take over of the weights that it begins with or learns, in sentences. */
import type { SearchPlan } from '../journal/record.ts';
import { missedMost, type Missed } from '../space/off-curve.ts';
import { counted } from '../shared/counted.ts';
import type { WarmStart } from './warm-start.ts';

/** None where the space has no curve, or where its curves go through all of them. */
export function notOnCurve(
  { space }: Pick<SearchPlan, 'space'>,
  { queue, priors }: WarmStart,
): readonly string[] {
  const missedBy = (weights: WarmStart['queue']): Missed[] =>
    weights.flatMap((one) => missedMost(space, one) ?? []);
  const begun = missedBy(queue);
  const learned = missedBy(priors.map(({ weights }) => weights));
  return [
    ...(begun.length === 0
      ? []
      : [
          `--warm-start: the curve cannot match ${begun.length === 1 ? 'the starting weights' : `${begun.length} of ${counted(queue.length, 'starting point')}`}, so the nearest curve is measured (${largest(begun)}).`,
        ]),
    ...(learned.length === 0
      ? []
      : [
          `${learned.length} of ${counted(priors.length, 'score')} to learn from ${learned.length === 1 ? 'was' : 'were'} measured with weights the curve cannot match, and ${learned.length === 1 ? 'is' : 'are'} learned as the nearest curve (${largest(learned)}).`,
        ]),
  ];
}

function largest(missed: readonly Missed[]): string {
  const [most] = missed.toSorted((a, b) => Math.abs(b.given - b.nearest) - Math.abs(a.given - a.nearest));
  if (most === undefined) return '';
  return `largest difference: ${most.block} is ${short(most.nearest)}, not ${short(most.given)}`;
}

function short(weight: number): number {
  return Math.round(weight * 1000) / 1000;
}
