/**
 * Of merges that are as good as each other, the one with fewer LoRAs: each of them that does nothing costs memory and time with every image,
 * and moves what nobody has looked at. As good: no more than one standard error below the best, on the images that both have (the rule of
 * Breiman, Friedman, Olshen and Stone, Classification and Regression Trees, 1984, section 3.4.3). The error is that of the difference of the
 * two tallies, by leaving out one image at a time (the jackknife of Quenouille, 1956, and Tukey, 1958); of arithmetic means it is the usual
 * paired one. With one image in common there is none: then only what is no worse is as good.
 */
import { activeLorasIn, strengthsByBlock } from '../checkpoints/lora/searched-loras.ts';
import type { SearchPlan } from '../journal/record.ts';
import type { TrialScores } from '../judging/trial-scores.ts';
import { isParameterName, lorasAmong } from '../space/parameters.ts';
import type { Architecture } from '../space/blocks.ts';
import { parametersOfSpace } from '../space/space.ts';
import { isBaseline, type Best, type BlockWeights, type EvaluatedTrial } from '../types.ts';
import type { KnownWeights } from './known-weights.ts';

export interface Handed {
  /** The merge to use, by the optimizer's recommendation. */
  readonly best: Best;
  /** What the optimizer's model expects of it; undefined where it has no model. */
  readonly expected: number | undefined;
  /** The merge stands in the place of this one, which has more LoRAs and no clearly better score. Absent = no. */
  readonly insteadOf?: { readonly best: Best; readonly choice: SparseChoice };
}

export interface SparseChoice {
  readonly trial: EvaluatedTrial;
  /** The best score on the images that both have, less that of this one. */
  readonly difference: number;
  /** Of the difference; 0 where both have but one image in common. */
  readonly standardError: number;
  /** That both have. */
  readonly images: number;
  /** LoRAs that the best has and this one does not; none where they are only weaker. */
  readonly without: readonly string[];
}

interface Parts {
  readonly plan: SearchPlan;
  readonly scores: TrialScores;
  readonly known: KnownWeights;
  /** Measured trials that are merges. */
  readonly merges: () => readonly EvaluatedTrial[];
  readonly asBest: (trial: EvaluatedTrial) => Best;
}

/** What is handed to the user, or in its place a merge with fewer LoRAs, where the plan wants that. */
export function withFewerLoras(
  handed: Handed,
  { plan: { config, space }, scores, known, merges, asBest }: Parts,
): Handed {
  // A plan of an earlier version says nothing of it, and its run was not ranked so.
  if (config.fewerLoras !== true || lorasAmong(parametersOfSpace(space)).length === 0) return handed;
  const measured = merges();
  const source = known.trial(handed.best.weights)?.id;
  const best = measured.find(({ id }) => id === handed.best.trial || id === source);
  const others = measured.filter((trial) => !isBaseline(trial));
  const choice = best && sparserThan(best, others, { scores, architecture: space.architecture });
  if (choice === undefined) return handed;
  return { best: asBest(choice.trial), expected: undefined, insteadOf: { best: handed.best, choice } };
}

interface SparseSettings {
  readonly scores: Pick<TrialScores, 'row' | 'tally'>;
  readonly architecture: Architecture;
}

/**
 * @param best the merge that would be recommended
 * @param others measured merges
 * @returns the one with the fewest LoRAs, of these the weakest, that is as good as the best; undefined where that is the best itself
 */
export function sparserThan(
  best: EvaluatedTrial,
  others: readonly EvaluatedTrial[],
  { scores, architecture }: SparseSettings,
): SparseChoice | undefined {
  const loadOf = ({ weights }: EvaluatedTrial): Load => loadIn(weights, architecture);
  const own = loadOf(best);
  const sparser = others
    .map((trial) => ({ trial, load: loadOf(trial) }))
    .filter(({ trial, load }) => compareLoads(load, own) < 0 && !isModelA(trial.weights))
    .toSorted(
      (one, other) =>
        compareLoads(one.load, other.load) ||
        other.trial.score - one.trial.score ||
        one.trial.id - other.trial.id,
    );
  for (const { trial, load } of sparser) {
    const compared = compareOn(scores, best, trial);
    if (compared === undefined || !(compared.difference <= compared.standardError)) continue;
    const without = own.names.filter((name) => !load.names.includes(name));
    return { trial, ...compared, without };
  }
  return undefined;
}

interface Load {
  readonly names: readonly string[];
  /** The strengths without their signs, of each LoRA the mean over its blocks. */
  readonly sum: number;
}

function loadIn(weights: BlockWeights, architecture: Architecture): Load {
  const loras = activeLorasIn(weights);
  const sum = loras.reduce((total, lora) => {
    const strengths = Object.values(strengthsByBlock(lora, architecture));
    return total + strengths.reduce((part, strength) => part + Math.abs(strength), 0) / strengths.length;
  }, 0);
  return { names: loras.map(({ name }) => name), sum };
}

/** Negative where the first one has less. Sums of the same strengths may differ in their last digits. */
function compareLoads(one: Load, other: Load): number {
  const fewer = one.names.length - other.names.length;
  if (fewer !== 0) return fewer;
  return Math.abs(one.sum - other.sum) < SAME_SUM ? 0 : one.sum - other.sum;
}

const SAME_SUM = 1e-9;

/** Nothing is left of the search there. */
function isModelA(weights: BlockWeights): boolean {
  const isStill = Object.entries(weights).every(([name, value]) => isParameterName(name) || value === 0);
  return isStill && activeLorasIn(weights).length === 0;
}

/** On the images that both have; undefined where there is none. */
function compareOn(
  scores: SparseSettings['scores'],
  best: EvaluatedTrial,
  trial: EvaluatedTrial,
): Pick<SparseChoice, 'difference' | 'standardError' | 'images'> | undefined {
  const theirs = scores.row(trial);
  const common = scores.row(best).flatMap((score, position) => {
    const other = theirs[position];
    return score === undefined || other === undefined ? [] : [{ position, score, other }];
  });
  const differenceOf = (images: typeof common): number => {
    const positions = images.map(({ position }) => position);
    const [ours, others] = [images.map(({ score }) => score), images.map(({ other }) => other)];
    return scores.tally(ours, positions) - scores.tally(others, positions);
  };
  const n = common.length;
  if (n === 0) return undefined;
  const difference = differenceOf(common);
  if (n === 1) return { difference, standardError: 0, images: n };
  const without = common.map((left) => differenceOf(common.filter((image) => image !== left)));
  const mean = without.reduce((sum, value) => sum + value, 0) / n;
  const spread = without.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { difference, standardError: Math.sqrt(((n - 1) / n) * spread), images: n };
}
