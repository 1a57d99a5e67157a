import { z } from 'zod';
import type { ScorerDefinition } from '../definition.ts';
import { createManualScorer } from './manual-scorer.ts';
import { pairWay } from './pair-way.ts';
import { ratingWay } from './rating-way.ts';
import { systemTerminal } from './terminal.ts';

export { ABORTED_BY_RATER } from './manual-scorer.ts';
export { checkTerminal, systemTerminal, type RatingTerminal } from './terminal.ts';

const OPTIONS = z.strictObject({
  /** `ratings`: 0 to 10. `pairs`: which of two is better, the image or that of an earlier iteration. */
  ask: z.enum(['ratings', 'pairs']).default('ratings'),
});

export { PAIRS_VERSION } from './preference.ts';

export const manualScorer: ScorerDefinition<z.output<typeof OPTIONS>> = {
  id: 'manual',
  summary:
    'You: every image is shown in the terminal, or named, and rated from 0 to 10 or compared with an earlier one.',
  needs: 'a terminal, and you in front of it',
  licence: 'yours',
  options: OPTIONS,
  cache: false,
  create: ({ ask }, context) =>
    createManualScorer(
      () => context?.terminal ?? systemTerminal(),
      ask === 'pairs' ? pairWay() : ratingWay(),
    ),
};
