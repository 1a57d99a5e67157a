import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clockTime, HoursFault, isWithin, nextWithin, parseHours } from '../../../src/shared/hours.ts';

let zone: string | undefined;

beforeAll(() => {
  zone = process.env['TZ'];
  process.env['TZ'] = 'Europe/Berlin';
});

afterAll(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

/** In Berlin. */
function at(day: string, time: string): number {
  return new Date(`${day}T${time}`).getTime();
}

describe('hours of a night', () => {
  const night = [parseHours('23:00-07:00')];

  it.each([
    ['22:59:59.999', false],
    ['23:00', true],
    ['00:00', true],
    ['06:59:59.999', true],
    ['07:00', false],
    ['12:00', false],
  ])('at %s: %s', (time, expected) => {
    expect(isWithin(night, at('2026-01-14', time))).toBe(expected);
  });

  it('begin next in the evening, or the next evening', () => {
    expect(nextWithin(night, at('2026-01-14', '07:00'))).toBe(at('2026-01-14', '23:00'));
    expect(nextWithin(night, at('2026-01-14', '22:59:59.999'))).toBe(at('2026-01-14', '23:00'));
  });

  it('are as long as the clock on the wall says when it is set', () => {
    const length = (evening: number, morning: number): number => {
      let minutes = 0;
      for (let time = evening - 3_600_000; time < morning + 3_600_000; time += 60_000)
        minutes += isWithin(night, time) ? 1 : 0;
      return minutes / 60;
    };
    expect(length(at('2026-03-28', '23:00'), at('2026-03-29', '07:00'))).toBe(7);
    expect(length(at('2026-10-24', '23:00'), at('2026-10-25', '07:00'))).toBe(9);
  });

  it('that begin in the hour that is left out begin with the next one', () => {
    const hours = [parseHours('02:30-05:00')];
    expect(nextWithin(hours, at('2026-03-29', '01:00'))).toBe(at('2026-03-29', '03:00'));
  });
});

describe('days', () => {
  // 2026-01-16 is a Friday.
  const weekdays = [parseHours('Mon-Fri 20:00-06:00')];

  it('are those on which the hours begin', () => {
    expect(isWithin(weekdays, at('2026-01-16', '20:00'))).toBe(true);
    expect(isWithin(weekdays, at('2026-01-17', '05:59'))).toBe(true);
    expect(isWithin(weekdays, at('2026-01-17', '20:00'))).toBe(false);
    expect(isWithin(weekdays, at('2026-01-19', '05:59'))).toBe(false);
    expect(nextWithin(weekdays, at('2026-01-17', '06:00'))).toBe(at('2026-01-19', '20:00'));
  });

  it('may be a list, run over the end of the week, and be whole', () => {
    const weekend = [parseHours('Sat,sun 00:00-24:00')];
    expect(isWithin(weekend, at('2026-01-18', '23:59:59'))).toBe(true);
    expect(isWithin(weekend, at('2026-01-19', '00:00'))).toBe(false);
    expect([...parseHours('fri-MON 1:00-2:00').days]).toEqual([5, 6, 0, 1]);
    expect([...parseHours('Wednesday 1:00-2:00').days]).toEqual([3]);
  });

  it('together with others: any of them', () => {
    const both = [...weekdays, parseHours('Sat,Sun 00:00-24:00')];
    expect(isWithin(both, at('2026-01-17', '12:00'))).toBe(true);
    expect(nextWithin(both, at('2026-01-19', '12:00'))).toBe(at('2026-01-19', '20:00'));
  });
});

it.each([
  ['', /^must have the form/],
  ['23-7', /^must have the form/],
  ['23:00', /^must have the form/],
  ['25:00-07:00', /times from 00:00 to 24:00/],
  ['23:60-07:00', /times from 00:00 to 24:00/],
  ['24:00-07:00', /start before 24:00/],
  ['07:00-07:00', /the same time; use 00:00-24:00/],
  ['Mo-Fr 20:00-06:00', /name days as Mon/],
  ['Mon-Wed-Fri 20:00-06:00', /^must have the form/],
  ['monsoon 20:00-06:00', /name days as Mon/],
])('refuses %j', (text, reason) => {
  expect(() => parseHours(text)).toThrow(HoursFault);
  expect(() => parseHours(text)).toThrow(reason);
});

it('begins next where it was not a minute before', () => {
  const minute = fc.integer({ min: 0, max: 24 * 60 - 1 });
  const text = (value: number): string =>
    `${String(Math.trunc(value / 60)).padStart(2, '0')}:${String(value % 60).padStart(2, '0')}`;
  fc.assert(
    fc.property(
      minute,
      minute,
      fc.constantFrom('', 'Tue ', 'Fri-Sun '),
      fc.date({ min: new Date('2026-01-01'), max: new Date('2027-01-01'), noInvalidDate: true }),
      (from, to, days, date) => {
        fc.pre(from !== to);
        const hours = [parseHours(`${days}${text(from)}-${text(to)}`)];
        const now = date.getTime();
        fc.pre(!isWithin(hours, now));
        const next = nextWithin(hours, now);
        expect(next).toBeGreaterThan(now);
        expect(isWithin(hours, next ?? 0)).toBe(true);
        expect(isWithin(hours, (next ?? 0) - 60_000)).toBe(false);
      },
    ),
    { numRuns: 60 },
  );
});

it('names the day of what is far away', () => {
  const now = at('2026-01-16', '20:00');
  expect(clockTime(at('2026-01-16', '23:05'), now)).toBe('23:05');
  expect(clockTime(at('2026-01-19', '20:00'), now)).toBe('Mon 20:00');
});
