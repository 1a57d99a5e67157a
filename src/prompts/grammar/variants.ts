import { usageError } from '../../shared/errors.ts';
import { describePlace, type Method, type Node, type Option } from './ast.ts';
import type { NodeMaker } from './nodes.ts';
import type { Scanner } from './scanner.ts';

/** `{a|b}`, `{2$$ and $$a|b|c}`, `{@1-2$$0.5::a|b}`; `inner` reads what an option says. */
export function readVariants(s: Scanner, make: NodeMaker, inner: () => Node): Node | undefined {
  return s.bracket('{', (start) => {
    s.space();
    const method = readMark(s);
    const { min, max, separator } = s.attempt(() => readAmount(s)) ?? ONE;
    s.space();
    const options: Option[] = [];
    do options.push(readOption(s, inner));
    while (s.take('|'));
    s.space();
    if (!s.take('}')) return undefined;
    const place = s.placeAt(start);
    return make.variants({ options, min, max: max ?? options.length, separator, method, place });
  });
}

/** `~`, `!` or `@` at the beginning of a choice or a wildcard. */
export function readMark(s: Scanner): Method | undefined {
  s.skip();
  const method = MARKS.get(s.text[s.pos] ?? '');
  if (method !== undefined) s.pos++;
  return method;
}

const MARKS = new Map<string, Method>([
  ['~', 'random'],
  ['!', 'combinatorial'],
  ['@', 'cyclical'],
]);
const RANGE = /\d+-\d+|-\d+|\d+-|\d+/y;
const SEPARATOR = /[^${}]+/y;
const WEIGHT = /(?:[+-]?(?:\d+\.\d*|\.\d+)|\d+)(?=::)/y;

interface Amount {
  readonly min: number;
  /** Undefined: as many as there are options. */
  readonly max: number | undefined;
  readonly separator: string;
}

const ONE: Amount = { min: 1, max: 1, separator: ',' };

function readAmount(s: Scanner): Amount | undefined {
  s.skip();
  const range = s.match(RANGE);
  if (range === undefined || !s.take('$$')) return undefined;
  const separator = s.attempt(() => {
    s.skip();
    const found = s.match(SEPARATOR);
    return found !== undefined && s.take('$$') ? found : undefined;
  });
  const [low = '', high = low] = range.split('-');
  return {
    min: low === '' ? 1 : Number(low),
    max: high === '' ? undefined : Number(high),
    separator: separator ?? ',',
  };
}

function readOption(s: Scanner, inner: () => Node): Option {
  s.space();
  const start = s.pos;
  const given = s.match(WEIGHT);
  const weight = given === undefined ? 1 : Number(given);
  if (given !== undefined) s.take('::');
  if (weight < 0 || !Number.isFinite(weight)) {
    throw usageError(
      'prompt-template',
      `${describePlace(s.placeAt(start))}: the weight of an option must be 0 or more, not ${String(given)}.`,
    );
  }
  const value = inner();
  s.space();
  return { value, weight };
}
