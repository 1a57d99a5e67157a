import type { ScorerDefinition } from '../definition.ts';
import { createInfotextScorer } from './infotext-scorer.ts';
export { lookForPreset } from './look-for-preset.ts';
import { infotextSettings } from './settings.ts';
import type { InfotextSettings } from './settings.ts';

export const webuiInfotextScorer: ScorerDefinition<InfotextSettings> = {
  id: 'webui-infotext',
  summary: 'A score that a script or an extension of the WebUI writes into the text under the image.',
  needs: 'that script or extension in the WebUI, such as the script of ImageReward',
  licence: 'of the script or extension',
  source: 'https://github.com/THUDM/ImageReward',
  cache: false,
  options: infotextSettings,
  create: (settings) => createInfotextScorer(settings),
};
