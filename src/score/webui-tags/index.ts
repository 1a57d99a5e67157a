import type { ScorerDefinition } from '../definition.ts';
import { webuiTagsSettings } from './settings.ts';
import type { WebuiTagsSettings } from './settings.ts';
import { createWebuiTagsScorer } from './webui-tags-scorer.ts';

export { promptTags } from './prompt-tags.ts';

export const webuiTagsScorer: ScorerDefinition<WebuiTagsSettings> = {
  id: 'webui-tags',
  summary: 'How well an image shows the tags of its prompt, according to a tagger inside the WebUI.',
  needs: 'a WebUI with --api; it downloads its tagger on first use, and each check delays the next image',
  licence: 'of the tagger in the WebUI',
  // Which tagger answers is the WebUI's affair, and the version cannot tell.
  reaches: 'address',
  cache: false,
  options: webuiTagsSettings,
  create: (settings) => createWebuiTagsScorer(settings),
};
