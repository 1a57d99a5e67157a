/** What becomes of weights that were sent to the run. Pure. */
import { scoreText } from '../../../shared/score-text.ts';
import type { PageSummary, PageTrial } from '../../state.ts';

export interface Sent {
  /** Of the request. */
  readonly id: string;
  /** The highest number of an iteration when it was sent. */
  readonly after: number;
  /** What the weights are rounded to, and what the others are. */
  readonly sentence: string;
}

/** Who gives weights here, as journals name it. */
const BY = 'the page';

export function lastTrial({ current }: Pick<PageSummary, 'current'>, trials: readonly PageTrial[]): number {
  return trials.reduce((most, { id }) => Math.max(most, id), current?.trial ?? 0);
}

/** Others may give weights at this page too: of several iterations the first one is told. */
export function sentText(
  { id, after, sentence }: Sent,
  { queued, current }: Pick<PageSummary, 'queued' | 'current'>,
  trials: readonly PageTrial[],
): string {
  if (queued.some((request) => request.id === id))
    return `Queued: will be measured after the current iteration. ${sentence}`;
  const [done] = trials.filter((trial) => trial.id > after && trial.by === BY);
  if (done !== undefined)
    return done.score === null
      ? `Your weights are iteration #${done.id}, which ${done.state === 'rejected' ? 'was rejected' : 'failed'}.`
      : `Your weights are iteration #${done.id}: score ${scoreText(done.score)}.`;
  if (current?.isOpen === true && current.by === BY && current.trial > after)
    return `Your weights are being measured, as iteration #${current.trial}.`;
  return `Sent: the run will pick them up in a moment. ${sentence}`;
}
