/** The run that a request is for, as its journal tells. */
import path from 'node:path';
import { CHAIN_SUFFIX } from '../../../../journal/chain-record.ts';
import { findJournal, liveOwner } from '../../../../journal/find.ts';
import { pauseOf, readJournal, trialsOf } from '../../../../journal/read.ts';
import type { JournalRecord, RecordOf, SearchPlan } from '../../../../journal/record.ts';
import { stageOf, type StageName } from '../../../../journal/stage.ts';
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
  /** It is within the proof, which may be paused or stopping as well. */
  readonly isProof: boolean;
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
      `${path.basename(journal)} is the journal of a chain: name the search of it that is running.`,
    );
  }
  // Before the journal: of a run that ends in between, the end is seen.
  const owner = liveOwner(journal);
  const { records } = await readJournal(journal);
  const [first] = records;
  if (first?.kind !== 'plan')
    throw usageError(
      'journal-has-no-plan',
      `${journal} was recovered from a log: there is no running search to control.`,
    );
  const { finished, open } = trialsOf(records);
  const last = records.findLast(({ kind }) => kind === 'stopped' || kind === 'resumed');
  const end = last?.kind === 'stopped' ? last : undefined;
  const at = stageOf(records);
  const stage =
    owner === undefined ? (end === undefined ? 'dead' : 'ended') : LIVE_STAGES[at?.name ?? 'ended'];
  return {
    journal,
    output: first.plan.config.output,
    plan: first.plan,
    records,
    finished,
    open,
    stage,
    isProof: at?.isProof === true,
    owner,
    pause: stage === 'paused' ? pauseOf(records) : undefined,
    end: stage === 'ended' ? end : undefined,
  };
}

/** Of a run that somebody has. After an end it is being taken up again: that is recorded once the servers are connected. */
const LIVE_STAGES: Readonly<Record<StageName, Stage>> = {
  searching: 'searching',
  stopping: 'stopping',
  paused: 'paused',
  proving: 'proving',
  proved: 'proving',
  ended: 'searching',
};

/** @throws run error `run-not-running` where nobody is there to ask */
export function requireRunning({ output, stage, end, journal }: AskedRun): void {
  if (stage === 'ended') {
    const isDone = end !== undefined && kindOfStop(end.reason.code) === 'goal';
    throw runError(
      'run-not-running',
      `The run ${output} has ended: ${end?.reason.message ?? ''}${isDone ? '' : ` autombw resume "${journal}" continues it.`}`,
    );
  }
  if (stage === 'dead')
    throw runError(
      'run-not-running',
      `The run ${output} is not running: it was killed. autombw resume "${journal}" continues it.`,
    );
}
