/** What messages call a trial, and what a broken merge means. */
import { expect, it } from 'vitest';
import { failureOf, inWords, nameOf } from '../../../src/trial/evaluator.ts';

it('a trial is an iteration unless it has a name of its own', () => {
  expect([nameOf({ id: 3 }), inWords({ id: 3 })]).toEqual(['Iteration 3', 'iteration 3']);
  const label = 'Model A';
  expect([nameOf({ id: 3, label }), inWords({ id: 3, label })]).toEqual(['Model A', 'model A']);
});

it('a merge that is lost ends the run, and one that was mended ends nothing', () => {
  const broken = { image: 'reference', trials: [1], reason: 'It stopped merging.' } as const;
  expect(failureOf({ ...broken, result: 'mended' })).toMatchObject({
    code: 'merge-doubtful',
    ends: 'nothing',
    message: expect.stringMatching(/^It stopped merging\. .*set up again/),
  });
  expect(failureOf({ ...broken, result: 'lost' })).toMatchObject({
    code: 'merge-lost',
    ends: 'run',
    message: expect.stringMatching(/^It stopped merging\. .*restart the WebUI/),
  });
});
