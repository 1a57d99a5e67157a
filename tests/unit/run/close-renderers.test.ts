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
      'two: The checkpoint could not be selected again.',
    ]);
  });
});
