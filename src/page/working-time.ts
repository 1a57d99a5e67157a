/** How long a run had worked when each of its trials finished: time in which it was paused or did not run is cut out. Pure. */
import { growing, type GrowingRecords } from '../journal/growing.ts';
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

/** Follows the records of one journal from the first one. */
class WorkingHours implements WorkingTime {
  readonly hours = new Map<number, number>();
  readonly gaps: PageGap[] = [];
  /** Milliseconds. */
  #worked = 0;
  #last: number | undefined;
  #isPaused = false;
  #isOver = false;
  #idle = 0;

  add(record: JournalRecord): void {
    const at = timeOf(record);
    if (at === undefined) return;
    const before = this.#last ?? at - firstSeconds(record) * 1000;
    // A clock that was put back takes nothing away.
    const passed = Math.max(0, at - before);
    this.#last = at;
    const isEnd = record.kind === 'resumed' || record.kind === 'continued';
    if (isEnd || this.#isOver || (this.#isPaused && !FINISHING.has(record.kind))) this.#idle += passed;
    else this.#worked += passed;
    if (isEnd || (this.#isOver && !this.#isPaused)) this.#endGap();
    if (record.kind === 'paused') this.#isPaused = true;
    if (record.kind === 'stopped') this.#isOver = true;
    if (record.kind === 'scored' || record.kind === 'failed')
      this.hours.set(record.trial, this.#worked / HOUR);
  }

  #endGap(): void {
    if (this.#idle >= LEAST_GAP) {
      const why = this.#isPaused ? 'paused' : 'not running';
      this.gaps.push({ hours: this.#worked / HOUR, seconds: this.#idle / 1000, why });
    }
    this.#idle = 0;
    this.#isPaused = false;
    this.#isOver = false;
  }
}

const ofRecords = growing(() => new WorkingHours());

/** @param records always the same ones, which only become more: only what has come since the last call is looked at */
export function workingTime(records: GrowingRecords): WorkingTime {
  return ofRecords(records);
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
