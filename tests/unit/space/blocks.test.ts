import { describe, expect, it } from 'vitest';
import { blocksOf, pickBlocks, uniformWeights } from '../../../src/space/blocks.ts';
import {
  SEARCH_ORDER,
  WEIGHT_ORDERS,
  weightsFromList,
  weightsToList,
} from '../../../src/architectures/sd-lists.ts';
import type { WeightOrder } from '../../../src/architectures/architecture.ts';

const numbers = Array.from({ length: 27 }, (_, i) => i / 100);

describe('orders of the 27 numbers', () => {
  it('search order has OUT at 13 and TIME_EMBED at 26', () => {
    expect(SEARCH_ORDER).toHaveLength(27);
    expect(SEARCH_ORDER[12]).toBe('M00');
    expect(SEARCH_ORDER[13]).toBe('OUT');
    expect(SEARCH_ORDER[14]).toBe('OUT00');
    expect(SEARCH_ORDER[26]).toBe('TIME_EMBED');
  });

  it('recipe and legacy order differ in the last two numbers only', () => {
    expect(WEIGHT_ORDERS.recipe.slice(0, 25)).toEqual(WEIGHT_ORDERS.legacy.slice(0, 25));
    expect(WEIGHT_ORDERS.recipe.slice(25)).toEqual(['OUT', 'TIME_EMBED']);
    expect(WEIGHT_ORDERS.legacy.slice(25)).toEqual(['TIME_EMBED', 'OUT']);
  });

  it.each<WeightOrder>(['search', 'recipe', 'legacy'])('%s goes there and back', (order) => {
    expect(weightsToList(weightsFromList(numbers, order), order)).toEqual(numbers);
  });

  it('moves the same block from order to order', () => {
    const weights = weightsFromList(numbers, 'search');
    expect(weights.OUT).toBe(0.13);
    expect(weightsToList(weights, 'recipe')[25]).toBe(0.13);
    expect(weightsToList(weights, 'legacy')[26]).toBe(0.13);
    expect(weightsToList(weights, 'preset')).toHaveLength(25);
  });

  it('refuses lists of another length and what is no number', () => {
    expect(() => weightsFromList(numbers.slice(1), 'search')).toThrow(/27 numbers; got 26/);
    expect(() => weightsFromList([...numbers.slice(0, 26), Number.NaN], 'search')).toThrow(
      /TIME_EMBED \(number 27\)/,
    );
  });
});

describe('architectures', () => {
  it('SDXL has 21 blocks', () => {
    expect(blocksOf('sdxl')).toHaveLength(21);
    expect(blocksOf('sdxl')).not.toContain('IN09');
    expect(blocksOf('sd2')).toEqual(SEARCH_ORDER);
    expect(Object.keys(pickBlocks(uniformWeights(1, 'sd1'), 'sdxl'))).toHaveLength(21);
    expect(weightsToList(uniformWeights(1, 'sdxl'), 'search').filter((weight) => weight === 0)).toHaveLength(
      6,
    );
  });
});
