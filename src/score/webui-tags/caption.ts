/** The answer of `POST /sdapi/v1/interrogate` with the model deepdanbooru: tags in one line of text. */
import { tagName } from './tag-name.ts';
import type { Tags } from './tags.ts';

export interface Caption {
  /** Without ranks every tag that is there counts as certain. */
  readonly tags: Tags;
  readonly isRanked: boolean;
}

/** `(tag:0.987)`: a tag may hold colons and parentheses of its own, so the last colon counts and the outer pair. */
const RANKED = /^\((.+):(\d+(?:\.\d+)?(?:e-?\d+)?)\)$/;

/** Null where the WebUI says that it failed: it swallows the error and writes `<error>`. */
export function readCaption(caption: string): Caption | null {
  if (caption.trimEnd().endsWith('<error>')) return null;
  const items = caption
    .split(', ')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  const ranked = items.map((item) => RANKED.exec(item));
  const isRanked = items.length > 0 && ranked.every((match) => match !== null);
  const pairs = items.map((item, i): [string, number] => {
    const match = ranked[i];
    if (!isRanked || !match) return [tagName(item), 1];
    const [, tag = '', rank = ''] = match;
    return [tagName(tag), Math.min(1, Number(rank))];
  });
  return { tags: new Map(pairs), isRanked };
}
