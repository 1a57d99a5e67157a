import type { WildcardValue } from './wildcards.ts';

/**
 * Whether a wildcard can lead back to itself, and how: `["a", "b", "a"]`. Found before anything is drawn, so that it
 * does not depend on the draw. Names that hold a variable or a choice are not followed here; drawing finds those.
 */
export function findCycle(
  start: string,
  read: (pattern: string) => readonly WildcardValue[],
): readonly string[] | undefined {
  const done = new Set<string>();
  const path: { readonly name: string; readonly uses: string[] }[] = [
    { name: start, uses: usesOf(read(start)) },
  ];
  while (path.length > 0) {
    const here = path.at(-1);
    const next = here?.uses.pop();
    if (next === undefined) {
      if (here !== undefined) done.add(here.name);
      path.pop();
      continue;
    }
    const names = path.map((step) => step.name);
    if (names.includes(next)) return [...names.slice(names.indexOf(next)), next];
    if (!done.has(next)) path.push({ name: next, uses: usesOf(read(next)) });
  }
  return undefined;
}

/** Plain names between double underscores. */
function usesOf(values: readonly WildcardValue[]): string[] {
  const uses = new Set<string>();
  for (const { source } of values) {
    if (!source.text.includes('__')) continue;
    for (const [, name = ''] of source.text.replaceAll(/#.*/g, '').matchAll(USE)) uses.add(name);
  }
  return [...uses];
}

const USE = /__[~!@]?((?:(?!__)[^{}#$()])+)(?:\([^)]*\))?__/g;
