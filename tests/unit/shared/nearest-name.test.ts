import { describe, expect, it } from 'vitest';
import { didYouMean, nearestName } from '../../../src/shared/nearest-name.ts';

describe('nearestName', () => {
  it.each([
    ['stpes', ['steps', 'seed', 'styles'], 'steps'],
    ['bayesain', ['bayesian', 'random', 'hill-climbing'], 'bayesian'],
    ['HillClimbing', ['bayesian', 'random', 'hill-climbing'], 'hill-climbing'],
    ['negativ_prompt', ['prompt', 'negative_prompt'], 'negative_prompt'],
  ])('%s → %s', (word, candidates, expected) => {
    expect(nearestName(word, candidates)).toBe(expected);
  });

  it('offers nothing for another word', () => {
    expect(nearestName('banana', ['steps', 'seed', 'width'])).toBeUndefined();
    expect(didYouMean('banana', ['steps'])).toBe('');
  });

  it('offers nothing of which no letter is right', () => {
    expect(nearestName('p', ['k', 'elect'])).toBeUndefined();
    expect(nearestName('C', ['c', 'd'])).toBe('c');
  });

  it('offers nothing without candidates', () => {
    expect(nearestName('x', [])).toBeUndefined();
  });
});
