import { didYouMean } from '../../shared/nearest-name.ts';
import type { ScoreItem } from '../scorer.ts';
import { mimeOf } from './mime.ts';

type Placeholder = (item: ScoreItem) => string | number;

const PLACEHOLDERS: Readonly<Record<string, Placeholder>> = {
  image: ({ bytes }) => Buffer.from(bytes).toString('base64'),
  image_url: ({ bytes }) => `data:${mimeOf(bytes)};base64,${Buffer.from(bytes).toString('base64')}`,
  mime: ({ bytes }) => mimeOf(bytes),
  prompt: ({ prompt }) => prompt,
  negative_prompt: ({ negativePrompt }) => negativePrompt,
  payload: ({ payload }) => payload,
  seed: ({ seed }) => seed,
};
/** The same for several images: a list in place of one value. */
const LISTS: Readonly<Record<string, Placeholder>> = Object.fromEntries(
  Object.entries(PLACEHOLDERS).map(([name, placeholder]) => [`${name}s`, placeholder]),
);

const SINGLE_BODY = { image: '{image}', prompt: '{prompt}', negative_prompt: '{negative_prompt}' };
const LIST_BODY = { images: '{images}', prompts: '{prompts}', negative_prompts: '{negative_prompts}' };

/**
 * The body of a request. A text that is one placeholder becomes its value ({seed} a number); inside a longer text it becomes
 * part of that. What is filled in is not searched again: a prompt may hold braces.
 * @param isList several images a request: the plural placeholders, each a list
 */
export function fillBody(template: unknown, items: readonly ScoreItem[], isList: boolean): unknown {
  return fill(template ?? (isList ? LIST_BODY : SINGLE_BODY), (name) => {
    if (isList) {
      const placeholder = own(LISTS, name);
      return placeholder && items.map((item) => placeholder(item));
    }
    const [item] = items;
    return item && own(PLACEHOLDERS, name)?.(item);
  });
}

/** What is wrong with a template: the words that follow its name. */
export function misfitOf(template: unknown, isList: boolean): string | undefined {
  const [known, other] = isList ? [LISTS, PLACEHOLDERS] : [PLACEHOLDERS, LISTS];
  let misfit: string | undefined;
  let hasImage = false;
  fill(template, (name, isWhole) => {
    if (own(known, name) !== undefined && (isWhole || !isList)) {
      hasImage ||= name.startsWith('image');
    } else if (own(other, name) !== undefined) {
      misfit ??= isList
        ? `has {${name}}, but with a batch above 1 it must use the lists {images}, {prompts} and so on`
        : `has {${name}}, which is for a batch above 1`;
    } else if (own(known, name) !== undefined) {
      misfit ??= `has the list {${name}} inside a longer text`;
    } else if (isWhole) {
      misfit ??= `has {${name}}, which is not a placeholder.${didYouMean(name, Object.keys(known))} Use ${Object.keys(known).join(', ')}`;
    }
    return undefined;
  });
  return misfit ?? (hasImage ? undefined : `has no place for the image, such as {image${isList ? 's' : ''}}`);
}

/** @param valueOf undefined leaves the text as it is */
function fill(template: unknown, valueOf: (name: string, isWhole: boolean) => unknown): unknown {
  if (typeof template === 'string') {
    const whole = /^\{([a-z_]+)\}$/.exec(template)?.[1];
    if (whole !== undefined) return valueOf(whole, true) ?? template;
    return template.replaceAll(/\{([a-z_]+)\}/g, (text: string, name: string) => {
      const value = valueOf(name, false);
      return typeof value === 'string' || typeof value === 'number' ? String(value) : text;
    });
  }
  if (Array.isArray(template)) return template.map((entry) => fill(entry, valueOf));
  if (typeof template !== 'object' || template === null) return template;
  return Object.fromEntries(Object.entries(template).map(([key, entry]) => [key, fill(entry, valueOf)]));
}

function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
