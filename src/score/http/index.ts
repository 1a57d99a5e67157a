import type { ScorerDefinition } from '../definition.ts';
import { createHttpScorer } from './http-scorer.ts';
import { httpSettings } from './settings.ts';
import type { HttpSettings } from './settings.ts';

export const httpScorer: ScorerDefinition<HttpSettings> = {
  id: 'http',
  summary:
    'Your own server, which takes an image as JSON and answers with a number, or text that contains one.',
  needs: 'the server',
  licence: 'of the server',
  options: httpSettings,
  reaches: 'address',
  cache: true,
  create: (settings) => createHttpScorer(settings),
};
