import { describe, expect, it } from 'vitest';
import { AutombwError } from '../../../src/shared/errors.ts';
import {
  createOptimizer,
  describeOptimizers,
  optimizerNames,
  resolveOptimizer,
} from '../../../src/optimizers/index.ts';

const space = { dimensions: [{ name: 'x', low: 0, high: 1, intervals: 10 }] };

describe('the registry', () => {
  it('has unique kebab-case names, and the Python class names work too', () => {
    expect(new Set(optimizerNames).size).toBe(optimizerNames.length);
    for (const { name, pythonClass } of describeOptimizers()) {
      expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
      const byName = createOptimizer(name, { space, seed: 4 });
      const byClass = createOptimizer(pythonClass, { space, seed: 4 });
      expect(byClass.ask()).toEqual(byName.ask());
    }
  });

  it('describes every optimizer and every option', () => {
    for (const { title, sentence, source, options } of describeOptimizers()) {
      expect([title, sentence, source].every((text) => text.length > 0)).toBe(true);
      for (const option of options) {
        expect(option.description, `${title}: ${option.name}`).not.toBe('');
      }
    }
  });

  it('resolves names and options for the plan', () => {
    expect(resolveOptimizer('BayesianOptimizer', { starts: 9 }, 3)).toEqual({
      name: 'bayesian',
      version: 1,
      seed: 3,
      options: { starts: 9, middle: null },
    });
  });

  it.each([
    [() => createOptimizer('baysian', { space, seed: 1 }), 'optimizer-unknown', 'Did you mean "bayesian"?'],
    [() => createOptimizer('xyz', { space, seed: 1 }), 'optimizer-unknown', 'Choose one of'],
    [
      () => createOptimizer('bayesian', { space, seed: 1, options: { start: 3 } }),
      'optimizer-option',
      'unknown option "start" (did you mean "starts"?); it has starts, middle.',
    ],
    [
      () => createOptimizer('bayesian', { space, seed: 1, options: { starts: 0 } }),
      'optimizer-option',
      'starts',
    ],
    [() => resolveOptimizer('random', { a: 1 }, 1), 'optimizer-option', 'unknown option "a"; it has none.'],
    [() => createOptimizer('bayesian', { space, seed: 1.5 }), 'seed-not-integer', '1.5'],
  ])('explains mistakes %#', (act, code, words) => {
    let thrown: unknown;
    try {
      act();
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(AutombwError);
    expect(thrown).toMatchObject({ code, kind: 'usage', message: expect.stringContaining(words) });
  });
});
