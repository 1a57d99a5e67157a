/**
 * The seconds that a `Retry-After` header asks to wait: it holds a number of them, or a date. Undefined for anything else.
 * @param sent the `Date` header beside it: a date is one on the server's clock, and ours may be hours away from it
 */
export function secondsOfRetryAfter(value: unknown, sent?: unknown): number | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text);
  const date = dateOf(text);
  return date === undefined ? undefined : Math.max(0, (date - (dateOf(sent) ?? Date.now())) / 1000);
}

function dateOf(text: unknown): number | undefined {
  const date = typeof text === 'string' && /[a-z]{3}/i.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : date;
}
