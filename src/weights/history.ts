/** Weights from a history CSV: its best row, or one by number. */
import { isExpected, usageError } from '../shared/errors.ts';
import { readHistoryCsv, type HistoryRow } from '../formats/history-csv.ts';
import type { FoundWeights } from './weights-source.ts';
import { scoreText } from '../shared/score-text.ts';
import { readGivenText } from '../shared/files/given-text.ts';

/**
 * @param row 1 = the first below the header; the first with the best score when left out
 * @throws usage errors `iteration-unknown`, `history-unreadable`, and those of histories, the file's name in front
 */
export async function readCsvWeights(file: string, row?: number): Promise<FoundWeights> {
  const rows = await readCsvRows(file);
  const index = row === undefined ? bestRow(rows) : row - 1;
  const chosen = rows[index];
  if (chosen === undefined) {
    throw usageError(
      'iteration-unknown',
      row === undefined
        ? `No row of ${file} has a score; choose one by its number: ${file}#1.`
        : `The history ${file} has no row ${row}; it has ${rows.length}.`,
    );
  }
  const { weights, score } = chosen;
  const best = row === undefined && score !== null ? `, the best with score ${scoreText(score)}` : '';
  return {
    weights,
    origin: `row ${index + 1} of ${file}${best}`,
    models: {},
    sha256: {},
    ...(score !== null && { score }),
    ...(row === undefined && { chosenOf: rows.length }),
  };
}

/** All rows. */
export async function readCsvRows(file: string): Promise<readonly HistoryRow[]> {
  const text = await readGivenText(file, 'The history', 'history-unreadable');
  try {
    return await readHistoryCsv(text);
  } catch (cause) {
    if (!isExpected(cause)) throw cause;
    throw usageError(cause.code, `${file}: ${cause.message}`, { cause });
  }
}

function bestRow(rows: readonly HistoryRow[]): number {
  // A history of one row need not have a score: there is nothing to choose.
  let best = rows.length === 1 ? 0 : -1;
  for (const [index, { score }] of rows.entries()) {
    if (score !== null && score > (rows[best]?.score ?? Number.NEGATIVE_INFINITY)) best = index;
  }
  return best;
}
