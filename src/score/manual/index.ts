import { z } from 'zod';
import { usageError } from '../../shared/errors.ts';
import type { ScorerContext, ScorerDefinition } from '../definition.ts';
import { createManualScorer } from './manual-scorer.ts';
import { pairPageWay } from './page/pair-page-way.ts';
import { createPageScorer } from './page/page-scorer.ts';
import { ratingPageWay } from './page/rating-page-way.ts';
import { pairWay } from './pair-way.ts';
import { ratingWay } from './rating-way.ts';
import { checkTerminal, isTerminal, systemTerminal } from './terminal.ts';

export { ABORTED_BY_RATER } from './manual-scorer.ts';
export type { RatingTerminal } from './terminal.ts';

const OPTIONS = z.strictObject({
  /** `ratings`: 0 to 10. `pairs`: which of two is better, the image or that of an earlier iteration. */
  ask: z.enum(['ratings', 'pairs']).default('ratings'),
  /** Where people are asked; the terminal unless given, or the page where there is no terminal, or where people are several. */
  where: z.enum(['terminal', 'page']).optional(),
  /** So many different people have to answer. */
  people: z.coerce.number().int().min(1).max(100).default(1),
  /** On the page: seconds for which the last answer can be taken back. */
  undo: z.coerce.number().min(0).max(3600).default(3),
});

type Options = z.output<typeof OPTIONS>;

export const manualScorer: ScorerDefinition<Options> = {
  id: 'manual',
  summary:
    'You: every image is shown in the terminal or on the live page, and rated from 0 to 10 or compared with an earlier one.',
  needs: 'a terminal or the live page, and your time',
  licence: 'yours',
  options: OPTIONS,
  cache: false,
  create: (options, context) => {
    const { ask, people, undo } = options;
    if (people > 1 && options.where === 'terminal') {
      throw usageError(
        'scorer-options',
        `--scorer-options manual.people=${people} needs the page, because there is only one terminal. Leave out manual.where=terminal.`,
      );
    }
    if (placeOf(options, context) === 'page') {
      const way = ask === 'pairs' ? pairPageWay(people) : ratingPageWay(people);
      return createPageScorer(way, { people, undo });
    }
    return createManualScorer(
      () => context?.terminal ?? systemTerminal(),
      ask === 'pairs' ? pairWay() : ratingWay(),
    );
  },
};

/** @param options as the user gave them; what is wrong with them is said where the scorer is made */
export function placeOfRaters(options: unknown, context: ScorerContext): 'terminal' | 'page' {
  const { data } = OPTIONS.safeParse(options);
  return data === undefined ? 'terminal' : placeOf(data, context);
}

/**
 * The same, before a server is bothered and a file written.
 * @throws usage error `manual-needs-terminal`
 */
export function checkPlace(options: unknown, context: ScorerContext): 'terminal' | 'page' {
  const place = placeOfRaters(options, context);
  if (place === 'terminal') checkTerminal(context.terminal ?? systemTerminal());
  return place;
}

function placeOf({ where, people }: Options, context: ScorerContext = {}): 'terminal' | 'page' {
  if (where !== undefined) return where;
  if (people > 1) return 'page';
  const hasTerminal = isTerminal(context.terminal ?? systemTerminal());
  return context.hasPage === true && !hasTerminal ? 'page' : 'terminal';
}
