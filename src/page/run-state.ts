/** Where a run stands, by the last words of its journal and by whether somebody still writes it. */
import { growing, type GrowingRecords } from '../journal/growing.ts';
import { pauseOf } from '../journal/read.ts';
import type { JournalRecord, RecordOf, SearchPlan } from '../journal/record.ts';
import { LastWords, type Stage } from '../journal/stage.ts';
import { pauseText } from '../observers/progress-text.ts';
import type { RunStateName } from './state.ts';

/** Follows the records of one journal: how it begins, and the last words by which the state of its run is told. */
class RunWords {
  readonly #lastWords = new LastWords();
  #first: JournalRecord | undefined;
  /** The last one of each kind, in their order. */
  #sayings: readonly JournalRecord[] = [];

  add(record: JournalRecord): void {
    this.#first ??= record;
    this.#lastWords.add(record);
    if (SAYING.has(record.kind))
      this.#sayings = [...this.#sayings.filter(({ kind }) => kind !== record.kind), record];
  }

  get first(): JournalRecord | undefined {
    return this.#first;
  }

  /** Undefined for a journal without one. */
  get plan(): SearchPlan | undefined {
    return this.#first?.kind === 'plan' ? this.#first.plan : undefined;
  }

  get stage(): Stage | undefined {
    return this.#lastWords.stage();
  }

  get pause(): RecordOf<'paused'> | undefined {
    return pauseOf(this.#sayings);
  }

  get stopped(): RecordOf<'stopped'> | undefined {
    return this.#sayings.findLast((record) => record.kind === 'stopped');
  }
}

const SAYING: ReadonlySet<string> = new Set(['paused', 'continued', 'resumed', 'stopped']);

/** @param records always the same ones, which only become more */
export const runWords: (records: GrowingRecords) => RunWords = growing(() => new RunWords());

/** @param open the trial that is being measured: a pause begins after it */
export function runState(
  { first, stage, stopped, pause }: RunWords,
  isAlive: boolean,
  open?: number,
): { readonly state: RunStateName; readonly sentence: string } {
  if (first?.kind === 'recovered') return { state: 'ended', sentence: `Recovered from ${first.source}.` };
  if (stage?.name === 'ended')
    return { state: 'ended', sentence: stopped?.reason.message ?? 'It has ended.' };
  if (!isAlive) {
    if (stage === undefined) return { state: 'dead', sentence: 'The journal is still empty.' };
    // Earlier versions said nothing behind a proof that came later.
    if (stage.name === 'proved') return { state: 'ended', sentence: 'The proof is done.' };
    return {
      state: 'dead',
      sentence:
        'It ended unexpectedly: it was killed, or the machine went down. autombw resume continues it.',
    };
  }
  const where = stage?.isProof === true ? 'The proof' : 'It';
  const pausing = open === undefined ? where : `${where} finishes iteration ${open} and`;
  switch (stage?.name) {
    case 'paused': {
      const sentence = pause === undefined ? `${pausing} is paused.` : pauseSentence(pausing, pause);
      return { state: 'paused', sentence };
    }
    case 'stopping':
      return {
        state: stage.isProof ? 'proof' : 'running',
        sentence: `${where} stops after the current ${stage.isProof ? 'image' : 'iteration'}.`,
      };
    case 'proving':
      return { state: 'proof', sentence: 'The best is being compared on fresh images.' };
    case 'proved':
      return { state: 'proof', sentence: 'The proof is done; the results are being written.' };
    default:
      return { state: 'running', sentence: 'The search is running.' };
  }
}

function pauseSentence(where: string, { by, time, until }: RecordOf<'paused'>): string {
  if (until !== undefined) {
    const text = pauseText({ by, since: time.at, until });
    return `${where} ${text}; Continue lets it work until the end of its next hours.`;
  }
  if (by.startsWith('--pause-file')) return `${where} waits as long as the file of ${by} exists.`;
  return `${where} was paused by ${by} and waits until it is continued.`;
}
