import { linesOf } from '../../shared/files/lines.ts';
import type { WildcardValue } from './wildcards.ts';

/** Each line is a value; empty lines and lines that begin with `#` are none. A text file has no weights. */
export function readTextValues(text: string, wildcard: string, file: string): WildcardValue[] {
  const values: WildcardValue[] = [];
  for (const [i, line] of linesOf(text).entries()) {
    const value = line.trim();
    if (value === '' || value.startsWith('#')) continue;
    values.push({
      source: { name: `wildcard "${wildcard}" (${file}, line ${i + 1})`, text: value },
      weight: 1,
    });
  }
  return values;
}

/** A line that looks as if its author thought of a weight. */
export function weightedLine(values: readonly WildcardValue[]): string | undefined {
  return values.find(({ source }) => /^\d*\.?\d+::/.test(source.text))?.source.text;
}
