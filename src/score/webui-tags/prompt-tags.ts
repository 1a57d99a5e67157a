import { readAttention } from './attention.ts';
import { tagName } from './tag-name.ts';

/** Words that ask for quality and not for a thing that could be seen, in the spelling of `tagName`. */
const QUALITY: readonly RegExp[] = [
  /^(?:masterpiece|professional|award[-_]winning|sharp_focus|intricate(?:_details?)?|raw_photo|newest|recent)$/,
  /^(?:(?:ultra|super)[-_]?)?high_?res(?:olution)?$|^(?:low|absurd)_?res$|^(?:\d+k|u?hd|hdr|hq|lq)$/,
  /^(?:(?:very|extremely|ultra|highly|super|insanely)[-_]?)?(?:detailed|aesthetic|displeasing)$/,
  /^(?:best|highe?s?t?|top|great|good|amazing|perfect|normal|average|medium|lowe?s?t?|worst|bad|poor)_(?:quality|aesthetic)$/,
  /^(?:score_\d|rating[_:]|source_(?:anime|cartoon|furry|pony)$)/,
];

/**
 * The tags of a prompt with their attention weights, which are above 0: without networks (`<lora:…>`), BREAK, AND and words
 * of quality. A tag that is there twice has its larger weight.
 */
export function promptTags(prompt: string): ReadonlyMap<string, number> {
  const plain = prompt.replaceAll(/<[^<>]*>/g, ',').replaceAll(/\b(?:BREAK|AND)\b/g, ',');
  const tags = new Map<string, number>();
  for (const { text, weight } of splitAtCommas(plain)) {
    // What is left of `cat AND dog :1.2`.
    const name = tagName(text.replace(/(\S)\s+:\s*-?[\d.]+\s*$/, '$1'));
    if (name === '' || !/[^\d._-]/.test(name) || weight <= 0) continue;
    if (QUALITY.some((pattern) => pattern.test(name))) continue;
    tags.set(name, Math.max(weight, tags.get(name) ?? 0));
  }
  return tags;
}

/** A tag of which only a part is in brackets has the mean weight of its letters. */
function splitAtCommas(prompt: string): { text: string; weight: number }[] {
  const found: { text: string; weight: number }[] = [];
  let text = '';
  let letters = 0;
  let sum = 0;
  const end = (): void => {
    if (letters > 0) found.push({ text, weight: sum / letters });
    text = '';
    letters = 0;
    sum = 0;
  };
  for (const piece of readAttention(prompt)) {
    for (const [i, part] of piece.text.split(/[,\n]/).entries()) {
      if (i > 0) end();
      const count = part.replaceAll(/\s/g, '').length;
      text += part;
      letters += count;
      sum += count * piece.weight;
    }
  }
  end();
  return found;
}
