import { checkLength, type Budget } from '../limits.ts';

/** Taken options as one text; an empty one at an end leaves no separator behind there. */
export function joinTexts(texts: readonly string[], separator: string, budget: Budget): string {
  const [only] = texts;
  if (texts.length === 1 && only !== undefined) return only;
  let joined = checkLength(texts.join(separator), budget);
  if (separator === '') return joined;
  if (joined.startsWith(separator)) joined = joined.slice(separator.length);
  if (joined.endsWith(separator)) joined = joined.slice(0, -separator.length);
  return joined;
}
