/** What a crew knows of the fleet around it. */
import type { Clock } from '../shared/clock.ts';
import type { BrokenMerge } from '../trial/evaluator.ts';

export interface CrewSurroundings {
  readonly clock: Clock;
  /** Minutes that a group waits when none of its members answers. */
  readonly reconnect: number;
  /** Aborted when the fleet is closed. */
  readonly closing: AbortSignal;
  readonly onNotice: (level: 'info' | 'warn', message: string) => void;
  /** Trials that are about to ask for images. */
  readonly coming: () => number;
  /** How the other groups are: `awaited` = one of them may come back in time. */
  readonly others: () => 'here' | 'awaited' | 'gone';
  /** Milliseconds until the first of all groups that are away is not waited for any longer. */
  readonly nextEnd: () => number | undefined;
  /** Is the fleet of one member alone, ever since? */
  readonly isAlone: () => boolean;
  /** Seconds that any member takes for the request; undefined while nobody has drawn it. */
  readonly usualSeconds: (request: string) => number | undefined;
  /** A merge was found broken: trials under way may have images of it. */
  readonly onDoubt: (broken: BrokenMerge) => void;
  /** What other groups decide by has changed. */
  readonly onChange: () => void;
}
