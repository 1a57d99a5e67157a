/** What a journal holds of `autombw prove` beside the proof itself: when it began, and how the run has ended then. */
import type { JournalRecord, RecordOf } from '../journal/record.ts';
import { isExpected, runError, type AutombwError } from '../shared/errors.ts';
import { kindOfStop, recordedReason, stopFor } from '../stop/stop-reason.ts';
import { record, timestamp, type ProofContext } from './session.ts';

export const PROOF_STOPPED = 'proof-stopped';

export type EndReason = RecordOf<'stopped'>['reason'];

export function stoppedProof(by = 'a request', journal: string): AutombwError {
  return runError(
    PROOF_STOPPED,
    `The proof was stopped by ${by}; the images drawn so far are kept, and autombw prove "${journal}" continues it.`,
  );
}

/**
 * Records that the run is under way again.
 * @returns records its end, once: as the search has ended, whatever became of the proof; unless it is done, never throws
 */
export function beginProof(
  session: ProofContext,
  records: readonly JournalRecord[],
  proof: number,
): (isDone: boolean) => EndReason {
  const { clock } = session;
  const last = records.findLast((entry) => entry.kind === 'resumed');
  // The limits of the search stay those of its last session.
  record(session, { kind: 'resumed', limits: { ...last?.limits }, time: timestamp(clock) });
  let isRecorded = false;
  return (isDone) => {
    const reason = endOf(records, proof, isDone);
    if (isRecorded) return reason;
    isRecorded = true;
    try {
      record(session, { kind: 'stopped', reason, time: timestamp(clock) });
    } catch (error) {
      // Why the proof ended is the thing to tell.
      if (isDone || !isExpected(error)) throw error;
    }
    return reason;
  };
}

/** A proof changes nothing of how the search ended; where that was within this very proof, the search had reached its goal. */
function endOf(records: readonly JournalRecord[], proof: number, isDone: boolean): EndReason {
  const at = records.findLastIndex(({ kind }) => kind === 'stopped' || kind === 'asked');
  const last = records[at];
  if (last?.kind !== 'stopped')
    return recordedReason(
      stopFor('interrupted', 'The best so far was compared; the search is not finished.'),
    );
  const began = records.findIndex((entry) => entry.kind === 'proving' && entry.proof === proof);
  const isWithin = began >= 0 && began < at && kindOfStop(last.reason.code) !== 'goal';
  if (isDone && isWithin)
    return recordedReason(stopFor('iterations', 'The search is done, and so is its proof on fresh images.'));
  return { code: last.reason.code, message: last.reason.message };
}
