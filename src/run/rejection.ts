/** Which trial may be rejected, and what goes with it. */
import { REJECTED } from '../shared/error-codes.ts';
import {
  isBaseline,
  isLearned,
  type BaselineName,
  type EvaluatedTrial,
  type FinishedTrial,
} from '../types.ts';

export type Rejection =
  /** Itself, and all trials that have its score. */
  | { readonly trial: number; readonly trials: readonly number[] }
  /** A sentence. */
  | { readonly refusal: string };

/** The trial that is meant where none is named: the one that was scored last. */
export function latestOf(trials: readonly FinishedTrial[]): number | undefined {
  return trials.findLast((trial) => trial.state === 'scored' && !isLearned(trial) && !isBaseline(trial))?.id;
}

/** @param id undefined: the latest one */
export function rejectionOf(trials: readonly FinishedTrial[], id = latestOf(trials)): Rejection {
  if (id === undefined) return { refusal: 'No iteration has a score yet.' };
  const trial = trials.find((one) => one.id === id);
  if (trial === undefined) return { refusal: `There is no iteration ${id}.` };
  if (trial.state === 'failed') {
    const isRejected = trial.failure.code === REJECTED;
    return {
      refusal: `Iteration ${id} ${isRejected ? 'has already been rejected' : 'failed and has no score'}.`,
    };
  }
  if (isLearned(trial))
    return {
      refusal: `Iteration ${id} was learned from another run: it cannot be rejected.`,
    };
  const origin = originOf(trials, trial);
  if (isBaseline(origin)) {
    return {
      refusal: `Iteration ${id} is ${MERGES[origin.baseline]}, a baseline: it cannot be rejected.`,
    };
  }
  const repeats = trials.filter(
    (one) => one.state === 'scored' && one.source.kind === 'repeat' && one.source.of === origin.id,
  );
  return { trial: id, trials: [origin.id, ...repeats.map((one) => one.id)] };
}

const MERGES: Readonly<Record<BaselineName, string>> = { A: 'model A', B: 'model B', half: 'half of each' };

/** The one whose images they are. */
function originOf(trials: readonly FinishedTrial[], trial: EvaluatedTrial): EvaluatedTrial {
  const { source } = trial;
  if (source.kind !== 'repeat') return trial;
  const origin = trials.find(({ id }) => id === source.of);
  return origin?.state === 'scored' && !isLearned(origin) ? origin : trial;
}
