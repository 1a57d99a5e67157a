import { expect, it } from 'vitest';
import { typed } from '../../../../src/page/browser/rating/keys.ts';
import type { PageQuestion, PageSaid } from '../../../../src/page/rating/state.ts';

/** What comes of keys that are pressed in turn; a capital arrow is one with Shift. */
function press(kind: PageQuestion['kind'], ...keys: readonly string[]): unknown {
  let text = '';
  let last: unknown;
  for (const name of keys) {
    const shiftKey = name.startsWith('Shift+');
    last = typed(kind, text, { key: name.replace('Shift+', ''), shiftKey });
    if (typeof last === 'object' && last !== null && 'text' in last && typeof last.text === 'string')
      text = last.text;
  }
  return last;
}
const said = (what: PageSaid) => ({ kind: 'said', said: what });

it.each([
  [['7', 'Enter'], { rating: 7 }],
  [['1', '0', 'Enter'], { rating: 10 }],
  [['6', ',', '5', 'Enter'], { rating: 6.5 }],
  [['9', 'Backspace', '.', '5', 'Enter'], { rating: 0.5 }],
  [['3', 'Escape', '4', 'Enter'], { rating: 4 }],
  [['s'], { skip: true }],
] as const)('of a rating %j is %j', (keys, what) => {
  expect(press('rating', ...keys)).toEqual(said(what));
});

it.each([
  [['1', 'Enter'], 1],
  [['1', '1', 'Enter'], 2],
  [['2', 'Enter'], -1],
  [['2', '2', 'Enter'], -2],
  [['='], 0],
  [['0'], 0],
  [['ArrowLeft'], 1],
  [['Shift+ArrowLeft'], 2],
  [['ArrowRight'], -1],
  [['Shift+ArrowRight'], -2],
] as const)('of a pair %j is %d', (keys, first) => {
  expect(press('pair', ...keys)).toEqual(said({ first }));
});

it('says what is no answer, and leaves all other keys alone', () => {
  expect(press('rating', '1', '1', 'Enter')).toEqual({ kind: 'unclear', text: '11' });
  expect(press('pair', '1', '2', 'Enter')).toEqual({ kind: 'unclear', text: '12' });
  expect(press('rating', 'U')).toEqual({ kind: 'undo' });
  expect(press('pair', 'p')).toEqual({ kind: 'prompt' });
  for (const key of ['Enter', 'Tab', ' ', 'x', 'Backspace', 'Escape'])
    expect(press('rating', key)).toBeUndefined();
  expect(press('pair', '7')).toBeUndefined();
});
