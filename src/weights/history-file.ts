/** A history of the past, whoever wrote it: our journal, or the CSV of any tool of the field. */
import { isExpected, usageError } from '../shared/errors.ts';
import { readJournal, trialsOf } from '../journal/read.ts';
import { comparableIn } from '../judging/trial-scores.ts';
import { readHistoryCsv } from '../formats/history-csv.ts';
import { readGivenText } from '../shared/files/given-text.ts';
import type { BlockWeights, ImageRecord } from '../types.ts';

export interface PastTrial {
  /** `null` for a failed one, or one whose score is no number. */
  readonly score: number | null;
  /** The score made comparable, where trials of the run have unequal images. */
  readonly comparable?: number | undefined;
  readonly weights: BlockWeights;
  /** Only journals know them. */
  readonly images?: readonly ImageRecord[];
  /** How many images the score is made of; undefined where the file does not say. */
  readonly imageCount?: number | undefined;
}

/** @throws usage error `history-unreadable`, or what is wrong with the file, its name in front */
export async function readHistoryFile(file: string): Promise<PastTrial[]> {
  if (file.endsWith('.jsonl')) {
    const { records } = await readJournal(file);
    const [first] = records;
    const { finished } = trialsOf(records);
    const comparable = comparableIn(first?.kind === 'plan' ? first.plan : undefined, finished);
    return finished.map((trial) => ({
      score: trial.state === 'scored' ? trial.score : null,
      comparable: comparable.get(trial.id),
      weights: trial.weights,
      images: trial.images,
      imageCount: trial.images.length,
    }));
  }
  const text = await readGivenText(file, 'The history', 'history-unreadable');
  try {
    return (await readHistoryCsv(text)).map(({ weights, score, images }) => ({
      weights,
      score,
      ...(images === undefined ? {} : { imageCount: images }),
    }));
  } catch (cause) {
    if (!isExpected(cause)) throw cause;
    throw usageError(cause.code, `${file}: ${cause.message}`, { cause });
  }
}
