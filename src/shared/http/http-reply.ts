/** What the replies of all HTTP servers have in common. */

/** Refused before anything was done: too slow, too early, too many. */
export const TOO_BUSY: ReadonlySet<number> = new Set([408, 425, 429]);

/** Where a redirection leads, without user, password and query. */
export function placeOf(location: string | string[] | undefined, base: string): string {
  if (typeof location !== 'string' || !URL.canParse(location, base)) return 'nowhere';
  const { origin, pathname } = new URL(location, base);
  return `${origin}${pathname}`;
}
