/** Scores by weights: what was measured of the very same merge is not measured again. */
import type { BlockWeights, FinishedTrial, ScoredTrial } from '../types.ts';

export class KnownWeights {
  readonly #trials = new Map<string, ScoredTrial>();
  /** Of earlier passes that were measured as this run measures. */
  readonly #remembered = new Map<string, number>();

  /** An evaluated trial of this run. */
  trial(weights: BlockWeights): ScoredTrial | undefined {
    return this.#trials.get(JSON.stringify(weights));
  }

  /** The score that an earlier pass has measured. */
  remembered(weights: BlockWeights): number | undefined {
    return this.#remembered.get(JSON.stringify(weights));
  }

  remember(weights: BlockWeights, score: number): void {
    this.#remembered.set(JSON.stringify(weights), score);
  }

  /** The first one with these weights stays, with all that it has by now. */
  note(trial: FinishedTrial): void {
    if (trial.state !== 'scored' || trial.source.kind === 'repeat') return;
    const key = JSON.stringify(trial.weights);
    const known = this.#trials.get(key);
    if (known === undefined || known.id === trial.id) this.#trials.set(key, trial);
  }

  /** Begins again with these alone; what was remembered stays. */
  renew(trials: readonly FinishedTrial[]): void {
    this.#trials.clear();
    for (const trial of trials) this.note(trial);
  }
}
