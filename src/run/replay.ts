/** What comes of asking the optimizer once more for all that a journal says it was asked for. */
import type { SearchPlan } from '../journal/record.ts';

export interface Divergence {
  readonly faithful: false;
  /** The first one whose point is not the same. */
  readonly trial: number;
  /** Its point in the journal, in the order of the space's dimensions. */
  readonly asked: readonly number[];
  /** What the optimizer proposes today. */
  readonly proposed: readonly number[];
  /** Position of its `asked` record in the journal, from 0. */
  readonly index: number;
}

export type Replay = { readonly faithful: true } | Divergence;

/** What to tell whoever resumes; undefined where there is nothing to tell. */
export function describeReplay(replay: Replay, { dimensions }: SearchPlan['space']): string | undefined {
  if (replay.faithful) return undefined;
  const { trial, asked, proposed, index } = replay;
  const first = dimensions.findIndex((_, d) => asked[d] !== proposed[d]);
  const where = dimensions[first]?.name;
  const difference =
    where === undefined ? '' : `, where ${where} was ${asked[first]} and would now be ${proposed[first]}`;
  return `The optimizer has changed since this run was started: it proposes different points from iteration ${trial} on (line ${index + 1} of the journal)${difference}. It has learned all scores so far and continues from there.`;
}
