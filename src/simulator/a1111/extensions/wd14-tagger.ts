/** wd14-tagger of the older line: a flat list of tags, ratings among them. */
import { httpException } from '../failures.ts';
import { float, isDict } from '../pydantic.ts';
import { tagsSeenIn } from '../seen-tags.ts';
import type { WebuiExtension } from './extension.ts';

const MODELS = ['wd14-convnextv2-v2', 'wd14-vit-v2'];
const RATINGS = { general: 0.9, sensitive: 0.08, questionable: 0.01, explicit: 0.01 };

export function wd14Tagger(): WebuiExtension {
  return {
    folder: 'wd14-tagger',
    calls: [
      { method: 'GET', path: '/tagger/v1/interrogators', answer: () => ({ models: MODELS }) },
      { path: '/tagger/v1/interrogate', answer: interrogate },
    ],
  };
}

function interrogate(body: unknown): unknown {
  const { image, model, threshold } = isDict(body) ? body : {};
  if (typeof image !== 'string') throw httpException(404, 'Image not found');
  if (typeof model !== 'string' || !MODELS.includes(model)) throw httpException(404, 'Model not found');
  const least = float(threshold) ?? 0.35;
  const tags = [...tagsSeenIn(image)].filter(([, value]) => value >= least);
  return { caption: { ...RATINGS, ...Object.fromEntries(tags) } };
}
