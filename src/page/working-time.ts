/** How long a run had worked when each of its trials finished: time in which it was paused or did not run is cut out. Pure. */
import type { JournalRecord } from '../journal/record.ts';
import type { PageGap } from './state.ts';

export interface WorkingTime {
  /** Hours of work until each trial finished, by trial. */
  readonly hours: ReadonlyMap<number, number>;
  readonly gaps: readonly PageGap[];
}

/** Milliseconds: what is shorter is no gap to speak of. */
const LEAST_GAP = 60_000;
const HOUR = 3_600_000;

export function workingTime(records: readonly JournalRecord[]): WorkingTime {
  const hours = new Map<number, number>();
  const gaps: PageGap[] = [];
  /** Milliseconds. */
  let worked = 0;
  let last: number | undefined;
  let isPaused = false;
  let isOver = false;
  let idle = 0;
  for (const record of records) {
    const at = timeOf(record);
    if (at === undefined) continue;
    const before = last ?? at - firstSeconds(record) * 1000;
    // A clock that was put back takes nothing away.
    const passed = Math.max(0, at - before);
    last = at;
    const isEnd = record.kind === 'resumed' || record.kind === 'continued';
    if (isEnd || isOver || (isPaused && !FINISHING.has(record.kind))) idle += passed;
    else worked += passed;
    if (isEnd || (isOver && !isPaused)) {
      if (idle >= LEAST_GAP)
        gaps.push({ hours: worked / HOUR, seconds: idle / 1000, why: isPaused ? 'paused' : 'not running' });
      idle = 0;
      isPaused = false;
      isOver = false;
    }
    if (record.kind === 'paused') isPaused = true;
    if (record.kind === 'stopped') isOver = true;
    if (record.kind === 'scored' || record.kind === 'failed') hours.set(record.trial, worked / HOUR);
  }
  return { hours, gaps };
}

/** What a paused run still does: it finishes what it was measuring. */
const FINISHING: ReadonlySet<string> = new Set(['scored', 'added', 'failed', 'doubted']);

/** Milliseconds; undefined for a record that has none. */
function timeOf(record: JournalRecord): number | undefined {
  if (!('time' in record)) return undefined;
  const at = Date.parse(record.time.at);
  return Number.isNaN(at) ? undefined : at;
}

/** What was recovered begins with a trial. */
function firstSeconds(record: JournalRecord): number {
  return record.kind === 'scored' || record.kind === 'failed' ? record.time.iteration : 0;
}
