/** Every weight vector of a source that holds many: a history CSV or a run; one of any other. */
import { isExpected } from '../shared/errors.ts';
import { findJournal } from '../journal/find.ts';
import { readJournal, trialsOf } from '../journal/read.ts';
import { JOURNAL_VERSION, type JournalRecord } from '../journal/record.ts';
import { isLearned } from '../types.ts';
import type { HistoryRow } from '../formats/history-csv.ts';
import type { FoundWeights } from './weights-source.ts';
import { readCsvRows } from './history.ts';
import { readWeights, type ReadOptions } from './read.ts';
import { aboutRun } from './run.ts';

export interface FoundRows extends Pick<FoundWeights, 'models' | 'name'> {
  readonly rows: readonly HistoryRow[];
}

/** @throws as `readWeights` */
export async function readRows(source: string, options: ReadOptions): Promise<FoundRows> {
  if (source.toLowerCase().endsWith('.csv')) return { rows: await readCsvRows(source), models: {} };
  const journal = journalOf(source, options.folder);
  if (journal !== undefined) return readRun(journal);
  const { weights, score = null, models, name } = await readWeights(source, options);
  const row = { weights, score, evalTimes: null, iterTimes: null, extra: {} };
  return { rows: [row], models, ...(name !== undefined && { name }) };
}

/** The journal that `recover` would make of them: what is known, to go on from. Rows without a score are left out. */
export function toJournal({ rows, models, name }: FoundRows, source: string): JournalRecord[] {
  const scored = rows.flatMap(({ weights, score }) => (score === null ? [] : [{ weights, score }]));
  return [
    {
      kind: 'recovered',
      version: JOURNAL_VERSION,
      source,
      modelA: models.a ?? null,
      modelB: models.b ?? null,
      output: name ?? null,
      queue: [],
    },
    ...scored.map((row, index) => ({ kind: 'learnt' as const, trial: index + 1, ...row })),
  ];
}

async function readRun(journal: string): Promise<FoundRows> {
  const { records } = await readJournal(journal);
  const { models, name } = aboutRun(records[0]);
  const rows = trialsOf(records).finished.map((trial) => {
    // What an earlier tool scored has no times of its own.
    const time = isLearned(trial) ? undefined : trial.time;
    return {
      weights: trial.weights,
      score: trial.state === 'scored' ? trial.score : null,
      evalTimes: time?.evaluation ?? null,
      iterTimes: time?.iteration ?? null,
      extra: {},
    };
  });
  return { rows, models, ...(name !== undefined && { name }) };
}

function journalOf(source: string, folder: string): string | undefined {
  if (/\.(?:safetensors|txt|log|tsv|json)$/i.test(source) || source.includes(',')) return undefined;
  try {
    return findJournal(source, folder);
  } catch (error) {
    if (isExpected(error)) return undefined;
    throw error;
  }
}
