/** What is refused before any server is asked, because it would move nothing. */
import { expect, it } from 'vitest';
import { parseSearchConfig } from '../../../src/config/load.ts';
import { parametersToSearch } from '../../../src/run/search-parameters.ts';

const bounds = { low: 0, high: 1 };
const namesOf = (given: Readonly<Record<string, unknown>>): string[] =>
  parametersToSearch(
    parseSearchConfig({ payload: ['a.json'], modelA: 'A', output: 'O', ...given }),
    undefined,
  ).map(({ name }) => name);

it.each([
  [{ modelB: 'B', search: { beta: bounds } }, 'There is no parameter "beta". This backend has merge:method,'],
  [{ modelB: 'B', search: { 'ties:k': bounds } }, 'ties:k only works with method ties'],
  [
    { modelB: 'B', method: 'ties', search: { 'ties:k@FOO': bounds } },
    '"FOO" does not match any block of Stable Diffusion 1.x',
  ],
  [
    { modelB: 'B', modelC: 'C', method: 'multi-sum', search: { d: bounds } },
    'multi-sum:d is the share of D, but only 3 models are merged',
  ],
  [
    { search: { 'lora:ink': 0.5, 'lora:detail': 1 } },
    'There is nothing to search: without a model B, at least one of lora:ink, lora:detail needs a range, as in --search lora:ink=0:1.',
  ],
])('%j', (given, message) => {
  expect(() => namesOf(given)).toThrow(message);
});

it.each([
  [{ modelB: 'B', search: { 'lora:ink': 0.5 } }, ['lora:ink']],
  [{ search: { 'lora:ink': 0.5, contrast: bounds } }, ['lora:ink', 'adjust:contrast']],
  [{ modelB: 'B', modelC: 'C', method: 'multi-sum', search: { c: bounds } }, ['merge:method', 'multi-sum:c']],
])('%j searches or fixes %j', (given, names) => {
  expect(namesOf(given)).toEqual(names);
});
