import type { ScorerDefinition } from '../definition.ts';
import { createCommandScorer } from './command-scorer.ts';
import { commandSettings } from './settings.ts';
import type { CommandSettings } from './settings.ts';

export const commandScorer: ScorerDefinition<CommandSettings> = {
  id: 'command',
  summary: 'A program of yours that reads images and answers scores, one JSON object a line.',
  needs: 'the program; examples/scorers has some for ImageReward, HPSv2, PickScore and vision models',
  licence: 'of the program',
  options: commandSettings,
  reaches: 'program',
  cache: true,
  create: (settings) => createCommandScorer(settings),
};
