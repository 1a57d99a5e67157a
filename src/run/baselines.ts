/** Which baselines of a run are still to be measured, and which are under way. */
import type { SearchPlan } from '../journal/record.ts';
import { isDoubted } from '../stop/stop-rule.ts';
import { isBaseline, type BaselineName, type FinishedTrial, type OpenTrial } from '../types.ts';

type PlannedBaseline = NonNullable<SearchPlan['baselines']>[number];

export class Baselines {
  readonly #planned: readonly PlannedBaseline[];
  /** Asked and not finished, by trial. */
  readonly #asked = new Map<number, BaselineName>();
  /** Trials that finished in earlier sessions. */
  #before = 0;

  constructor({ baselines = [] }: Pick<SearchPlan, 'baselines'>) {
    this.#planned = baselines;
  }

  /** @returns the first one that nobody has measured or is measuring; undefined when all are there */
  next(trials: readonly FinishedTrial[]): PlannedBaseline | undefined {
    const begun = new Set<BaselineName>(this.#asked.values());
    for (const [i, trial] of trials.entries()) {
      // They are among the first.
      if (begun.size === this.#planned.length) return undefined;
      // Before a run is resumed, what made them fail is usually put right.
      const isToRetry = isDoubted(trial) || (trial.state === 'failed' && i < this.#before);
      if (isBaseline(trial) && !isToRetry) begun.add(trial.baseline);
    }
    return this.#planned.find(({ name }) => !begun.has(name));
  }

  begin(trial: OpenTrial): void {
    if (isBaseline(trial)) this.#asked.set(trial.id, trial.baseline);
  }

  finish(id: number): void {
    this.#asked.delete(id);
  }

  /** @param finished trials of earlier sessions @param unfinished what they had asked for */
  resume(finished: number, unfinished: Iterable<OpenTrial>): void {
    this.#before = finished;
    for (const trial of unfinished) this.begin(trial);
  }

  /** How many of them are being worked on. @param waiting asked in an earlier session, and not taken up yet */
  open(waiting: readonly OpenTrial[]): number {
    return this.#asked.size - waiting.filter((trial) => isBaseline(trial)).length;
  }
}
