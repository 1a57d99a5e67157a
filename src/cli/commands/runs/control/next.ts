/** `next`: weights that a run is to measure before anything that its optimizer proposes. */
import { comparableIn } from '../../../../judging/trial-scores.ts';
import { reachOf, roundedText } from '../../../../optimizers/reach.ts';
import { usageError } from '../../../../shared/errors.ts';
import { counted } from '../../../../shared/counted.ts';
import { mergesOf, type BlockWeights } from '../../../../types.ts';
import { fitWeights } from '../../../../weights/fit.ts';
import { matchPatterns } from '../../../../weights/named.ts';
import type { CommandContext } from '../../../cli-process.ts';
import { findWeights } from '../../files/merge-weights.ts';
import { askedRun, type AskedRun } from './asked-run.ts';
import { ask, whenItGoesOn, type RequestOptions } from './requests.ts';

export interface NextOptions extends RequestOptions {
  readonly weights: string;
  readonly order?: 'search' | 'recipe' | 'legacy';
}

/** @throws usage errors of weights, `weights-out-of-reach` */
export async function nextCommand(
  context: CommandContext,
  name: string,
  options: NextOptions,
): Promise<number> {
  const run = await askedRun(name, options.folder);
  const weights = await askedWeights(run, options);
  const { rounded, unreachable } = reachOf(run.plan, weights, bestOf(run)?.weights ?? {});
  if (unreachable.length > 0) {
    throw usageError(
      'weights-out-of-reach',
      `The search of ${run.output} cannot try these weights: ${unreachable.join('; ')}.`,
    );
  }
  const left = Object.keys(run.plan.space.fixed).length;
  const moving = run.plan.space.dimensions.flatMap(({ blocks }) => blocks);
  const rest = moving.filter((block) => weights[block] === undefined).length;
  const best = bestOf(run);
  const sentences = [
    `Asked ${run.output} to measure these weights next.`,
    ...(rounded.length > 0 ? [`Rounded to the steps of the search: ${roundedText(rounded)}.`] : []),
    ...(rest > 0
      ? [
          best === undefined
            ? `${counted(rest, 'other block')} ${rest === 1 ? 'is' : 'are'} set to the middle, or to the best found by then.`
            : `${counted(rest, 'other block')} ${rest === 1 ? 'takes its value' : 'take their values'} from the best at that time (now iteration ${best.id})${left > 0 ? ', or fixed' : ''}.`,
        ]
      : []),
  ];
  const text = `${sentences.join(' ')}${whenItGoesOn(run)}`;
  return ask(context, run, options, { request: 'next', weights: { ...weights } }, text);
}

/** One number is for the blocks that are searched. */
async function askedWeights({ plan }: AskedRun, options: NextOptions): Promise<BlockWeights> {
  const { architecture, dimensions } = plan.space;
  const found = await findWeights({
    weights: options.weights,
    ...(options.order && { order: options.order }),
  });
  const { weights } = fitWeights(found, architecture);
  if (found.uniform === undefined) return weights;
  const moving = dimensions.flatMap(({ blocks }) => blocks);
  const named = [...(found.named ?? []), ...Object.keys(matchPatterns(found.patterns ?? [], architecture))];
  return Object.fromEntries(
    Object.entries(weights).filter(([block]) => moving.includes(block) || named.includes(block)),
  );
}

function bestOf({
  plan,
  finished,
}: AskedRun): { readonly id: number; readonly weights: BlockWeights } | undefined {
  const comparable = comparableIn(plan, finished);
  return mergesOf(finished)
    .filter((trial) => trial.state === 'scored')
    .toSorted((a, b) => (comparable.get(b.id) ?? b.score) - (comparable.get(a.id) ?? a.score))[0];
}
