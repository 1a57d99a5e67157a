import type { ScorerDefinition } from '../definition.ts';
import { createCommandScorer } from './command-scorer.ts';
import { commandSettings } from './settings.ts';
import type { CommandSettings } from './settings.ts';

export const commandScorer: ScorerDefinition<CommandSettings> = {
  id: 'command',
  summary: 'Your own program, which reads images and prints scores, one JSON object per line.',
  needs: 'the program; examples/scorers has ones for ImageReward, HPSv2, PickScore and vision models',
  licence: 'of the program',
  options: commandSettings,
  reaches: 'program',
  cache: true,
  create: (settings) => createCommandScorer(settings),
};
