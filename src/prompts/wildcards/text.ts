import type { WildcardValue } from './wildcards.ts';

/** Each line is a value; empty lines and lines that begin with `#` are none. A text file has no weights. */
export function readTextFile(text: string, wildcard: string, file: string): WildcardValue[] {
  const values: WildcardValue[] = [];
  for (const [i, line] of text.split(/\r\n|\n|\r/).entries()) {
    const value = line.trim();
    if (value === '' || value.startsWith('#')) continue;
    values.push({
      source: { name: `wildcard "${wildcard}" (${file}, line ${i + 1})`, text: value },
      weight: 1,
    });
  }
  return values;
}
