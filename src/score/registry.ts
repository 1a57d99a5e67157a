import { usageError } from '../errors.ts';
import { didYouMean } from '../nearest-name.ts';
import { qualityScorer } from './quality.ts';
import { checkScorers } from './score-picture.ts';
import type { WeightedScorer } from './score-picture.ts';
import type { Scorer } from './scorer.ts';

/** What `autombw scorers` says about a scorer before it is loaded. */
export interface ScorerDescription {
  readonly id: string;
  /** One sentence. */
  readonly summary: string;
  /** What the user has to have or install; `nothing` where it works at once. */
  readonly needs: string;
  /** Of the scorer's own code and weights. */
  readonly licence: string;
  readonly needsPrompt: boolean;
  readonly range: Scorer['range'];
  readonly higherIsBetter: boolean;
}

interface Entry {
  readonly summary: string;
  readonly needs: string;
  readonly licence: string;
  readonly create: () => Scorer;
}

/** A new scorer is one file and one row. Creating must be cheap: what is heavy is loaded by `open`. */
const REGISTRY: ReadonlyMap<string, Entry> = new Map([
  [
    'quality',
    {
      summary: 'Technical soundness from classical measures: sharpness, noise, contrast, exposure, colour.',
      needs: 'nothing',
      licence: 'MIT',
      create: qualityScorer,
    },
  ],
]);

export const scorerNames: readonly string[] = [...REGISTRY.keys()];

/** A name alone counts with weight 1. */
export type ScorerChoice = string | { readonly id: string; readonly weight: number };

/**
 * One new scorer per choice, in order.
 * @throws usage error `scorer-unknown`, `scorer-none`, `scorer-twice` or `scorer-weight`
 */
export function createScorers(choices: readonly ScorerChoice[]): WeightedScorer[] {
  const scorers = choices.map((choice) => {
    const { id, weight } = typeof choice === 'string' ? { id: choice, weight: 1 } : choice;
    const entry = REGISTRY.get(id);
    if (entry !== undefined) return { scorer: entry.create(), weight };
    const hint = didYouMean(id, scorerNames);
    throw usageError(
      'scorer-unknown',
      `There is no scorer "${id}".${hint} Choose one of ${scorerNames.join(', ')}.`,
    );
  });
  checkScorers(scorers);
  return scorers;
}

export function describeScorers(): readonly ScorerDescription[] {
  return [...REGISTRY].map(([id, { summary, needs, licence, create }]) => {
    const { needsPrompt, range, higherIsBetter } = create();
    return { id, summary, needs, licence, needsPrompt, range, higherIsBetter };
  });
}
