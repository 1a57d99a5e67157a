/** The sentence about a run's progress, shared by the bar and the appended lines. */
import type { RunFacts, Standing, TrialProgress } from './observer.ts';
import { duration, secondsPerTrial } from './pace.ts';
import { scoreText } from '../shared/score-text.ts';

export interface ProgressState {
  readonly facts: RunFacts;
  readonly standing: Standing;
  readonly progress: TrialProgress | undefined;
}

/** The parts in the order of their importance: the last ones are dropped on a narrow terminal. */
export function progressParts({ facts, standing, progress }: ProgressState): string[] {
  const { trials, best } = standing;
  const last = trials.at(-1);
  const parts: string[] = [];
  if (best !== undefined) parts.push(`best ${scoreText(best.score)} (#${best.trial})`);
  if (last !== undefined)
    parts.push(last.state === 'scored' ? `last ${scoreText(last.score)}` : 'last failed');
  if (progress !== undefined) parts.push(imageText(progress));
  const left = secondsLeft(facts, standing);
  if (left !== undefined) parts.push(`${duration(left)} left`);
  if (standing.untilEarlyStop !== null && trials.length > 0)
    parts.push(`early stop in ${standing.untilEarlyStop}`);
  return parts;
}

function imageText({ done, total, step, steps }: TrialProgress): string {
  const image = `image ${Math.min(done + 1, total)} of ${total}`;
  return step === null || steps === null || steps === 0 ? image : `${image}, step ${step}/${steps}`;
}

function secondsLeft({ iterations }: RunFacts, { trials }: Standing): number | undefined {
  const pace = secondsPerTrial(trials);
  return pace === undefined ? undefined : pace * Math.max(0, iterations - trials.length);
}
