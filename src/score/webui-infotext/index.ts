import type { ScorerDefinition } from '../definition.ts';
import { createInfotextScorer } from './infotext-scorer.ts';
export { lookForPreset } from './look-for-preset.ts';
import { infotextSettings } from './settings.ts';
import type { InfotextSettings } from './settings.ts';

export const webuiInfotextScorer: ScorerDefinition<InfotextSettings> = {
  id: 'webui-infotext',
  summary: 'A score that a WebUI script or extension writes into the text below the image.',
  needs: 'that script or extension in the WebUI, such as the ImageReward script',
  licence: 'of the script or extension',
  source: 'https://github.com/THUDM/ImageReward',
  cache: false,
  options: infotextSettings,
  create: (settings) => createInfotextScorer(settings),
};
