import { z } from 'zod';
import type { ScorerDefinition } from '../definition.ts';
import { createManualScorer } from './manual-scorer.ts';
import { systemTerminal } from './terminal.ts';

export { ABORTED_BY_RATER } from './manual-scorer.ts';
export { checkTerminal, systemTerminal, type RatingTerminal } from './terminal.ts';

export const manualScorer: ScorerDefinition<object> = {
  id: 'manual',
  summary: 'You: every image is shown in the terminal, or named, and rated from 0 to 10.',
  needs: 'a terminal, and you in front of it',
  licence: 'yours',
  options: z.strictObject({}),
  cache: false,
  create: (_, context) => createManualScorer(() => context?.terminal ?? systemTerminal()),
};
