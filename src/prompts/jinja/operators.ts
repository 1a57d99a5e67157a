import { failAt, type Rendering } from './scope.ts';
import type { JinjaNode } from './syntax.ts';
import { isList, textOf, type Value } from './values.ts';

const MAX_REPEATS = 100_000;

/** Arithmetic as Python has it: division by zero is a mistake, `//` and `%` round down, texts and lists add up and repeat. */
export function operate(
  sign: string,
  left: Value,
  right: Value,
  node: JinjaNode,
  rendering: Rendering,
): Value {
  if (sign === 'Add' && typeof left === 'string' && typeof right === 'string') return left + right;
  if (sign === 'Add' && isList(left) && isList(right)) return [...left, ...right];
  if (sign === 'Mul') {
    const repeated = repeat(left, right) ?? repeat(right, left);
    if (repeated !== undefined) return repeated;
  }
  const [a, b] = [numberOf(left), numberOf(right)];
  if (a === undefined || b === undefined) {
    throw failAt(
      rendering,
      node,
      `${textOf(left) || 'nothing'} and ${textOf(right) || 'nothing'} cannot be combined by arithmetic.`,
    );
  }
  if (b === 0 && ['Div', 'FloorDiv', 'Mod'].includes(sign))
    throw failAt(rendering, node, 'division by zero.');
  return reckon(sign, a, b);
}

function reckon(sign: string, a: number, b: number): number | undefined {
  switch (sign) {
    case 'Add':
      return a + b;
    case 'Sub':
      return a - b;
    case 'Mul':
      return a * b;
    case 'Div':
      return a / b;
    case 'FloorDiv':
      return Math.floor(a / b);
    case 'Mod':
      return a - b * Math.floor(a / b);
    case 'Pow':
      return a ** b;
    case 'Neg':
      return -b;
    default:
      return b;
  }
}

function repeat(what: Value, times: Value): Value {
  if (typeof times !== 'number') return undefined;
  const count = Math.min(MAX_REPEATS, Math.max(0, Math.floor(times)));
  if (typeof what === 'string')
    return what.repeat(Math.min(count, Math.floor(2e6 / Math.max(1, what.length))));
  if (isList(what))
    return Array.from(
      { length: Math.min(count, Math.floor(2e5 / Math.max(1, what.length))) },
      () => what,
    ).flat();
  return undefined;
}

function numberOf(value: Value): number | undefined {
  if (typeof value === 'boolean') return Number(value);
  return typeof value === 'number' ? value : undefined;
}
