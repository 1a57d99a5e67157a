import { expect, it } from 'vitest';
import { secondsOfRetryAfter } from '../../../../src/shared/http/retry-after.ts';

it.each([
  ['7', 7],
  [' 120 ', 120],
  ['0', 0],
  ['soon', undefined],
  ['', undefined],
  ['-5', undefined],
  [undefined, undefined],
  [['1', '2'], undefined],
  ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
])('%j asks for %s seconds', (value, seconds) => {
  expect(secondsOfRetryAfter(value)).toBe(seconds);
});

it('reads a date', () => {
  const seconds = secondsOfRetryAfter(new Date(Date.now() + 90_000).toUTCString());
  expect(seconds).toBeGreaterThan(80);
  expect(seconds).toBeLessThanOrEqual(90);
});

it('reads a date by the clock of the server that sends it', () => {
  const sent = Date.now() + 7 * 3_600_000;
  const header = (milliseconds: number): string => new Date(milliseconds).toUTCString();
  expect(secondsOfRetryAfter(header(sent + 30_000), header(sent))).toBe(30);
  expect(secondsOfRetryAfter('30', header(sent))).toBe(30);
  expect(secondsOfRetryAfter(header(sent - 30_000), header(sent))).toBe(0);
});
