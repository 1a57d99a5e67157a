import { stripVTControlCharacters } from 'node:util';

/** Text from outside in one line for a message: without control codes, at most `limit` characters. */
export function quote(text: string, limit = 200): string {
  const line = stripVTControlCharacters(text)
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .trim();
  return line.length > limit ? `${line.slice(0, limit - 1)}…` : line;
}
