/** One of two runs that are compared: what it recommends, its best iteration, and what it was scored with. */
import fs from 'node:fs';
import path from 'node:path';
import { findJournal } from '../../../../journal/find.ts';
import { JOURNAL_SUFFIX } from '../../../../journal/name-run.ts';
import { readJournal, trialsOf } from '../../../../journal/read.ts';
import type { SearchPlan } from '../../../../journal/record.ts';
import {
  mergesOf,
  type BlockWeights,
  type FinishedTrial,
  type ImageRecord,
  type ScoredTrial,
} from '../../../../types.ts';
import { comparableIn } from '../../../../judging/trial-scores.ts';
import { readCsvWeights } from '../../../../weights/history.ts';
import { readRunWeights } from '../../../../weights/run.ts';

export interface Side {
  readonly file: string;
  /** What the run recommends; of a CSV, its best row. */
  readonly weights: BlockWeights;
  readonly origin: string;
  readonly best: { readonly score: number; readonly iteration: number | null } | undefined;
  /** The images of the best iteration; a CSV knows none. */
  readonly images: readonly ImageRecord[];
  /** Undefined for a CSV, or a journal made from a log: nothing says how it was scored. */
  readonly plan: SearchPlan | undefined;
}

/** @throws usage errors of runs, journals and histories */
export async function readSide(run: string, folder: string): Promise<Side> {
  if (isLoneCsv(run)) {
    const { weights, origin, score } = await readCsvWeights(run);
    const best = score === undefined ? undefined : { score, iteration: null };
    return { file: run, weights, origin, best, images: [], plan: undefined };
  }
  const journal = findJournal(run, folder);
  const { records } = await readJournal(journal);
  const [first] = records;
  const { finished } = trialsOf(records);
  const { weights, origin } = await readRunWeights(journal);
  const plan = first?.kind === 'plan' ? first.plan : undefined;
  const best = bestOf(finished, comparableIn(plan, finished));
  return {
    file: journal,
    weights,
    origin,
    best: best && { score: best.score, iteration: best.id },
    images: best === undefined ? [] : imagesOf(best, finished),
    plan,
  };
}

function isLoneCsv(run: string): boolean {
  if (path.extname(run).toLowerCase() !== '.csv' || !fs.existsSync(run)) return false;
  return !fs.existsSync(run.slice(0, -4) + JOURNAL_SUFFIX);
}

function bestOf(
  trials: readonly FinishedTrial[],
  comparable: ReadonlyMap<number, number>,
): ScoredTrial | undefined {
  const rank = ({ id, score }: ScoredTrial): number => comparable.get(id) ?? score;
  let best: ScoredTrial | undefined;
  for (const trial of mergesOf(trials)) {
    if (trial.state === 'scored' && (best === undefined || rank(trial) > rank(best))) best = trial;
  }
  return best;
}

/** A repeated merge has the images of the iteration that it repeats. */
function imagesOf(best: ScoredTrial, trials: readonly FinishedTrial[]): readonly ImageRecord[] {
  const { images, source } = best;
  if (images.length > 0 || source.kind !== 'repeat') return images;
  return trials.find(({ id }) => id === source.of)?.images ?? [];
}
