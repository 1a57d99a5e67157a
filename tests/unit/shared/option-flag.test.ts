import { expect, it } from 'vitest';
import { flagOf, kebabCase } from '../../../src/shared/option-flag.ts';

it.each([
  ['iterations', 'iterations'],
  ['earlyStop', 'early-stop'],
  ['nIter', 'n-iter'],
  ['modelA', 'model-a'],
])('%s is written %s', (key, name) => {
  expect(kebabCase(key)).toBe(name);
  expect(flagOf(key)).toBe(`--${name}`);
});
