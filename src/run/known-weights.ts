/** Scores by weights: what was measured of the very same merge is not measured again. */
import { hashOfNumbers } from '../shared/hashes/number-hash.ts';
import { REJECTED } from '../shared/error-codes.ts';
import { Multimap } from '../shared/multimap.ts';
import type { BlockWeights, FinishedTrial, ScoredTrial } from '../types.ts';

export class KnownWeights {
  /** By the hash of their weights: a run has all of its trials here. */
  readonly #trials = new Multimap<number, ScoredTrial>();
  /** Trials that nobody wants. */
  readonly #rejected = new Map<string, number>();
  /** Of earlier passes that were measured as this run measures. */
  readonly #remembered = new Map<string, number>();

  /** Those of a run have all the same names, or few sets of them. */
  readonly #names = new Map<string, number>();

  /** An evaluated trial of this run. */
  trial(weights: BlockWeights): ScoredTrial | undefined {
    return this.#trialIn(hashOf(weights), weights);
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
    const { weights } = trial;
    if (trial.state === 'failed' && trial.failure.code === REJECTED) {
      const key = this.#keyOf(weights);
      if (!this.#rejected.has(key)) this.#rejected.set(key, trial.id);
    }
    if (trial.state !== 'scored' || trial.source.kind === 'repeat') return;
    const hash = hashOf(weights);
    const known = this.#trialIn(hash, weights);
    if (known === undefined) this.#trials.add(hash, trial);
    else if (known.id === trial.id) this.#trials.replace(hash, known, trial);
  }

  /** Begins again with these alone; what was remembered stays. */
  renew(trials: readonly FinishedTrial[]): void {
    this.#trials.clear();
    this.#rejected.clear();
    for (const trial of trials) this.note(trial);
  }

  #trialIn(hash: number, weights: BlockWeights): ScoredTrial | undefined {
    const trials = this.#trials.of(hash);
    if (trials.length === 0) return undefined;
    const key = this.#keyOf(weights);
    return trials.find((trial) => this.#keyOf(trial.weights) === key);
  }

  /** Equal for equal weights alone. It is short: the names stand in it as a number. */
  #keyOf(weights: BlockWeights): string {
    const names = Object.keys(weights).join();
    const number = this.#names.get(names) ?? this.#names.size;
    this.#names.set(names, number);
    return [number, ...Object.values(weights)].join();
  }
}

function hashOf(weights: BlockWeights): number {
  return hashOfNumbers(Object.values(weights));
}
