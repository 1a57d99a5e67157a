import { messageOf } from '../../shared/errors.ts';
import { asNumber } from '../external/as-number.ts';
import { firstGroup } from '../external/pattern.ts';
import { valueAt } from './json-pointer.ts';
import type { HttpSettings } from './settings.ts';
import { counted } from '../../shared/counted.ts';

/** The answer has no score where there should be one; the message follows "the answer". */
export class NoScore extends Error {
  override readonly name = 'NoScore';
}

/**
 * One raw score an image out of an answer: numbers, or whatever else stands there.
 * @throws {@link NoScore}
 */
export function extractScores(text: string, count: number, settings: HttpSettings): unknown[] {
  const { pattern } = settings;
  const isList = settings.batch > 1;
  const pointer = settings.score ?? (pattern === undefined ? (isList ? '/scores' : '/score') : undefined);
  const value = pointer === undefined && !isList ? text : valueIn(text, pointer ?? '/scores');
  if (!isList) return [read(value, pattern)];
  if (!Array.isArray(value) || value.length !== count) {
    const found = Array.isArray(value) ? `a list of ${value.length}` : 'no list';
    throw new NoScore(`has ${found} at ${shown(pointer ?? '/scores')} for ${counted(count, 'image')}`);
  }
  return value.map((entry: unknown) => read(entry, pattern));
}

function valueIn(text: string, pointer: string): unknown {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new NoScore('is not JSON');
  }
  const value = valueAt(json, pointer);
  if (value === undefined) throw new NoScore(`has nothing at ${shown(pointer)}`);
  return value;
}

function read(value: unknown, pattern: string | undefined): unknown {
  if (pattern === undefined) return asNumber(value);
  const words = typeof value === 'string' ? value : JSON.stringify(value);
  const found = searched(pattern, words);
  if (found === undefined) throw new NoScore('has no match for the pattern');
  return asNumber(found);
}

function searched(pattern: string, words: string): string | undefined {
  try {
    return firstGroup(pattern, words);
  } catch (error) {
    throw new NoScore(`cannot be searched with the pattern: ${messageOf(error)}`, { cause: error });
  }
}

function shown(pointer: string): string {
  return pointer === '' ? 'its top' : pointer;
}
