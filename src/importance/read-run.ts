/** The importance of a run on disk: from its journal, or from a history CSV that has none. */
import { readJournal, trialsOf } from '../journal/read.ts';
import { comparableIn } from '../judging/trial-scores.ts';
import { readCsvRows } from '../weights/history.ts';
import { explain, explainMeasured } from './explain.ts';
import type { Importance } from './importance.ts';
import { measuredInHistory } from './measured.ts';

/**
 * @param file journal (….jsonl) or history CSV
 * @throws usage errors of journals and histories
 */
export async function explainFile(file: string): Promise<Importance> {
  if (!file.endsWith('.jsonl')) return explainMeasured(measuredInHistory(await readCsvRows(file)));
  const { records } = await readJournal(file);
  const { finished } = trialsOf(records);
  const [first] = records;
  // Recovered from a log: nothing says between which bounds it searched.
  if (first?.kind !== 'plan')
    return explainMeasured(
      measuredInHistory(
        finished.map((trial) => ({
          weights: trial.weights,
          score: trial.state === 'scored' ? trial.score : null,
        })),
      ),
    );
  return explain(first.plan, finished, comparableIn(first.plan, finished));
}
