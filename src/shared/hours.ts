/**
 * Hours of the week in local time: `23:00-07:00`, `Mon-Fri 20:00-06:00`, `Sat,Sun 00:00-24:00`. What counts is the clock on the
 * wall, so that nights with a change to or from summer time begin and end when it says so.
 */

export interface Hours {
  /** As it was written. */
  readonly text: string;
  /** Days on which they begin, Sunday is 0; all of them where none is named. */
  readonly days: ReadonlySet<number>;
  /** Minutes since midnight; the end is the first minute outside. One that is not after the beginning is on the next day. */
  readonly from: number;
  readonly to: number;
}

/** Why a text means no hours, as the rest of a sentence: `must have the form …`. */
export class HoursFault extends Error {
  override readonly name = 'HoursFault';
}

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const DAY_NAMES = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const DAY_MINUTES = 24 * 60;
const MINUTE_MS = 60_000;
const FORM = 'must have the form 23:00-07:00 or Mon-Fri 20:00-06:00';

/** @throws HoursFault */
export function parseHours(text: string): Hours {
  const [, named, from = '', to = ''] =
    /^\s*(?:(\S.*?)\s+)?(\d{1,2}:\d{2})\s*[-–]\s*(\d{1,2}:\d{2})\s*$/.exec(text) ?? [];
  if (from === '') throw new HoursFault(FORM);
  const hours = { text: text.trim(), days: daysOf(named), from: minutesOf(from), to: minutesOf(to) };
  if (hours.from === DAY_MINUTES) throw new HoursFault('must start before 24:00');
  if (hours.from === hours.to)
    throw new HoursFault('must not start and end at the same time; use 00:00-24:00 for the whole day');
  return hours;
}

function minutesOf(time: string): number {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  if (minute > 59 || hour * 60 + minute > DAY_MINUTES)
    throw new HoursFault('must name times from 00:00 to 24:00');
  return hour * 60 + minute;
}

function daysOf(named: string | undefined): ReadonlySet<number> {
  if (named === undefined) return new Set(DAYS.keys());
  const days = new Set<number>();
  for (const part of named.split(',')) {
    const [first = '', last = first, ...more] = part.split(/[-–]/).map((day) => day.trim());
    if (more.length > 0) throw new HoursFault(FORM);
    const end = dayOf(last);
    for (let day = dayOf(first); ; day = (day + 1) % 7) {
      days.add(day);
      if (day === end) break;
    }
  }
  return days;
}

function dayOf(name: string): number {
  const day = DAYS.indexOf(name.slice(0, 3).toLowerCase());
  const isWhole = /^(?:sun|mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?)(?:day)?$/i.test(name);
  if (day < 0 || !isWhole) throw new HoursFault('must name days as Mon, Tue, Wed, Thu, Fri, Sat and Sun');
  return day;
}

/** @param at milliseconds since 1970 */
export function isWithin(hours: readonly Hours[], at: number): boolean {
  const local = new Date(at);
  const minute = local.getHours() * 60 + local.getMinutes();
  const today = local.getDay();
  const yesterday = (today + 6) % 7;
  return hours.some(({ days, from, to }) =>
    from < to
      ? days.has(today) && minute >= from && minute < to
      : (days.has(today) && minute >= from) || (days.has(yesterday) && minute < to),
  );
}

/**
 * When the hours begin next: the first full minute within them after a moment outside.
 * @param at milliseconds since 1970
 * @returns the same; undefined where there is none within the next eight days
 */
export function nextWithin(hours: readonly Hours[], at: number): number | undefined {
  // Every clock on earth differs from UTC by whole minutes.
  const first = (Math.floor(at / MINUTE_MS) + 1) * MINUTE_MS;
  for (let minute = 0; minute < 8 * DAY_MINUTES; minute++) {
    const then = first + minute * MINUTE_MS;
    if (isWithin(hours, then)) return then;
  }
  return undefined;
}

/** `23:00`, and of another day than today or the coming night `Mon 20:00`, in local time. @param at, now milliseconds since 1970 */
export function clockTime(at: number, now = at): string {
  const local = new Date(at);
  const two = (value: number): string => String(value).padStart(2, '0');
  const time = `${two(local.getHours())}:${two(local.getMinutes())}`;
  return Math.abs(at - now) < DAY_MINUTES * MINUTE_MS ? time : `${DAY_NAMES[local.getDay()]} ${time}`;
}
