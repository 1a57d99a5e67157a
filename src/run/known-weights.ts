/** Scores by weights: what was measured of the very same merge is not measured again. */
import { REJECTED } from '../shared/error-codes.ts';
import type { BlockWeights, FinishedTrial, ScoredTrial } from '../types.ts';

export class KnownWeights {
  readonly #trials = new Map<string, ScoredTrial>();
  /** Trials that nobody wants. */
  readonly #rejected = new Map<string, number>();
  /** Of earlier passes that were measured as this run measures. */
  readonly #remembered = new Map<string, number>();

  /** Those of a run have all the same names, or few sets of them. */
  readonly #names = new Map<string, number>();

  /** An evaluated trial of this run. */
  trial(weights: BlockWeights): ScoredTrial | undefined {
    return this.#trials.get(this.#keyOf(weights));
  }

  /** The first trial with these weights that was rejected. */
  rejected(weights: BlockWeights): number | undefined {
    return this.#rejected.get(this.#keyOf(weights));
  }

  /** The score that an earlier pass has measured. */
  remembered(weights: BlockWeights): number | undefined {
    return this.#remembered.get(this.#keyOf(weights));
  }

  remember(weights: BlockWeights, score: number): void {
    this.#remembered.set(this.#keyOf(weights), score);
  }

  /** The first one with these weights stays, with all that it has by now. */
  note(trial: FinishedTrial): void {
    const key = this.#keyOf(trial.weights);
    if (trial.state === 'failed' && trial.failure.code === REJECTED && !this.#rejected.has(key))
      this.#rejected.set(key, trial.id);
    if (trial.state !== 'scored' || trial.source.kind === 'repeat') return;
    const known = this.#trials.get(key);
    if (known === undefined || known.id === trial.id) this.#trials.set(key, trial);
  }

  /** Begins again with these alone; what was remembered stays. */
  renew(trials: readonly FinishedTrial[]): void {
    this.#trials.clear();
    this.#rejected.clear();
    for (const trial of trials) this.note(trial);
  }

  /** Equal for equal weights alone. A run has it of every trial, so it is short: the names stand in it as a number. */
  #keyOf(weights: BlockWeights): string {
    const names = Object.keys(weights).join();
    const number = this.#names.get(names) ?? this.#names.size;
    this.#names.set(names, number);
    return [number, ...Object.values(weights)].join();
  }
}
