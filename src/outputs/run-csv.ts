/**
 * The CSV of a run. One row for every finished iteration, in the order in which they finished; a failed one has no score. One that
 * got more images later has its last score. The numbers of images are told where they are not all those of the whole set.
 */
import { historyColumns, historyLine, type HistoryColumns, type HistoryRow } from '../formats/history-csv.ts';
import type { SearchPlan } from '../journal/record.ts';
import { packed, unpacked } from '../shared/packed.ts';
import { blocksOfSpace, parametersOfSpace } from '../space/space.ts';
import { isLearned, isUneven, type FinishedTrial } from '../types.ts';

type CsvPlan = Pick<SearchPlan, 'space' | 'requests'>;

/** Rows that are packed as one once they are all there: a long run has thousands, much alike. */
const BLOCK = 256;

interface Block {
  readonly rows: number;
  /** A line each; of a whole block, packed. */
  readonly text: string | Buffer;
}

/** The CSV of a run that goes on: a row is formatted when its trial is another one than before, and no column changes. */
export class RunCsv {
  readonly #plan: CsvPlan | undefined;
  /** Images of the whole set. */
  readonly #all: number | undefined;
  #trials: FinishedTrial[] = [];
  #blocks: Block[] = [];
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
    if (columns.header !== this.#columns?.header) this.#blocks = [];
    this.#columns = columns;
    const texts = [`${columns.header}\n`];
    for (let n = 0; n * BLOCK < trials.length; n++) texts.push(this.#blockText(n, trials, columns));
    this.#trials = [...trials];
    this.#blocks.length = Math.ceil(trials.length / BLOCK);
    return texts.join('');
  }

  #blockText(n: number, trials: readonly FinishedTrial[], columns: HistoryColumns): string {
    const first = n * BLOCK;
    const rows = Math.min(BLOCK, trials.length - first);
    const known = this.#blocks[n];
    const isKnown = known !== undefined && this.#isBegun(first, known.rows, trials);
    let text = isKnown ? textOf(known) : '';
    if (isKnown && known.rows === rows) return text;
    for (const trial of trials.slice(first + (isKnown ? known.rows : 0), first + rows)) {
      const row = historyRow(trial, trial.state === 'scored' ? trial.score : null);
      const counts = columns.counts ? { images: trial.images.length } : {};
      text += `${historyLine({ ...row, ...counts }, columns)}\n`;
    }
    this.#blocks[n] = { rows, text: rows === BLOCK ? packed(text) : text };
    return text;
  }

  /** Are these rows those of the same trials as before? */
  #isBegun(first: number, rows: number, trials: readonly FinishedTrial[]): boolean {
    for (let at = first; at < first + rows; at++) if (this.#trials[at] !== trials[at]) return false;
    return true;
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

function textOf({ text }: Block): string {
  return typeof text === 'string' ? text : unpacked(text).toString();
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
