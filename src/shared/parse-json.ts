/** JSON from outside, which may be none: what it means, a schema says. */

/** @returns undefined for no text and for one that is no JSON; JSON itself cannot say that */
export function parseJson(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}
