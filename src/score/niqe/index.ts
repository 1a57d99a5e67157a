import { z } from 'zod';
import type { ScorerDefinition } from '../definition.ts';
import { createNiqeScorer } from './niqe-scorer.ts';

const niqeSettings = z.strictObject({});

export const niqeScorer: ScorerDefinition<z.output<typeof niqeSettings>> = {
  id: 'niqe',
  summary:
    'Distance from the statistics of undistorted photographs (NIQE); lower is better, not for flat drawings.',
  needs: 'nothing',
  licence: 'MIT; reference numbers Apache-2.0 (BasicSR)',
  cache: true,
  options: niqeSettings,
  create: () => createNiqeScorer(),
};
