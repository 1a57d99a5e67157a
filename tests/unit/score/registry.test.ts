import { describe, expect, it } from 'vitest';
import { createScorers, describeScorers, scorerNames } from '../../../src/score/registry.ts';

describe('createScorers', () => {
  it('makes one scorer per choice, with weight 1 where none is given', () => {
    expect(createScorers(['quality'])).toMatchObject([{ scorer: { id: 'quality' }, weight: 1 }]);
    expect(createScorers([{ id: 'quality', weight: 0.3 }])).toMatchObject([
      { scorer: { id: 'quality' }, weight: 0.3 },
    ]);
  });

  it('makes a new scorer each time', () => {
    expect(createScorers(['quality'])[0]?.scorer).not.toBe(createScorers(['quality'])[0]?.scorer);
  });

  it.each([
    [
      'scorer-unknown',
      ['qualty'],
      'There is no scorer "qualty". Did you mean "quality"? Choose one of quality',
    ],
    ['scorer-unknown', ['toString'], 'There is no scorer "toString".'],
    ['scorer-twice', ['quality', 'quality'], 'Scorer "quality" is given twice'],
    ['scorer-none', [], 'No scorer was given'],
    [
      'scorer-weight',
      [{ id: 'quality', weight: 0 }],
      'The weight of scorer "quality" is 0; it must be above 0.',
    ],
    ['scorer-weight', [{ id: 'quality', weight: Number.NaN }], 'The weight of scorer "quality" is NaN'],
  ])('refuses: %s', (code, choices, message) => {
    expect(() => createScorers(choices)).toThrow(
      expect.objectContaining({ code, kind: 'usage', message: expect.stringContaining(message) }),
    );
  });
});

describe('describeScorers', () => {
  it('has a row for each name, in order', () => {
    expect(describeScorers().map(({ id }) => id)).toEqual(scorerNames);
  });

  it('says of quality that it needs nothing', () => {
    expect(describeScorers().find(({ id }) => id === 'quality')).toMatchObject({
      needs: 'nothing',
      judging: { kind: 'guards', does: 'guards against broken images' },
      traits: { needsPrompt: false, range: { min: 0.01, max: 1 }, higherIsBetter: true },
    });
  });
});
