import { usageError } from '../../shared/errors.ts';
import { didYouMean } from '../../shared/nearest-name.ts';
import { createMatcher } from './match.ts';
import { findCycle } from './cycles.ts';
import type { Wildcards, WildcardValue } from './wildcards.ts';

export type ReadValues = () => readonly WildcardValue[];

export interface Collected extends Pick<Wildcards, 'problems' | 'takeWarnings'> {
  /** For messages. */
  readonly folder: string;
}

/** Named lists as wildcards. */
export function createCollection(
  lists: ReadonlyMap<string, ReadValues>,
  { problems, takeWarnings, folder }: Collected,
): Wildcards {
  const names = [...lists.keys()].toSorted();
  const known = new Map<string, readonly WildcardValue[]>();

  const read = (pattern: string): readonly WildcardValue[] => {
    const before = known.get(pattern);
    if (before !== undefined) return before;
    const clean = cleanName(pattern);
    let values = valuesOf(clean, lists, names);
    // A name without its folder is looked for in all of them.
    if (values.length === 0 && !clean.startsWith('**')) values = valuesOf(`**/${clean}`, lists, names);
    const sorted = inOrder(values);
    known.set(pattern, sorted);
    return sorted;
  };
  const checked = new Set<string>();

  return {
    names,
    problems,
    takeWarnings,
    find: (pattern, where) => {
      const values = pattern.includes('..') ? [] : read(pattern);
      if (values.length === 0) throw unknown(pattern, where, names, problems, folder);
      if (!checked.has(pattern)) {
        const cycle = findCycle(pattern, read);
        if (cycle !== undefined) {
          throw usageError(
            'wildcard-recursion',
            `${where}: the wildcard "${cycle[0] ?? pattern}" uses itself: ${cycle.join(' -> ')}.`,
          );
        }
        checked.add(pattern);
      }
      return values;
    },
  };
}

function cleanName(pattern: string): string {
  return pattern.replaceAll(/[\\/]+/g, '/').replaceAll(/^\/|\/$/g, '');
}

function valuesOf(
  pattern: string,
  lists: ReadonlyMap<string, ReadValues>,
  names: readonly string[],
): readonly WildcardValue[] {
  const exact = /[*?[]/.test(pattern) ? undefined : lists.get(pattern);
  if (exact !== undefined) return exact();
  const matches = createMatcher(pattern);
  return names.filter(matches).flatMap((name) => lists.get(name)?.() ?? []);
}

/** The same text with the same weight counts once. By code points, as Python sorts. */
function inOrder(values: readonly WildcardValue[]): readonly WildcardValue[] {
  const once = new Map<string, WildcardValue>();
  for (const value of values) {
    const key = `${value.weight} ${value.source.text}`;
    if (!once.has(key)) once.set(key, value);
  }
  return [...once.values()].toSorted((a, b) => compareCodePoints(a.source.text, b.source.text));
}

function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    // Halves of a pair stand for letters above all others.
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

const rank = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit);

function unknown(
  pattern: string,
  where: string,
  names: readonly string[],
  problems: readonly string[],
  folder: string,
): Error {
  const [problem] = problems;
  if (problem !== undefined) {
    return usageError(
      'wildcard-file',
      `${where}: the wildcard "${pattern}" matches nothing in ${folder}, where not every file could be read. ${problem}`,
    );
  }
  if (names.includes(cleanName(pattern))) {
    return usageError(
      'wildcard-unknown',
      `${where}: the wildcard "${pattern}" has no options: every line of its file in ${folder} is empty or a comment.`,
    );
  }
  const hint =
    names.length === 0
      ? ' The folder holds no .txt, .json or .yaml file with values.'
      : didYouMean(pattern, names);
  return usageError(
    'wildcard-unknown',
    `${where}: the wildcard "${pattern}" matches nothing in ${folder}.${hint}`,
  );
}
