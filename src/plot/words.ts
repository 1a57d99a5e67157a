/** Names as texts of a drawing. */

/** A name fit for one line of text: XML and terminals take no control characters. Empty names become `unnamed`. */
export function cleanName(name: string): string {
  // Lone surrogates and control characters make XML that no reader accepts, and steer terminals.
  const clean = name.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\uFFFE\uFFFF]+/gu, ' ').trim();
  return clean === '' ? 'unnamed' : clean;
}

/** Cuts the middle out of a long name: histories differ at both ends. */
export function shorten(name: string, limit: number): string {
  const letters = Array.from(name);
  if (letters.length <= limit) return name;
  const head = Math.ceil((limit - 1) / 2);
  return `${letters.slice(0, head).join('')}…${letters.slice(letters.length - (limit - 1 - head)).join('')}`;
}
