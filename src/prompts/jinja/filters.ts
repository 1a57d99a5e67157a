import type { RandomSource } from '../random-source.ts';
import { capitalized, listOf, titled } from './methods.ts';
import { areEqual, compare, isMap, isTrue, itemsOf, textOf, type Value } from './values.ts';

type Filter = (
  value: Value,
  args: readonly Value[],
  named: ReadonlyMap<string, Value>,
  random: RandomSource,
) => Value;

/** What may stand behind `|`. A filter throws TypeError for what it cannot take. */
export const filters: ReadonlyMap<string, Filter> = new Map<string, Filter>([
  ['upper', (value) => textOf(value).toUpperCase()],
  ['lower', (value) => textOf(value).toLowerCase()],
  ['title', (value) => titled(textOf(value))],
  ['capitalize', (value) => capitalized(textOf(value))],
  ['trim', (value) => textOf(value).trim()],
  ['string', (value) => textOf(value)],
  ['safe', (value) => value],
  ['e', (value) => value],
  ['escape', (value) => value],
  ['replace', (value, [from, to]) => textOf(value).replaceAll(textOf(from), () => textOf(to))],
  [
    'join',
    (value, [by], named) =>
      items(value)
        .map(textOf)
        .join(textOf(by ?? named.get('d') ?? '')),
  ],
  ['length', (value) => count(value)],
  ['count', (value) => count(value)],
  ['first', (value) => items(value)[0]],
  ['last', (value) => items(value).at(-1)],
  [
    'reverse',
    (value) =>
      typeof value === 'string' ? items(value).toReversed().map(textOf).join('') : items(value).toReversed(),
  ],
  ['sort', (value, [down], named) => sorted(items(value), isTrue(down ?? named.get('reverse')))],
  ['unique', (value) => unique(items(value))],
  ['sum', (value) => items(value).reduce<number>((sum, item) => sum + numberOf(item), 0)],
  ['max', (value) => sorted(items(value), true)[0]],
  ['min', (value) => sorted(items(value), false)[0]],
  ['list', (value) => items(value)],
  ['int', (value, [fallback]) => wholeOf(value) ?? fallback ?? 0],
  ['float', (value, [fallback]) => Number.parseFloat(textOf(value)) || (fallback ?? 0)],
  ['abs', (value) => Math.abs(numberOf(value))],
  ['round', (value, [digits]) => rounded(numberOf(value), digits === undefined ? 0 : numberOf(digits))],
  ['default', (value, args, named) => withDefault(value, args, named)],
  ['d', (value, args, named) => withDefault(value, args, named)],
  ['random', (value, _, __, random) => pick(items(value), random)],
  [
    'wordcount',
    (value) =>
      textOf(value)
        .split(/\s+/)
        .filter((word) => word !== '').length,
  ],
]);

function items(value: Value): readonly Value[] {
  return itemsOf(value) ?? listOf(value);
}

function count(value: Value): number {
  return isMap(value) ? value.size : items(value).length;
}

function sorted(list: readonly Value[], down: boolean): Value[] {
  const up = list.toSorted((a, b) => {
    const [x, y] = [a, b].map((one) => (typeof one === 'string' ? one.toLowerCase() : one));
    const order = compare(x, y);
    if (order === undefined) throw new TypeError(`${textOf(a)} and ${textOf(b)} cannot be compared`);
    return order;
  });
  return down ? up.toReversed() : up;
}

/** The work is kept small: longer lists are not compared item by item. */
function unique(list: readonly Value[]): Value[] {
  if (list.every((item) => typeof item === 'string' || typeof item === 'number')) return [...new Set(list)];
  return list.slice(0, 1000).filter((item, i) => list.findIndex((other) => areEqual(other, item)) === i);
}

function numberOf(value: Value): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return Number(value);
  throw new TypeError(`a number is needed, not ${textOf(value) || 'nothing'}`);
}

function wholeOf(value: Value): number | undefined {
  const number = Number.parseFloat(textOf(value));
  return Number.isFinite(number) ? Math.trunc(number) : undefined;
}

function rounded(value: number, digits: number): number {
  const scale = 10 ** Math.min(12, Math.max(0, Math.floor(digits)));
  return Math.round(value * scale) / scale;
}

function withDefault(
  value: Value,
  [fallback, alsoFalse]: readonly Value[],
  named: ReadonlyMap<string, Value>,
): Value {
  const isMissing = value === undefined || (isTrue(alsoFalse ?? named.get('boolean')) && !isTrue(value));
  return isMissing ? (fallback ?? named.get('default_value') ?? '') : value;
}

function pick(list: readonly Value[], random: RandomSource): Value {
  if (list.length === 0) throw new TypeError('there is nothing to choose from');
  return list[random.between(0, list.length - 1)];
}
