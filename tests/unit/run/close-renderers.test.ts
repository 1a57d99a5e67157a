import { describe, expect, it } from 'vitest';
import { closeRenderers } from '../../../src/run/close-renderers.ts';

describe('closing the WebUIs', () => {
  it('says what each of them could not put back, and goes on after one that fails', async () => {
    const said: string[] = [];
    const closed: string[] = [];
    await closeRenderers(
      [
        {
          name: 'one',
          close: async () => {
            closed.push('one');
            throw new Error('socket hang up');
          },
        },
        {
          name: 'two',
          close: async () => {
            closed.push('two');
            return ['The checkpoint could not be selected again.'];
          },
        },
      ],
      (sentence) => said.push(sentence),
    );
    expect(closed).toEqual(['one', 'two']);
    expect(said.toSorted()).toEqual([
      'one may not be as it was before the run (socket hang up); check its settings.',
      'two: the checkpoint could not be selected again.',
    ]);
  });

  it.each([
    [['one', 'two'], [], 'Both WebUIs are as they were before the run.'],
    [['one', 'two', 'three'], [], 'All 3 WebUIs are as they were before the run.'],
    [['one', 'two', 'three'], ['two'], 'one and three are as they were before the run.'],
    [['one', 'two'], ['one'], 'two is as it was before the run.'],
    [['one', 'two', '-three'], [], 'Both WebUIs that were used are as they were before the run.'],
    [['one', '-two'], [], 'one is as it was before the run.'],
    [['one', '-two'], ['one'], undefined],
    [['one'], [], undefined],
  ])('%j, of which %j could not be put back (- was never opened): %s', async (names, broken, sentence) => {
    const told: string[] = [];
    await closeRenderers(
      names.map((name) => ({
        name,
        close: async () => Promise.resolve(broken.includes(name) ? ['The settings are lost.'] : []),
      })),
      () => undefined,
      { inform: (one) => told.push(one), isTouched: ({ name }) => !name.startsWith('-') },
    );
    expect(told).toEqual(sentence === undefined ? [] : [sentence]);
  });
});
