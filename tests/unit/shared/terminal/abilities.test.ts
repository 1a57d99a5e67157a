import { describe, expect, it } from 'vitest';
import { canRedraw, columnsOf, hasColour } from '../../../../src/shared/terminal/abilities.ts';

const terminal = { isTTY: true };
const pipe = {};

describe('colours', () => {
  it.each([
    ['a terminal', terminal, {}, true],
    ['a terminal with NO_COLOR', terminal, { NO_COLOR: '1' }, false],
    ['a terminal with an empty NO_COLOR, which asks for nothing', terminal, { NO_COLOR: '' }, true],
    ['a dumb terminal', terminal, { TERM: 'dumb' }, false],
    ['a pipe', pipe, {}, false],
    ['a pipe with FORCE_COLOR', pipe, { FORCE_COLOR: '1' }, true],
    ['a pipe with FORCE_COLOR and nothing behind it', pipe, { FORCE_COLOR: '' }, true],
    ['a terminal with FORCE_COLOR=0', terminal, { FORCE_COLOR: '0' }, false],
    ['a terminal with both', terminal, { FORCE_COLOR: '1', NO_COLOR: '1' }, true],
  ])('%s', (_, output, environment, expected) => {
    expect(hasColour(output, environment)).toBe(expected);
  });
});

it.each([
  ['a terminal', terminal, {}, true],
  ['a dumb terminal', terminal, { TERM: 'dumb' }, false],
  // Colours in a file may be wanted, a line that is drawn again never is.
  ['a pipe with FORCE_COLOR', pipe, { FORCE_COLOR: '1' }, false],
])('a line is drawn again on %s', (_, output, environment, expected) => {
  expect(canRedraw(output, environment)).toBe(expected);
});

it('a terminal that does not know its width has 80 columns', () => {
  expect([{ columns: 0 }, {}, { columns: 61 }].map(columnsOf)).toEqual([80, 80, 61]);
});
