/** What a run makes of weights that somebody gives, in words: as `autombw next` says it. */
import type { SearchPlan } from '../../journal/record.ts';
import { reachOf, roundedText } from '../../optimizers/reach.ts';
import { counted } from '../../shared/counted.ts';
import type { BlockWeights } from '../../types.ts';
import type { PageSummary } from '../state.ts';
import type { PageReach } from './state.ts';

/** @param asked by block, finite; blocks that are left out stay as in the best */
export function reachText(
  plan: SearchPlan,
  asked: BlockWeights,
  { best, bestWeights }: Pick<PageSummary, 'best' | 'bestWeights'>,
): PageReach {
  const { rounded, unreachable } = reachOf(plan, asked, bestWeights ?? {});
  if (unreachable.length > 0)
    return {
      isReachable: false,
      sentence: `The search cannot try these weights: ${unreachable.join('; ')}.`,
    };
  const { dimensions } = plan.space;
  const given = dimensions.filter(({ blocks }) => blocks.some((block) => asked[block] !== undefined));
  const rest = dimensions.filter((one) => !given.includes(one)).flatMap(({ blocks }) => blocks).length;
  const sentences = [
    ...(rounded.length > 0 ? [`Rounded to the steps of the search: ${roundedText(rounded)}.`] : []),
    ...(rest > 0
      ? [
          best === null
            ? `${counted(rest, 'other block')} ${rest === 1 ? 'is' : 'are'} set to the middle, or to the best found by then.`
            : `${counted(rest, 'other block')} ${rest === 1 ? 'takes its value' : 'take their values'} from the best at that time (now iteration ${best.trial}).`,
        ]
      : []),
  ];
  return { isReachable: true, sentence: sentences.join(' ') };
}
