/** Weights from a history CSV: its best row, or one by number. */
import { afterColon } from '../shared/after-colon.ts';
import { isExpected, usageError } from '../shared/errors.ts';
import { readHistoryCsv, withMostImages, type HistoryRow } from '../formats/history-csv.ts';
import type { FoundWeights } from './weights-source.ts';
import { scoreText } from '../shared/score-text.ts';
import { counted } from '../shared/counted.ts';
import { readGivenText } from '../shared/files/given-text.ts';

/**
 * @param row 1 = the first below the header; the first with the best score, of those with the most images, when left out
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
  const best =
    row === undefined && score !== null
      ? `, the best${amongOf(rows, chosen)} with score ${scoreText(score)}`
      : '';
  return {
    weights,
    origin: `row ${index + 1} of ${file}${best}`,
    models: {},
    sha256: {},
    ...(score !== null && { score }),
    ...(row === undefined && { chosenOf: rows.length }),
  };
}

/** Where rows with fewer images were passed over. */
function amongOf(rows: readonly HistoryRow[], { images }: HistoryRow): string {
  const isUneven = rows.some((row) => row.score !== null && (row.images ?? images) !== images);
  return isUneven && images !== undefined ? ` of those with ${counted(images, 'image')}` : '';
}

/** All rows. */
export async function readCsvRows(file: string): Promise<readonly HistoryRow[]> {
  const text = await readGivenText(file, 'The history', 'history-unreadable');
  try {
    return await readHistoryCsv(text);
  } catch (cause) {
    if (!isExpected(cause)) throw cause;
    throw usageError(cause.code, `${file}: ${afterColon(cause.message)}`, { cause });
  }
}

/** Its index, or -1 where no row has a score. A history of one row need not have one: there is nothing to choose. */
export function bestRow(rows: readonly HistoryRow[]): number {
  if (rows.length === 1) return 0;
  const scored = withMostImages(rows.filter(({ score }) => score !== null));
  let best: HistoryRow | undefined;
  for (const row of scored)
    if ((row.score ?? Number.NEGATIVE_INFINITY) > (best?.score ?? Number.NEGATIVE_INFINITY)) best = row;
  return best === undefined ? -1 : rows.indexOf(best);
}
