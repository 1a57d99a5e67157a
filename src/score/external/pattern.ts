import vm from 'node:vm';

/** Longest text that is searched, in characters. */
export const MAX_TEXT = 10_000;
/** Milliseconds; a sound pattern needs a thousandth. */
const MAX_TIME = 1000;

/** How many groups a regular expression has; -1 where it is none. */
export function groupsIn(pattern: string): number {
  try {
    return (new RegExp(`${pattern}|`).exec('')?.length ?? 1) - 1;
  } catch {
    return -1;
  }
}

/**
 * The first group of a match in the first 10 kB of a text, undefined where there is none. A pattern that tries for ever, as
 * `(a+)+b` does, is cut off after a second.
 * @throws Error when it is cut off
 */
export function firstGroup(pattern: string, text: string): string | undefined {
  const found: unknown = vm.runInNewContext(
    '(new RegExp(pattern).exec(text) ?? [])[1]',
    { pattern, text: text.slice(0, MAX_TEXT) },
    { timeout: MAX_TIME },
  );
  return typeof found === 'string' ? found : undefined;
}
