import type { ScorerDefinition } from '../definition.ts';
import { createBrisqueScorer } from './brisque-scorer.ts';
import { brisqueSettings } from './settings.ts';
import type { BrisqueSettings } from './settings.ts';

export const brisqueScorer: ScorerDefinition<BrisqueSettings> = {
  id: 'brisque',
  summary:
    'Noise, blur and compression as people rated them in photographs (BRISQUE), 0 to 100; lower is better.',
  needs: 'brisque_model_live.yml and brisque_range_live.yml of OpenCV, about 400 kB',
  licence: 'MIT; weights Apache-2.0 (OpenCV)',
  source: 'https://github.com/opencv/opencv_contrib/tree/4.x/modules/quality/samples',
  cache: true,
  options: brisqueSettings,
  create: (settings) => createBrisqueScorer(settings),
};
