/**
 * The CSV of a run. One row for every finished iteration, in the order in which they finished; a failed one has no score. One that
 * got more images later has its last score. The numbers of images are told where they are not all those of the whole set.
 */
import { historyColumns, historyLine, type HistoryColumns, type HistoryRow } from '../formats/history-csv.ts';
import type { SearchPlan } from '../journal/record.ts';
import { blocksOfSpace, parametersOfSpace } from '../space/space.ts';
import { PackedLines } from './packed-lines.ts';
import { isLearned, isUneven, type FinishedTrial } from '../types.ts';

type CsvPlan = Pick<SearchPlan, 'space' | 'requests'>;

/** The CSV of a run that goes on: a row is formatted when its trial is another one than before, and no column changes. */
export class RunCsv {
  readonly #plan: CsvPlan | undefined;
  /** Images of the whole set. */
  readonly #all: number | undefined;
  #trials: FinishedTrial[] = [];
  #lines = new PackedLines();
  #names = new Set<string>();
  #columns: HistoryColumns | undefined;

  /** @param plan undefined for trials without one */
  constructor(plan: CsvPlan | undefined) {
    this.#plan = plan;
    this.#all = plan?.requests.reduce((sum, { seeds }) => sum + seeds.length, 0);
  }

  /** @param trials all of the run */
  text(trials: readonly FinishedTrial[]): string {
    const columns = this.#columnsFor(trials);
    if (columns.header !== this.#columns?.header || trials.length < this.#trials.length) {
      this.#trials = [];
      this.#lines = new PackedLines();
    }
    this.#columns = columns;
    for (const [at, trial] of trials.entries()) {
      if (this.#trials[at] === trial) continue;
      this.#trials[at] = trial;
      const row = historyRow(trial, trial.state === 'scored' ? trial.score : null);
      const counts = columns.counts ? { images: trial.images.length } : {};
      this.#lines.set(at, historyLine({ ...row, ...counts }, columns));
    }
    return [columns.header, ...this.#lines.pieces(), ''].join('\n');
  }

  /** What was there before says all, unless some of it is gone or what came needs more. */
  #columnsFor(trials: readonly FinishedTrial[]): HistoryColumns {
    const fresh = trials.slice(this.#trials.length);
    const isGrown = this.#trials.every((trial, at) => trial === trials[at]);
    if (this.#columns !== undefined && isGrown && this.#haveRoom(fresh, this.#columns)) return this.#columns;
    const plan = this.#plan;
    this.#names = new Set(plan && [...blocksOfSpace(plan.space), ...parametersOfSpace(plan.space)]);
    for (const { weights } of trials) for (const name in weights) this.#names.add(name);
    return historyColumns(this.#names, isUneven(trials, this.#all));
  }

  #haveRoom(fresh: readonly FinishedTrial[], { counts }: HistoryColumns): boolean {
    // Without a whole set they are compared with each other.
    if (!counts && (this.#all === undefined || isUneven(fresh, this.#all))) return false;
    return fresh.every(({ weights }) => Object.keys(weights).every((name) => this.#names.has(name)));
  }
}

/** @param plan undefined for trials without one */
export function trialsCsv(trials: readonly FinishedTrial[], plan?: CsvPlan): string {
  return new RunCsv(plan).text(trials);
}

/** What a run has learned from elsewhere cost it no time. */
export function historyRow(trial: FinishedTrial, score: number | null): HistoryRow {
  const { weights } = trial;
  const time = isLearned(trial) ? { evaluation: 0, iteration: 0 } : trial.time;
  return { weights, score, evalTimes: time.evaluation, iterTimes: time.iteration, extra: {} };
}
