/** What a change makes of what was known. Pure. */
import type { PageChange, PageState, PageTrial } from '../state.ts';

export function changed(before: PageState | undefined, { summary, trials, isAnew }: PageChange): PageState {
  if (before === undefined || isAnew === true) return { summary, trials };
  if (trials.length === 0) return { summary, trials: before.trials };
  const news = new Map(trials.map((trial) => [trial.id, trial]));
  const kept = before.trials.map((trial): PageTrial => {
    const other = news.get(trial.id);
    news.delete(trial.id);
    return other ?? trial;
  });
  return { summary, trials: [...kept, ...news.values()] };
}
