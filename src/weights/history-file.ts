/** A history of the past, whoever wrote it: our journal, or the CSV of any tool of the field. */
import { existsSync } from 'node:fs';
import { isExpected } from '../shared/errors.ts';
import { readJournal, trialsOf } from '../journal/read.ts';
import { comparableIn } from '../judging/trial-scores.ts';
import type { HistoryRow } from '../formats/history-csv.ts';
import { JOURNAL_SUFFIX } from '../journal/name-run.ts';
import { isBaseline, type BaselineName, type BlockWeights, type ImageRecord } from '../types.ts';
import { readCsvRows } from './history.ts';

export interface PastTrial {
  /** The number by which its run calls it; a CSV has none but its rows. */
  readonly iteration?: number;
  /** `null` for a failed one, or one whose score is no number. */
  readonly score: number | null;
  /** The score made comparable, where trials of the run have unequal images. */
  readonly comparable?: number | undefined;
  readonly weights: BlockWeights;
  /** Measured to compare with; absent = a merge of the search. Only journals know it. */
  readonly baseline?: BaselineName | undefined;
  /** Only journals know them. */
  readonly images?: readonly ImageRecord[];
  /** How many images the score is made of; undefined where the file does not say. */
  readonly imageCount?: number | undefined;
}

/**
 * The scores of a CSV whose rows have unequal images cannot be compared, and none says which rows are baselines; the journal
 * beside it, where there is one, knows more.
 * @throws usage error `history-unreadable`, or what is wrong with the file, its name in front
 */
export async function readHistoryFile(file: string): Promise<PastTrial[]> {
  if (file.endsWith('.jsonl')) return readTrials(file);
  const rows = await readCsvRows(file);
  const journal = file.replace(/\.csv$/i, JOURNAL_SUFFIX);
  if (journal !== file && existsSync(journal)) {
    try {
      const trials = await readTrials(journal);
      // Otherwise somebody has edited the CSV, and means it.
      if (isUneven(rows) || trials.some(({ baseline }) => baseline !== undefined)) return trials;
    } catch (error) {
      if (!isExpected(error)) throw error;
    }
  }
  return rows.map(({ weights, score, images }) => ({
    weights,
    score,
    ...(images === undefined ? {} : { imageCount: images }),
  }));
}

export interface ImageRange {
  readonly least: number;
  readonly most: number;
}

/** Fewest and most images behind scores that nothing makes comparable; undefined where the scores may be compared. */
export function unequalImages(trials: readonly PastTrial[]): ImageRange | undefined {
  let least = Infinity;
  let most = 0;
  for (const { score, comparable, imageCount = 0 } of trials) {
    if (score === null || comparable !== undefined || imageCount === 0) continue;
    least = Math.min(least, imageCount);
    most = Math.max(most, imageCount);
  }
  return least < most ? { least, most } : undefined;
}

async function readTrials(journal: string): Promise<PastTrial[]> {
  const { records } = await readJournal(journal);
  const [first] = records;
  const { finished } = trialsOf(records);
  const comparable = comparableIn(first?.kind === 'plan' ? first.plan : undefined, finished);
  const inOrder = finished.toSorted((one, other) => one.id - other.id);
  return inOrder.map((trial) => ({
    iteration: trial.id,
    score: trial.state === 'scored' ? trial.score : null,
    comparable: comparable.get(trial.id),
    weights: trial.weights,
    ...(isBaseline(trial) && { baseline: trial.baseline }),
    images: trial.images,
    imageCount: trial.images.length,
  }));
}

function isUneven(rows: readonly HistoryRow[]): boolean {
  const counts = rows.flatMap(({ score, images }) =>
    score === null || images === undefined || images === 0 ? [] : [images],
  );
  return new Set(counts).size > 1;
}
