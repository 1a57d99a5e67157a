import { expect, it } from 'vitest';
import { busyTime } from '../../../src/shared/busy-time.ts';

it('what several spans cover counts once', () => {
  expect(busyTime([])).toBe(0);
  expect(
    busyTime([
      { from: 5, to: 9 },
      { from: 0, to: 4 },
      { from: 2, to: 6 },
      { from: 7, to: 8 },
      { from: 20, to: 21 },
    ]),
  ).toBe(10);
});
