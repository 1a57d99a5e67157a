import { drawTexts } from '../drawing.ts';
import { limitError, MAX_LIST } from '../limits.ts';
import { listOf } from './methods.ts';
import type { Rendering } from './scope.ts';
import { isList, textOf, type Callable, type Value } from './values.ts';

/** The functions of a template: those of the Python package, and `range`. Each throws TypeError for wrong arguments. */
export function globalNames({ means, source }: Rendering): Map<string, Value> {
  const { random } = means;
  const drawn = (text: string, kind: 'random' | 'combinatorial', count: number): string[] =>
    drawTexts({ name: `${source.name}, in ${JSON.stringify(text.slice(0, 60))}`, text }, kind, count, means);
  const functions: Readonly<Record<string, Callable['call']>> = {
    choice: (args) => {
      if (args.length === 0) throw new TypeError('choice needs at least one thing to choose from');
      return args[random.between(0, args.length - 1)];
    },
    weighted_choice: (args) => {
      const pairs = args.map((pair) => listOf(pair));
      const chosen = random.weighted(
        pairs.map(([, weight]) => Math.max(0, numberOf(weight, 'weighted_choice'))),
      );
      if (chosen === undefined) throw new TypeError('weighted_choice needs pairs with a weight above 0');
      return pairs[chosen]?.[0];
    },
    random: () => random.uniform(),
    randint: ([low, high]) => {
      const [from, to] = [numberOf(low, 'randint'), numberOf(high, 'randint')].map(Math.floor);
      if (from === undefined || to === undefined || from > to)
        throw new TypeError('randint needs two numbers, the smaller one first');
      return random.between(from, to);
    },
    permutations: ([list, low, high]) => {
      const all = listOf(list);
      const least = low === undefined ? all.length : numberOf(low, 'permutations');
      return permutations(all, least, high === undefined ? least : numberOf(high, 'permutations'));
    },
    wildcard: ([name]) => drawn(asWildcard(textOf(name)), 'combinatorial', MAX_LIST),
    all_combinations: ([template]) => drawn(textOf(template), 'combinatorial', MAX_LIST),
    random_sample: ([template]) => drawn(textOf(template), 'random', 1)[0],
    range: (args) => range(args.map((value) => numberOf(value, 'range'))),
    dict: (_, named) => new Map(named),
  };
  const called = Object.entries(functions).map(([name, call]) => [name, { call }] as const);
  return new Map<string, Value>([
    ...called,
    ['permutation', { call: functions['permutations'] ?? (() => undefined) }],
  ]);
}

function asWildcard(name: string): string {
  return /^__.*__$/s.test(name) ? name : `__${name}__`;
}

function numberOf(value: Value, name: string): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new TypeError(`${name} needs a number, not ${textOf(value) || 'nothing'}`);
}

function range(bounds: readonly number[]): number[] {
  const [first = 0, second, step = 1] = bounds;
  const [from, to] = second === undefined ? [0, first] : [first, second];
  if (step === 0) throw new TypeError('the step of range must not be 0');
  const length = Math.max(0, Math.ceil((to - from) / step));
  if (length > MAX_LIST)
    throw limitError(`A range of a template has more than ${MAX_LIST} numbers; shorten it.`);
  return Array.from({ length }, (_, i) => from + i * step);
}

/** In the order of Python's itertools, the short ones first. */
function permutations(all: readonly Value[], low: number, high: number): Value[] {
  const found: Value[] = [];
  const extend = (taken: readonly number[], length: number): void => {
    if (taken.length === length) {
      found.push(taken.map((i) => all[i]));
      if (found.length > MAX_LIST) {
        throw limitError(`A template asks for more than ${MAX_LIST} permutations; shorten the list.`);
      }
      return;
    }
    for (const i of all.keys()) if (!taken.includes(i)) extend([...taken, i], length);
  };
  for (let length = Math.max(0, Math.floor(low)); length <= Math.min(high, all.length); length++)
    extend([], length);
  return found.filter(isList);
}
