/** `POST /sdapi/v1/interrogate`: what the server says that an image shows. */
import { httpException, pythonError } from './failures.ts';
import type { OptionStore } from './option-store.ts';
import { isDict } from './pydantic.ts';
import { tagsSeenIn } from './seen-tags.ts';
import type { Webui } from './webui.ts';

/** Waits its turn among the generations. CLIP fails as it does where its models cannot be downloaded: with status 200. */
export async function interrogate(webui: Webui, body: unknown): Promise<{ caption: string }> {
  const { image, model = 'clip' } = isDict(body) ? body : {};
  if (typeof image !== 'string') throw httpException(404, 'Image not found');
  if (model !== 'clip' && model !== 'deepdanbooru') throw httpException(404, 'Model not found');
  if (model === 'deepdanbooru' && webui.settings.hasTagger === false) {
    throw pythonError('IndexError', 'list index out of range');
  }
  const tags = tagsSeenIn(image);
  return await webui.queue.run(async () =>
    Promise.resolve({ caption: model === 'clip' ? '<error>' : captionOf(tags, webui.options) }),
  );
}

function captionOf(tags: ReadonlyMap<string, number>, options: OptionStore): string {
  const threshold = Number(options.get('interrogate_deepbooru_score_threshold'));
  const sortsByName = options.get('deepbooru_sort_alpha') === true;
  const hidden = new Set(
    String(options.get('deepbooru_filter_tags'))
      .split(',')
      .map((tag) => tag.trim().replaceAll(' ', '_')),
  );
  return [...tags]
    .filter(([tag, value]) => value >= threshold && !hidden.has(tag))
    .toSorted(([a, p], [b, q]) => (sortsByName ? Number(a > b) - Number(a < b) : q - p))
    .map(([tag, value]) => {
      const spaced = options.get('deepbooru_use_spaces') === true ? tag.replaceAll('_', ' ') : tag;
      const escaped =
        options.get('deepbooru_escape') === true ? spaced.replaceAll(/[\\()]/gu, String.raw`\$&`) : spaced;
      return options.get('interrogate_return_ranks') === true ? `(${escaped}:${value.toFixed(3)})` : escaped;
    })
    .join(', ');
}
