/** Numbers of a merge that are no block's weight: how they are named, bounded, and carried with the weights. */
import { describe, expect, it } from 'vitest';
import { searchedParameters, type Parameter } from '../../../src/space/parameters.ts';
import { createSpace, decode, encode, holds, parametersOfSpace } from '../../../src/space/space.ts';

const KNOWN: readonly Parameter[] = [
  { name: 'method:beta', low: 0, high: 2, neutral: 1 },
  { name: 'method:rounds', low: 1, high: 9, neutral: 3, isWhole: true },
  { name: 'method:vote', low: 0, high: 2, neutral: 1, choices: ['sign', 'sum', 'none'] },
  { name: 'lora:detail', low: -2, high: 2, neutral: 0, full: 1 },
  { name: 'lora:beta', low: -2, high: 2, neutral: 0, full: 1 },
];
const searched = (rules: Parameters<typeof searchedParameters>[0]) => searchedParameters(rules, KNOWN, 10);

const spaceOf = (rules: Parameters<typeof searchedParameters>[0]) =>
  createSpace({
    architecture: 'sd1',
    low: 0,
    high: 1,
    intervals: 10,
    blocks: { '*': 0.5 },
    parameters: searched(rules),
  });

describe('parameters', () => {
  it('are found by their whole name, or by its end where only one is meant', () => {
    expect(searched({ detail: { low: 0, high: 1 } })).toMatchObject([
      { name: 'lora:detail', low: 0, high: 1, intervals: 10, neutral: 0, full: 1 },
    ]);
    expect(() => searched({ beta: 1 })).toThrow(
      '"beta" may be method:beta or lora:beta: give the whole name.',
    );
    expect(() => searched({ detial: 1 })).toThrow(/There is no parameter "detial"\. Did you mean "?detail/);
    expect(() => searchedParameters({ beta: 1 }, [], 10)).toThrow('this backend only has block weights');
  });

  it('move between the bounds that they have', () => {
    expect(searched({ 'method:beta': { low: 0.5, high: 1.5, steps: 4 } })).toMatchObject([
      { low: 0.5, high: 1.5, intervals: 4 },
    ]);
    expect(() => searched({ 'method:beta': { low: 0, high: 3 } })).toThrow(
      'method:beta goes from 0 to 2; 0 to 3 was given.',
    );
    expect(() => searched({ 'method:beta': { low: 1, high: 0.5 } })).toThrow('swap them');
    expect(() => searched({ 'method:beta': ['one'] })).toThrow('method:beta is a number from 0 to 2');
    expect(() => searched({ detail: 0, 'lora:detail': 1 })).toThrow(
      'lora:detail is given twice: give it one range',
    );
  });

  it('of whole numbers have a step for each', () => {
    expect(searched({ rounds: { low: 2, high: 5 } })).toMatchObject([{ intervals: 3 }]);
    expect(() => searched({ rounds: { low: 2.5, high: 5 } })).toThrow('takes whole numbers only, not 2.5');
  });

  it('of words are some of those that there are', () => {
    expect(searched({ vote: ['none', 'sign'] })).toMatchObject([
      { low: 0, high: 1, intervals: 1, choices: ['sign', 'none'], values: [0, 2], neutral: 1 },
    ]);
    expect(() => searched({ vote: ['sun'] })).toThrow(/method:vote cannot be "sun"\. Did you mean "?sum/);
    expect(() => searched({ vote: { low: 0, high: 1 } })).toThrow('is one of sign, sum, none');
  });
});

describe('a space with parameters', () => {
  const space = spaceOf({
    'lora:detail': { low: 0, high: 1 },
    vote: ['sign', 'none'],
    'method:beta': 0.8,
  });

  it('has a dimension for each that moves, and keeps the others', () => {
    expect(space.dimensions.map(({ name, blocks }) => [name, blocks])).toEqual([
      ['lora:detail', []],
      ['method:vote', []],
    ]);
    expect(parametersOfSpace(space)).toEqual(['lora:detail', 'method:vote', 'method:beta']);
  });

  it('writes them behind the blocks, choices by their position among all', () => {
    const weights = decode(space, [0.3, 1]);
    expect(Object.entries(weights).slice(-4)).toEqual([
      ['TIME_EMBED', 0.5],
      ['lora:detail', 0.3],
      ['method:vote', 2],
      ['method:beta', 0.8],
    ]);
    expect(encode(space, weights)).toEqual([0.3, 1]);
    expect(holds(space, weights)).toBe(true);
  });

  it('takes what nobody has named as it is without a search', () => {
    expect(encode(space, { IN00: 0.5 })).toEqual([0, 0]);
  });
});
