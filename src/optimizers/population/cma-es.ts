import { z } from 'zod';
import {
  colour,
  startDistribution,
  strategyConstants,
  update,
  whiten,
  type Distribution,
} from './cma/distribution.ts';
import { correctMargin } from './cma/margin.ts';
import { defineOptimizer } from '../definition.ts';
import type { CubePoint, Grid } from '../ask-tell/grid.ts';
import { initialize, uniformPoint } from '../ask-tell/initial-points.ts';
import { createRng } from '../math/rng.ts';
import { createInitialDesign } from '../ask-tell/initial-design.ts';
import type { Observation, Proposer, ProposerContext } from '../ask-tell/proposer.ts';

const options = z.strictObject({
  population: z
    .int()
    .min(4)
    .optional()
    .describe('samples per generation; default 4 + ⌊3 ln n⌋ in n dimensions'),
  mu: z.int().min(1).optional().describe('samples used for the next mean; default half of them'),
  sigma: z.number().positive().default(0.3).describe('first standard deviation, as a share of the range'),
  ipop_restart: z
    .boolean()
    .default(false)
    .describe('restart with twice the population when nothing has improved for long'),
  initialize,
});

export const cmaEs = defineOptimizer({
  name: 'cma-es',
  pythonClass: 'CMAESOptimizer',
  version: 1,
  title: 'CMA-ES with margin',
  sentence:
    'Samples from a normal distribution that adapts its place, width and shape; strong from a hundred evaluations on.',
  source:
    'Hansen 2016 (arXiv 1604.00772), margin for grids by Hamano et al. 2022 (arXiv 2205.13482), foreign points by Hansen 2011 (arXiv 1110.4181); parameters of Gradient-Free-Optimizers 1.11, CMAESOptimizer.',
  options,
  createProposer: createCmaEs,
});

interface Sample {
  /** y: the step from the mean in units of σ A. */
  readonly step: Float64Array;
  readonly score: number | undefined;
}

const LARGEST_POPULATION = 2048;

function createCmaEs(settings: z.output<typeof options>, { grid, seed }: ProposerContext): Proposer {
  const n = grid.size;
  const start = createInitialDesign(grid, settings.initialize, 1, seed);
  const drawn = new Map<
    number,
    { readonly raw: Float64Array; readonly generation: number; readonly run: number }
  >();
  let lambda = settings.population ?? 4 + Math.floor(3 * Math.log(Math.max(1, n)));
  let constants = strategyConstants(n, settings.mu ?? Math.floor(lambda / 2));
  let state: Distribution | undefined;
  let best: Observation | undefined;
  let samples: Sample[] = [];
  let lastGain = 0;
  let run = 0;

  function finishGeneration(state: Distribution): void {
    const scored = samples.filter(({ score }) => score !== undefined) as (Sample & { score: number })[];
    samples = [];
    if (scored.length === 0) return;
    const ranked = scored.toSorted((a, b) => b.score - a.score);
    const flat = ranked.length > 1 && ranked[0]?.score === ranked.at(-1)?.score;
    update(
      state,
      ranked.slice(0, constants.weights.length).map(({ step }) => step),
      constants,
      flat,
    );
    keepReachable(state, grid, 1 / (lambda * n));
    if (settings.ipop_restart && state.generation - lastGain > 10 + Math.floor((30 * n) / lambda)) restart();
  }

  function restart(): void {
    lambda = Math.min(LARGEST_POPULATION, 2 * lambda);
    constants = strategyConstants(n, Math.floor(lambda / 2));
    run++;
    lastGain = 0;
    state = startDistribution(uniformPoint(grid, createRng(seed, 1, run)), settings.sigma);
  }

  return {
    propose(ask) {
      const { id, random, history } = ask;
      const first = start(ask);
      if (first !== undefined) return first;
      if (n === 0) return [];
      state ??= startDistribution(
        startMean(history.observations) ?? uniformPoint(grid, random),
        settings.sigma,
      );
      const { mean, sigma, stretch, generation } = state;
      const y = colour(
        state,
        Float64Array.from({ length: n }, () => random.normal()),
      );
      const raw = y.map((step, d) => (mean[d] as number) + sigma * (stretch[d] as number) * step);
      drawn.set(id, { raw, generation, run });
      return raw;
    },
    observe(outcome) {
      const own = outcome.id === undefined ? undefined : drawn.get(outcome.id);
      if (outcome.id !== undefined) drawn.delete(outcome.id);
      if (outcome.score !== undefined && (best === undefined || outcome.score > best.score)) {
        best = outcome;
        lastGain = state?.generation ?? 0;
      }
      if (state === undefined || (own === undefined && outcome.score === undefined)) return;
      const raw = own === undefined ? outcome.point : asEvaluated(own.raw, outcome.point, grid);
      const step = stepFrom(state, raw);
      const foreign = own === undefined || own.run !== run || own.generation !== state.generation;
      samples.push({ step: foreign ? shortened(state, step) : step, score: outcome.score });
      if (samples.length >= lambda) finishGeneration(state);
    },
  };
}

/** The sample as drawn, save where another grid value was evaluated in its place. */
function asEvaluated(raw: ArrayLike<number>, point: CubePoint, grid: Grid): number[] {
  const snapped = grid.snap(raw);
  return point.map((x, d) => (snapped[d] === x ? (raw[d] as number) : x));
}

function stepFrom({ mean, sigma, stretch }: Distribution, raw: ArrayLike<number>): Float64Array {
  return mean.map((m, d) => ((raw[d] as number) - m) / (sigma * (stretch[d] as number)));
}

/** A foreign point counts, but not as a step that this distribution would hardly ever take (Hansen 2011, equation 4). */
function shortened(state: Distribution, step: Float64Array): Float64Array {
  const n = step.length;
  const factor = Math.min(1, (Math.sqrt(n) + (2 * n) / (n + 2)) / Math.hypot(...whiten(state, step)));
  return step.map((y) => factor * y);
}

function keepReachable({ mean, stretch, sigma, covariance }: Distribution, grid: Grid, alpha: number): void {
  for (const [d, steps] of grid.intervals.entries()) {
    if (steps === 0) {
      mean[d] = Math.min(1, Math.max(0, mean[d] as number));
      continue;
    }
    const spread = sigma * Math.sqrt(covariance[d * mean.length + d] as number);
    const corrected = correctMargin(
      { mean: mean[d] as number, stretch: stretch[d] as number },
      spread,
      steps,
      alpha,
    );
    mean[d] = corrected.mean;
    stretch[d] = corrected.stretch;
  }
}

/**
 * The mean of what is known, weighted by e^(2z) of the standardised scores z: near the best one, the nearer the further
 * it is ahead of the others. A good warm start is kept; among random points the runners-up have a say.
 */
export function startMean(observations: readonly Observation[]): number[] | undefined {
  const [first] = observations;
  if (first === undefined) return undefined;
  const average = observations.reduce((sum, { score }) => sum + score / observations.length, 0);
  const variance = observations.reduce(
    (sum, { score }) => sum + (score - average) ** 2 / observations.length,
    0,
  );
  const deviation = variance > 0 ? Math.sqrt(variance) : 1;
  const weights = observations.map(({ score }) => Math.exp((2 * (score - average)) / deviation));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return first.point.map((_, d) =>
    observations.reduce(
      (sum, { point }, i) => sum + ((weights[i] as number) / total) * (point[d] as number),
      0,
    ),
  );
}
