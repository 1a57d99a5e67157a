/** One run out of a history CSV that has no journal: the Python tool wrote it. */
import { isExpected } from '../../../../shared/errors.ts';
import type { HistoryRow } from '../../../../formats/history-csv.ts';
import { bestRow, readCsvRows } from '../../../../weights/history.ts';
import { namedEntry, type HistoryEntry } from './entry.ts';
import { NOTHING } from './journal-entry.ts';

export async function csvEntry(file: string): Promise<HistoryEntry> {
  const named = namedEntry(file);
  try {
    const rows = await readCsvRows(file);
    const scores = rows.map(({ score }) => score);
    const known = scores.filter((score) => score !== null);
    const index = bestRow(rows);
    const best = rows[index]?.score ?? null;
    return {
      ...named,
      ...NOTHING,
      state: 'csv',
      best,
      bestIteration: best === null ? null : index + 1,
      scored: known.length,
      failed: rows.length - known.length,
      images: rows.some(({ images }) => images === undefined)
        ? null
        : rows.reduce((sum, { images = 0 }) => sum + images, 0),
      hours: hoursOf(rows),
    };
  } catch (error) {
    if (!isExpected(error)) throw error;
    return { ...named, ...NOTHING, state: 'unreadable', reason: error.message };
  }
}

/** The Python tool repeats the total on every row; autombw writes each iteration's own seconds. */
function hoursOf(rows: readonly HistoryRow[]): number | null {
  const times = rows.flatMap(({ iterTimes }) => (iterTimes === null ? [] : [iterTimes]));
  const [first] = times;
  if (first === undefined) return null;
  const isTotal = times.length > 1 && times.every((time) => time === first);
  return (isTotal ? first : times.reduce((sum, time) => sum + time, 0)) / 3600;
}
