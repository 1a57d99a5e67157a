/** From the images of all candidates to what they show. */
import { compare, LEVEL, type Pairing } from './statistics.ts';
import type { Candidate, CandidateImages, CandidateName, ProofPlan, Verdict } from './proof.ts';
import { BASELINE_NAMES, isModelItself, type BlockWeights } from '../types.ts';

export interface VerdictSettings {
  /** 1 = nobody has looked at these images before by the same scorers. */
  readonly look: number;
  /** What an image of a payload counts; 1 unless named. */
  readonly payloadWeight?: Readonly<Record<string, number>> | undefined;
}

/** @param results of every candidate of the plan */
export function verdictOf(
  plan: ProofPlan,
  results: readonly CandidateImages[],
  { look, payloadWeight = {} }: VerdictSettings,
): Verdict {
  const payloads = new Map(plan.requests.map(({ id, payload }) => [id, payload]));
  const weights = plan.images.map(({ request }) => payloadWeight[payloads.get(request) ?? ''] ?? 1);
  const scores = new Map(results.map((result) => [result.candidate.name, scoresOf(plan, result)]));
  const pairings = pairsOf(plan.candidates).map(([of, against]): Pairing => {
    const [first = [], second = []] = [scores.get(of), scores.get(against)];
    const differences = first.map((score, i) => differenceOf(score, second[i]));
    return { of, against, differences };
  });
  const comparisons = compare(pairings, { look, weights });
  const isBetter = (of: CandidateName, against: CandidateName): boolean =>
    comparisons.some((one) => one.of === of && one.against === against && one.result === 'better');
  const winner = isBetter('runner-up', 'best') ? 'runner-up' : 'best';
  const toBeat = pairings.filter(({ of, against }) => of === winner && isBaselineName(against));
  return {
    images: plan.images.length,
    level: LEVEL,
    means: results.flatMap(({ candidate: { name } }) => meanOf(name, scores.get(name) ?? [], weights)),
    comparisons,
    winner,
    isProved:
      !isPlainModel(weightsOf(plan, winner), plan.candidates) &&
      toBeat.length > 0 &&
      toBeat.every(({ against }) => isBetter(winner, against)),
    look,
  };
}

function weightsOf({ candidates }: ProofPlan, name: CandidateName): BlockWeights {
  return candidates.find((candidate) => candidate.name === name)?.weights ?? {};
}

/** Are these the weights of model A or B by itself? Then there is no merge that could be better than its models. */
export function isPlainModel(weights: BlockWeights, candidates: readonly Candidate[]): boolean {
  return candidates.some(
    (other) =>
      isModelItself({ baseline: other.name, weights: other.weights }) && isSameMerge(other.weights, weights),
  );
}

/** The best and the runner-up against every baseline, and against each other; none with its equal. */
function pairsOf(candidates: readonly Candidate[]): (readonly [CandidateName, CandidateName])[] {
  const merges = candidates.filter(({ name }) => !isBaselineName(name));
  const baselines = candidates.filter(({ name }) => isBaselineName(name));
  const pairs = [
    ...merges.flatMap((merge) => baselines.map((baseline) => [merge, baseline] as const)),
    ...merges.slice(1).map((other) => [other, merges[0] ?? other] as const),
  ];
  return pairs
    .filter(([one, other]) => !isSameMerge(one.weights, other.weights))
    .map(([one, other]) => [one.name, other.name]);
}

/** Their images are the same to the pixel: no block has another weight. */
export function isSameMerge(one: BlockWeights, other: BlockWeights): boolean {
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].every(
    (block) => (one[block] ?? 0) === (other[block] ?? 0),
  );
}

export function isBaselineName(name: string): boolean {
  return BASELINE_NAMES.some((baseline) => baseline === name);
}

/** In the order of the plan's images. */
function scoresOf({ images }: ProofPlan, result: CandidateImages): (number | undefined)[] {
  const keyOf = ({ request, index }: { readonly request: string; readonly index: number }): string =>
    JSON.stringify([request, index]);
  const scores = new Map(result.images.map((image) => [keyOf(image), image.score]));
  return images.map((image) => scores.get(keyOf(image)));
}

function differenceOf(first: number | undefined, second: number | undefined): number | undefined {
  return first === undefined || second === undefined ? undefined : first - second;
}

function meanOf(
  name: CandidateName,
  scores: readonly (number | undefined)[],
  weights: readonly number[],
): Verdict['means'] {
  let [sum, total, images] = [0, 0, 0];
  for (const [i, score] of scores.entries()) {
    if (score === undefined) continue;
    const weight = weights[i] ?? 1;
    sum += weight * score;
    total += weight;
    images++;
  }
  return total > 0 ? [{ name, mean: sum / total, images }] : [];
}
