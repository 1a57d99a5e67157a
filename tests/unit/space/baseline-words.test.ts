/** What baselines are called where there is no model B. */
import { expect, it } from 'vitest';
import { baselineWords, plannedBaselineWords, shortWordOfB } from '../../../src/space/baseline-words.ts';
import { isModelItself } from '../../../src/types.ts';

const USUAL = { A: 'model A', B: 'model B', half: 'half of each' };

it('are models where blocks are merged, whatever is searched beside them', () => {
  expect(baselineWords(undefined)).toEqual(USUAL);
  expect(baselineWords({ IN00: 1, 'lora:a': 1 })).toEqual(USUAL);
  expect(baselineWords({ IN00: 0, 'merge:method': 1 })).toEqual(USUAL);
  expect(shortWordOfB({ IN00: 1, 'lora:a': 1 })).toBe('B');
});

it('are what is searched where nothing is merged', () => {
  expect(baselineWords({ IN00: 0, 'lora:a': 1, 'lora:b@IN*': 1 })).toEqual({
    A: 'model A',
    B: 'all LoRAs at 1',
    half: 'all LoRAs at 0.5',
  });
  expect(baselineWords({ 'adjust:red': 1 }).B).toBe('all adjustments at 1');
  expect(baselineWords({ 'adjust:red': 1, 'lora:a': 1 }).half).toBe('all LoRAs and adjustments at 0.5');
  expect(shortWordOfB({ IN00: 0, 'lora:a': 1 })).toBe('full');
});

it('are known before anything is measured', () => {
  const space = { dimensions: [{ name: 'IN00' }, { name: 'lora:a', parameter: {} }] };
  expect(plannedBaselineWords({ config: { modelA: 'a', modelB: 'a' }, space }).B).toBe('all LoRAs at 1');
  expect(plannedBaselineWords({ config: { modelA: 'a', modelB: 'b' }, space })).toEqual(USUAL);
});

it('are no model by itself where nothing is merged, but for model A', () => {
  const weights = { IN00: 0, 'lora:a': 1 };
  expect(isModelItself({ baseline: 'B', weights })).toBe(false);
  expect(isModelItself({ baseline: 'B', weights: { IN00: 1, 'lora:a': 1 } })).toBe(true);
  expect(isModelItself({ baseline: 'A', weights: { IN00: 0, 'lora:a': 0 } })).toBe(true);
});
