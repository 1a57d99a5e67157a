import { expect, it } from 'vitest';
import { parseJson } from '../../../src/shared/parse-json.ts';

it.each([
  ['{"a":[1]}', { a: [1] }],
  ['null', null],
  ['"a"', 'a'],
  ['', undefined],
  ['{"a":', undefined],
  ['NaN', undefined],
  [undefined, undefined],
])('%j is %j', (text, value) => {
  expect(parseJson(text)).toEqual(value);
});
