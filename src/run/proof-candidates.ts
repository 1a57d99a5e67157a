/** Who is compared in a proof: what the run recommends, the runner-up, and what both have to beat. */
import type { SearchPlan } from '../journal/record.ts';
import { usageError } from '../shared/errors.ts';
import type { Candidate } from '../proof/proof.ts';
import type { RecordedProof } from '../proof/read-proofs.ts';
import { isPlainModel } from '../proof/verdict.ts';
import type { Capabilities } from '../renderers/index.ts';
import { decode } from '../space/space.ts';
import {
  BASELINE_NAMES,
  isBaseline,
  mergesOf,
  type BaselineName,
  type Best,
  type BlockWeights,
  type ScoredTrial,
} from '../types.ts';
import { baselineWeights } from './baseline-weights.ts';
import type { RunState } from './run-state.ts';

export interface CandidateSettings {
  readonly plan: SearchPlan;
  readonly state: RunState;
  /** Of the server; undefined where none is asked. */
  readonly capabilities: Pick<Capabilities, 'tied' | 'fixed' | 'parts' | 'parameters'> | undefined;
  /** What earlier proofs have compared with: the same again. */
  readonly proofs: readonly RecordedProof[];
  /** Another iteration in place of the recommended one. */
  readonly iteration?: number | undefined;
}

/** @returns none where no iteration was scored @throws usage error `iteration-unknown` */
export function proofCandidates({
  plan,
  state,
  proofs,
  capabilities,
  iteration,
}: CandidateSettings): Candidate[] {
  const earlier = proofs.at(-1)?.plan.candidates ?? [];
  const handed = state.recommended();
  const best = iteration === undefined ? handed?.best : chosen(state, iteration);
  if (best === undefined) return [];
  const baselines = BASELINE_NAMES.map((name) => ({
    name,
    trial: baselineTrial(state, name),
    weights:
      earlier.find((candidate) => candidate.name === name)?.weights ??
      plannedBaseline(plan, name, capabilities),
  }));
  // Whoever gave way to fewer LoRAs is the one to compare with.
  const replaced = iteration === undefined ? handed?.insteadOf?.best : undefined;
  const second = replaced ?? runnerUp(state, plan, { best: best.weights, baselines });
  return [
    { name: 'best', trial: best.trial, weights: best.weights },
    ...(second === undefined
      ? []
      : [{ name: 'runner-up' as const, trial: second.trial, weights: second.weights }]),
    ...baselines,
  ];
}

/** One that was in doubt was measured again under another number: the last one counts. */
function baselineTrial({ trials }: RunState, name: BaselineName): number | null {
  const measured = trials.filter((trial) => trial.state === 'scored');
  return measured.findLast((trial) => isBaseline(trial) && trial.baseline === name)?.id ?? null;
}

function chosen({ trials }: RunState, iteration: number): { trial: number; weights: BlockWeights } {
  const trial = trials.find(({ id }) => id === iteration);
  if (trial !== undefined) return { trial: trial.id, weights: trial.weights };
  throw usageError('iteration-unknown', `The run has no iteration ${iteration}; it has ${trials.length}.`);
}

interface Known {
  readonly best: BlockWeights;
  readonly baselines: readonly Candidate[];
}

/** The second by the same measure as the best, among merges that clearly differ from it; never model A or B by itself. */
function runnerUp(
  state: RunState,
  plan: SearchPlan,
  { best, baselines }: Known,
): Pick<Best, 'trial' | 'weights'> | undefined {
  const merges = new Set(mergesOf(state.trials).map(({ id }) => id));
  const isOther = (weights: BlockWeights): boolean =>
    meanDifference(plan, best, weights) >= CLEARLY && !isPlainModel(weights, baselines);
  const isMerge = (trial: ScoredTrial): boolean =>
    merges.has(trial.id) && !isBaseline(trial) && isOther(trial.weights);
  const advice = state.bestAmong((values) => isOther(decode(plan.space, values)));
  const advised = advice && state.known.trial(decode(plan.space, advice.values));
  if (advised !== undefined && isMerge(advised)) return { trial: advised.id, weights: advised.weights };
  const rank = ({ id, score }: ScoredTrial): number => state.comparable.get(id) ?? score;
  const [first] = state.trials
    .filter((trial) => trial.state === 'scored')
    .filter(isMerge)
    .toSorted((one, other) => rank(other) - rank(one));
  return first && { trial: first.id, weights: first.weights };
}

/** Mean difference of the weights: below it two merges draw nearly the same images. */
const CLEARLY = 0.05;

/** Of a parameter in shares of its range. Where parameters are searched, what never moves does not count. */
function meanDifference({ space }: SearchPlan, one: BlockWeights, other: BlockWeights): number {
  const parameters = space.dimensions.filter(({ parameter }) => parameter !== undefined);
  const moving = space.dimensions.flatMap(({ name, blocks, parameter }) =>
    parameter === undefined ? blocks : [name],
  );
  const names = parameters.length > 0 ? moving : [...new Set([...Object.keys(one), ...Object.keys(other)])];
  const total = names.reduce((sum, name) => {
    const difference = Math.abs((one[name] ?? 0) - (other[name] ?? 0));
    const dimension = parameters.find((parameter) => parameter.name === name);
    return sum + (dimension === undefined ? difference : difference / (dimension.high - dimension.low));
  }, 0);
  return total / Math.max(1, names.length);
}

/** As the plan has them; a run that did not measure them has them from what its server can set. */
function plannedBaseline(
  { baselines = [], space }: SearchPlan,
  name: BaselineName,
  capabilities: CandidateSettings['capabilities'],
): BlockWeights {
  return (
    baselines.find((baseline) => baseline.name === name)?.weights ??
    baselineWeights(space, name, capabilities)
  );
}
