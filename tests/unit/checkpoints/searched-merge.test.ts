/** A merge as a search names it, and what it becomes. */
import { describe, expect, it } from 'vitest';
import { mergeMethodNames } from '../../../src/checkpoints/methods/registry.ts';
import {
  adjustParameters,
  adjustsAmong,
  choiceOf,
  parametersOfMerges,
  readSearchedMerge,
  requireEffect,
  requireModelCount,
  weightRangeOf,
} from '../../../src/checkpoints/searched-merge.ts';
import { searchedParameters } from '../../../src/space/parameters.ts';
import { createSpace, decode, type SpaceSettings } from '../../../src/space/space.ts';

const place = (method: string): number => mergeMethodNames().indexOf(method);
const spaceOf = (rules: Parameters<typeof searchedParameters>[0]) => {
  const settings: SpaceSettings = {
    architecture: 'sd1',
    low: 0,
    high: 1,
    intervals: 10,
    blocks: { '*': 0.5 },
  };
  return createSpace({ ...settings, parameters: searchedParameters(rules, parametersOfMerges(), 10) });
};

describe('readSearchedMerge', () => {
  it('is the usual method where nothing is said', () => {
    expect(readSearchedMerge({ IN00: 0.3 }, 'sd1')).toEqual({
      weights: { IN00: 0.3 },
      method: 'weighted-sum',
      parameters: {},
      adjust: {},
      isSwapped: false,
    });
  });

  it('has the parameters of its method alone, for the whole merge and for blocks', () => {
    const named = {
      IN00: 0.3,
      'merge:method': place('ties'),
      'merge:order': 1,
      'ties:k': 0.4,
      'ties:k@OUT1*': 0.6,
      'ties:k@OUT11': 0.7,
      'ties:elect': 1,
      'dare:p': 0.2,
      'adjust:contrast': -2,
    };
    expect(readSearchedMerge(named, 'sd1')).toEqual({
      weights: { IN00: 0.3 },
      method: 'ties',
      isSwapped: true,
      adjust: { contrast: -2 },
      parameters: {
        k: { value: 0.4, blocks: { OUT10: 0.6, OUT11: 0.7 } },
        elect: { value: 'count' },
      },
    });
  });
});

describe('a space over methods', () => {
  it('gives equal weights to points that differ only in what another method is told', () => {
    const space = spaceOf({ method: ['slerp', 'ties'], 'ties:k': { low: 0.1, high: 0.9 } });
    const slerp = [decode(space, [0, 0.1]), decode(space, [0, 0.7])];
    expect(slerp[0]).toEqual(slerp[1]);
    expect(decode(space, [1, 0.1])).not.toEqual(decode(space, [1, 0.7]));
  });

  it('refuses what could never matter', () => {
    expect(() => spaceOf({ 'ties:k': { low: 0, high: 1 } })).toThrow(
      'ties:k only works with method ties: give --search merge:method=ties, or leave it out.',
    );
    expect(() => spaceOf({ method: ['slerp'], 'dare:p': 0.3 })).toThrow('dare:p only works with method dare');
    expect(() => spaceOf({ method: ['dare'], 'dare:seed': 3 })).toThrow('There is no parameter "dare:seed"');
  });

  it('takes parameters for blocks where they can have one each', () => {
    const space = spaceOf({ method: ['ties'], 'ties:k@OUT*': { low: 0.1, high: 0.9 } });
    expect(space.dimensions.map(({ name }) => name)).toEqual(['ties:k@OUT*']);
    expect(decode(space, [0.5])).toMatchObject({ 'ties:k@OUT*': 0.5, 'merge:method': place('ties') });
    expect(() => spaceOf({ 'order@OUT*': ['AB'] })).toThrow(
      'merge:order applies to the whole merge: leave out @OUT*.',
    );
  });
});

it('the number of models and the weights fit the method', () => {
  expect(() => requireModelCount(['train-difference'], 2)).toThrow(
    'The method train-difference merges 3 models, but 2 were given: name model C with --model-c.',
  );
  expect(() => requireModelCount(['slerp', 'weighted-sum'], 3)).toThrow(
    'The method slerp merges A and B only, but 3 were given: leave out --model-c, or choose another --method.',
  );
  expect(() => requireModelCount(['ties', 'dare'], 4)).not.toThrow();
  // The ones that take fewer leave out the last.
  expect(() => requireModelCount(['weighted-sum', 'add-difference'], 3)).not.toThrow();
  expect(() => requireModelCount(['weighted-sum', 'add-difference'], 4)).toThrow(
    'The method add-difference merges at most 3 models',
  );
  expect(weightRangeOf([])).toEqual({ low: -1, high: 2 });
  expect(weightRangeOf(['ties', 'tensor-sum'])).toEqual({ low: 0, high: 1 });
});

it('the end of a name means the parameter of the method that merges', () => {
  const share = { low: 0.1, high: 0.9 };
  const namesOf = (rules: Parameters<typeof searchedParameters>[0]) =>
    searchedParameters(rules, parametersOfMerges(), 10).map(({ name }) => name);
  expect(namesOf({ 'merge:method': ['dare'], p: share })).toEqual(['merge:method', 'dare:p']);
  expect(namesOf({ method: ['slerp', 'della'], 'p@OUT*': share })).toEqual(['merge:method', 'della:p@OUT*']);
  expect(() => namesOf({ method: ['dare', 'della'], p: share })).toThrow(
    '"p" may be dare:p or della:p: give the whole name.',
  );
  expect(() => namesOf({ method: ['ties'], p: share })).toThrow('dare:p only works with method dare');
  expect(() => namesOf({ IN00: share })).toThrow('set its range with --block IN00=LOW:HIGH');
});

describe('a parameter without effect is refused', () => {
  const three = { architecture: 'sd1', models: 3 } as const;

  it('where no block matches its pattern', () => {
    expect(() => {
      requireEffect(['ties:k', 'ties:k@FOO*'], three);
    }).toThrow('ties:k@FOO*: "FOO*" does not match any block of Stable Diffusion 1.x; its blocks are IN00,');
    requireEffect(['merge:method', 'ties:k@OUT*', 'ties:k@TE', 'lora:ink@FOO', 'adjust:red'], three);
  });

  it('where its model is not among those that are merged', () => {
    expect(() => {
      requireEffect(['multi-sum:c', 'multi-sum:d@IN00'], three);
    }).toThrow(
      'multi-sum:d@IN00 is the share of D, but only 3 models are merged: add models with --model, or leave it out.',
    );
    requireEffect(['multi-sum:d'], { ...three, models: 4 });
  });
});

it('adjustments are parameters of families that can be adjusted, by whole names', () => {
  expect(adjustParameters('flux1')).toEqual([]);
  const [detail, , , contrast] = adjustParameters('sdxl', ['adjust:contrast']);
  expect(detail).toEqual({ name: 'adjust:detail1', low: -6, high: 6, neutral: 0 });
  expect(contrast).toEqual({ name: 'adjust:contrast', low: -10, high: 10, neutral: 0, full: 1 });
  expect(adjustsAmong(['contrast', 'lora:red', 'ties:k', 'adjust:reed', 'k'])).toEqual([
    'adjust:contrast',
    'adjust:reed',
  ]);
});

it('choices are said in words', () => {
  expect(choiceOf('merge:method', place('dare'))).toBe('dare');
  expect(choiceOf('ties:elect@OUT*', 1)).toBe('count');
  expect(choiceOf('ties:k', 1)).toBeUndefined();
});
