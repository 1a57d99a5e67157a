import { describe, expect, it } from 'vitest';
import { didYouMean, nearestName } from '../../../src/shared/nearest-name.ts';

describe('nearestName', () => {
  it.each([
    ['stpes', ['steps', 'seed', 'styles'], 'steps'],
    ['bayesain', ['bayesian', 'random', 'hill-climbing'], 'bayesian'],
    ['HillClimbing', ['bayesian', 'random', 'hill-climbing'], 'hill-climbing'],
    ['negativ_prompt', ['prompt', 'negative_prompt'], 'negative_prompt'],
    // One of its words, and not the shortest name that is not far away.
    ['mean', ['arithmetic-mean', 'a-g-mean', 'median', 'min'], 'arithmetic-mean'],
    ['climbing', ['random', 'hill-climbing', 'repulsing-hill-climbing'], 'hill-climbing'],
    ['tags', ['webui-tags', 'wd-tags'], 'webui-tags'],
    ['bayes', ['cma-es', 'bayesian'], 'bayesian'],
    ['sd', ['sd1', 'base-sd-old'], 'sd1'],
    ['xl', ['sd1', 'sdxl'], 'sdxl'],
    ['harmonc', ['min', 'harmonic-mean'], 'harmonic-mean'],
    // Two letters in the wrong order are one mistake.
    ['mni', ['max', 'min'], 'min'],
  ])('%s → %s', (word, candidates, expected) => {
    expect(nearestName(word, candidates)).toBe(expected);
  });

  it('offers nothing for another word', () => {
    expect(nearestName('banana', ['steps', 'seed', 'width'])).toBeUndefined();
    expect(didYouMean('banana', ['steps'])).toBe('');
    expect(didYouMean('some', ['all', 'best', 'none'])).toBe('');
  });

  it('offers nothing of which no letter is right', () => {
    expect(nearestName('p', ['k', 'elect'])).toBeUndefined();
    expect(nearestName('C', ['c', 'd'])).toBe('c');
  });

  it('offers nothing without candidates', () => {
    expect(nearestName('x', [])).toBeUndefined();
  });
});
