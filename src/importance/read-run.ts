/** The importance of a run on disk: from its journal, or from a history CSV that has none. */
import { readJournal, trialsOf } from '../journal/read.ts';
import type { JournalRecord } from '../journal/record.ts';
import { comparableIn } from '../judging/trial-scores.ts';
import { readCsvRows } from '../weights/history.ts';
import { explainMeasured } from './explain.ts';
import type { Importance } from './importance.ts';
import { measuredIn, measuredInHistory, type MeasuredRun } from './measured.ts';

/**
 * @param file journal (….jsonl) or history CSV
 * @throws usage errors of journals and histories
 */
export async function explainFile(file: string): Promise<Importance> {
  if (!file.endsWith('.jsonl')) return explainMeasured(measuredInHistory(await readCsvRows(file)));
  return explainMeasured(measuredRun((await readJournal(file)).records));
}

/** The scored merges in the records of a journal. */
export function measuredRun(records: readonly JournalRecord[]): MeasuredRun {
  const { finished } = trialsOf(records);
  const [first] = records;
  if (first?.kind === 'plan') return measuredIn(first.plan, finished, comparableIn(first.plan, finished));
  // Recovered from a log: nothing says between which bounds it searched.
  return measuredInHistory(
    finished.map((trial) => ({
      trial: trial.id,
      weights: trial.weights,
      score: trial.state === 'scored' ? trial.score : null,
    })),
  );
}
