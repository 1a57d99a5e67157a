/** The run that a request is for, as its journal tells. */
import path from 'node:path';
import { CHAIN_SUFFIX } from '../../../../journal/chain-record.ts';
import { findJournal, liveOwner } from '../../../../journal/find.ts';
import { pauseOf, readJournal, trialsOf } from '../../../../journal/read.ts';
import type { JournalRecord, RecordOf, SearchPlan } from '../../../../journal/record.ts';
import { runError, usageError } from '../../../../shared/errors.ts';
import { kindOfStop } from '../../../../stop/stop-reason.ts';
import type { FinishedTrial, OpenTrial } from '../../../../types.ts';

/** `ended`: by itself or as somebody wanted; `dead`: nobody recorded an end, and no process has it. */
export type Stage = 'searching' | 'stopping' | 'paused' | 'proving' | 'ended' | 'dead';

export interface AskedRun {
  readonly journal: string;
  /** Name of the merged model. */
  readonly output: string;
  readonly plan: SearchPlan;
  readonly records: readonly JournalRecord[];
  readonly finished: readonly FinishedTrial[];
  readonly open: readonly OpenTrial[];
  readonly stage: Stage;
  /** Who writes the journal, in words; undefined when nobody does. */
  readonly owner: string | undefined;
  /** Of a run that is under way. */
  readonly pause: RecordOf<'paused'> | undefined;
  /** Of a run that ended. */
  readonly end: RecordOf<'stopped'> | undefined;
}

/**
 * @param run as every command takes it
 * @param folder where runs lie, in csv/history
 * @throws usage errors `run-not-found`, `journal-has-no-plan`, and those of journals
 */
export async function askedRun(run: string, folder: string): Promise<AskedRun> {
  const journal = findJournal(run, folder);
  if (journal.endsWith(CHAIN_SUFFIX)) {
    throw usageError(
      'run-not-found',
      `${path.basename(journal)} is the journal of a chain: name the one of its searches that is under way.`,
    );
  }
  // Before the journal: of a run that ends in between, the end is seen.
  const owner = liveOwner(journal);
  const { records } = await readJournal(journal);
  const [first] = records;
  if (first?.kind !== 'plan')
    throw usageError('journal-has-no-plan', `${journal} was recovered from a log: nothing runs by it.`);
  const { finished, open } = trialsOf(records);
  const last = records.findLast(({ kind }) => kind === 'stopped' || kind === 'resumed');
  const end = last?.kind === 'stopped' ? last : undefined;
  const stage = owner === undefined ? (end === undefined ? 'dead' : 'ended') : liveStage(records);
  return {
    journal,
    output: first.plan.config.output,
    plan: first.plan,
    records,
    finished,
    open,
    stage,
    owner,
    pause: stage === 'paused' ? pauseOf(records) : undefined,
    end: stage === 'ended' ? end : undefined,
  };
}

function liveStage(records: readonly JournalRecord[]): Stage {
  const since = records.slice(records.findLastIndex(({ kind }) => kind === 'resumed' || kind === 'plan'));
  // An end that was recorded before the proof of `autombw prove` is that of the search.
  const last = since.findLast(({ kind }) => STEPS.has(kind));
  if (last?.kind === 'proving' || last?.kind === 'proved' || last?.kind === 'verdict') return 'proving';
  if (since.some(({ kind }) => kind === 'stopping')) return 'stopping';
  return pauseOf(since) === undefined ? 'searching' : 'paused';
}

const STEPS: ReadonlySet<string> = new Set(['asked', 'scored', 'failed', 'proving', 'proved', 'verdict']);

/** @throws run error `run-not-running` where there is no search to ask */
export function requireSearching({ output, stage, end, journal }: AskedRun): void {
  if (stage === 'ended') {
    const isDone = end !== undefined && kindOfStop(end.reason.code) === 'goal';
    throw runError(
      'run-not-running',
      `The run ${output} has ended: ${end?.reason.message ?? ''}${isDone ? '' : ` autombw resume "${journal}" goes on.`}`,
    );
  }
  if (stage === 'dead')
    throw runError(
      'run-not-running',
      `The run ${output} is not under way: it was killed. autombw resume "${journal}" goes on.`,
    );
  if (stage === 'proving')
    throw runError(
      'run-not-running',
      `The search of ${output} is over, and its best merges are being proved on fresh images: Ctrl-C ends that.`,
    );
}
