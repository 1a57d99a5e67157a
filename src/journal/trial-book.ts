/** The trials that records make, one record after another: a journal that grows is not read again for every line. */
import { DOUBTED, REJECTED } from '../shared/error-codes.ts';
import {
  isLearned,
  type EvaluatedTrial,
  type FailedTrial,
  type FinishedTrial,
  type OpenTrial,
} from '../types.ts';
import type { BlockSpace } from '../space/space.ts';
import { growing, type GrowingRecords } from './growing.ts';
import { keptTrial } from './kept-trials.ts';
import type { JournalRecord, RecordOf } from './record.ts';
import { RecordOrder } from './record-order.ts';
import { extendedTrial, finishedTrial, learnedTrial, openTrial } from './trial-records.ts';

export interface JournalTrials {
  /** In the order in which they finished. Of records that grow, the array grows with them. */
  readonly finished: FinishedTrial[];
  /** How many records have made finished trials other ones; while it stays the same, they have only become more. */
  readonly changes: number;
  readonly open: OpenTrial[];
  /** More images were asked for, and what came of it is not recorded. */
  readonly unfinished: RecordOf<'more'>[];
}

export class TrialBook {
  readonly #isPacked: boolean;
  #space: BlockSpace | undefined;
  #changes = 0;
  readonly #open = new Map<number, OpenTrial>();
  /** As they were recorded, with all images that they got, before any was doubted. */
  readonly #recorded: FinishedTrial[] = [];
  /** As they count, in the same order: the same object until a record says something of it. */
  readonly #finished: FinishedTrial[] = [];
  readonly #more = new Map<number, RecordOf<'more'>>();
  readonly #reasons = new Map<number, string>();
  readonly #rejected = new Map<number, RecordOf<'rejected'>>();
  readonly #order = new RecordOrder();

  /** @param isPacked trials take less room, and their weights are worked out whenever somebody asks for them: see `keptTrial` */
  constructor({ isPacked = false }: { readonly isPacked?: boolean } = {}) {
    this.#isPacked = isPacked;
  }

  /** What cannot follow on the records before it, of a file that was damaged, counts for nothing. */
  add(record: JournalRecord): void {
    if (this.#order.fault(record) !== undefined) return;
    if (record.kind === 'plan') {
      if (this.#isPacked) this.#space = record.plan.space;
    } else if (record.kind === 'asked') {
      this.#open.set(record.trial, openTrial(record));
    } else if (record.kind === 'learnt') {
      this.#finish(learnedTrial(record));
    } else if (record.kind === 'scored' || record.kind === 'failed') {
      const asked = this.#open.get(record.trial);
      if (asked === undefined) return;
      this.#open.delete(record.trial);
      this.#finish(finishedTrial(asked, record));
    } else if (record.kind === 'more') {
      this.#more.set(record.trial, record);
    } else if (record.kind === 'added') {
      this.#extend(record);
      this.#more.delete(record.trial);
    } else if (record.kind === 'doubted' || record.kind === 'rejected') {
      this.#takeBack(record);
    }
  }

  trials(): JournalTrials {
    return {
      finished: this.#finished,
      changes: this.#changes,
      open: [...this.#open.values()],
      unfinished: [...this.#more.values()],
    };
  }

  #finish(finished: FinishedTrial): void {
    const trial = this.#packed(finished);
    this.#recorded.push(trial);
    this.#finished.push(this.#asItCounts(trial));
  }

  #extend(added: RecordOf<'added'>): void {
    // Mostly one of the last ones.
    const at = this.#recorded.findLastIndex(({ id }) => id === added.trial);
    const trial = this.#recorded[at];
    const wanted = this.#more.get(added.trial)?.images;
    if (trial === undefined || !isMeasured(trial) || wanted === undefined) return;
    const extended = this.#packed(extendedTrial(trial, wanted, added));
    this.#recorded[at] = extended;
    this.#finished[at] = this.#asItCounts(extended);
    this.#changes++;
  }

  #packed(trial: FinishedTrial): FinishedTrial {
    return this.#space === undefined ? trial : keptTrial(trial, this.#space);
  }

  #takeBack(record: RecordOf<'doubted' | 'rejected'>): void {
    for (const trial of record.trials) {
      // Its point is measured again, or nobody wants it: nothing more is drawn for this trial.
      this.#more.delete(trial);
      if (record.kind === 'doubted') this.#reasons.set(trial, record.reason);
      else this.#rejected.set(trial, record);
    }
    const ids = new Set(record.trials);
    for (const [at, trial] of this.#recorded.entries())
      if (ids.has(trial.id)) this.#finished[at] = this.#asItCounts(trial);
    this.#changes++;
  }

  #asItCounts(trial: FinishedTrial): FinishedTrial {
    const reason = this.#reasons.get(trial.id);
    const rejection = this.#rejected.get(trial.id);
    const trusted = reason === undefined ? trial : doubtedTrial(trial, reason);
    return rejection === undefined ? trusted : rejectedTrial(trusted, rejection);
  }
}

const ofRecords = growing(() => new TrialBook({ isPacked: true }));

/**
 * As `trialsOf`, but only what has come since the last call is looked at, and what is kept takes little room.
 * @param records always the same ones, which only become more
 */
export function growingTrials(records: GrowingRecords): JournalTrials {
  return ofRecords(records).trials();
}

/** What a trial becomes whose score is no longer trusted. A learned one stays: no server of this run measured it. */
export function doubtedTrial(trial: FinishedTrial, reason: string): FinishedTrial {
  return withoutScore(trial, { code: DOUBTED, message: reason });
}

/** What a trial becomes that somebody does not want. A learned one stays: it is no merge of this run. */
export function rejectedTrial(
  trial: FinishedTrial,
  { trial: id, by }: Pick<RecordOf<'rejected'>, 'trial' | 'by'>,
): FinishedTrial {
  const which = id === trial.id ? '' : `, like iteration ${id} with the same weights`;
  return withoutScore(trial, { code: REJECTED, message: `It was rejected by ${by}${which}.` });
}

function withoutScore(trial: FinishedTrial, failure: FailedTrial['failure']): FinishedTrial {
  if (trial.state === 'failed' || isLearned(trial)) return trial;
  const { id, score: _, source: __, missing: ___, ...rest } = trial;
  return { id, ...rest, state: 'failed', failure };
}

function isMeasured(trial: FinishedTrial): trial is EvaluatedTrial {
  return trial.state === 'scored' && !isLearned(trial);
}
