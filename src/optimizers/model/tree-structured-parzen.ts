import { z } from 'zod';
import { defineOptimizer } from '../definition.ts';
import { roundHalfEven } from '../../shared/round-half-even.ts';
import type { CubePoint, Grid } from '../ask-tell/grid.ts';
import { ascend } from './grid-ascent.ts';
import { initialize, uniformPoint } from '../ask-tell/initial-points.ts';
import { logKernelDensity, parzenDensity, type Density } from './parzen.ts';
import { createInitialDesign } from '../ask-tell/initial-design.ts';
import type { History, Proposer, ProposerContext } from '../ask-tell/proposer.ts';

const options = z.strictObject({
  gamma_tpe: z.number().min(0).max(1).default(0.2).describe('share of the points that count as good'),
  multivariate: z
    .boolean()
    .default(true)
    .describe('windows over whole points; otherwise each coordinate is treated separately'),
  semantics: z
    .enum(['fixed', 'compat'])
    .default('fixed')
    .describe('compat: windows of one grid step regardless of the number of points, as in version 1.3'),
  initialize,
});

export const treeStructuredParzen = defineOptimizer({
  name: 'tree-structured-parzen',
  pythonClass: 'TreeStructuredParzenEstimators',
  version: 1,
  title: 'Tree-structured Parzen estimators',
  sentence:
    'Estimates where good and bad points lie and proposes points most likely to be good rather than bad.',
  source:
    'Bergstra, Bardenet, Bengio & Kégl 2011; Watanabe 2023 (arXiv 2304.11127); parameters of Gradient-Free-Optimizers 1.3, TreeStructuredParzenEstimators.',
  options,
  createProposer: createTreeStructuredParzen,
});

type Settings = z.output<typeof options>;
type Valuation = (point: CubePoint) => number;

/** Draws from the density of the good points that compete for the start of the ascent. */
const CANDIDATES = 24;

function createTreeStructuredParzen(settings: Settings, { grid, seed }: ProposerContext): Proposer {
  const start = createInitialDesign(grid, settings.initialize, 2, seed);

  return {
    propose(ask) {
      const { random, history } = ask;
      const first = start(ask);
      if (first !== undefined) return first;
      if (history.observations.length < 2) return uniformPoint(grid, random);
      const { good, bad } = splitByScore(history, settings.gamma_tpe);
      const density = parzenDensity(good, grid, bandwidth(good.length, grid.size), settings.multivariate);
      const ratio =
        settings.semantics === 'compat'
          ? compatScore(good, bad, grid, settings.gamma_tpe)
          : fixedRatio(density, bad);
      const candidates = Array.from({ length: CANDIDATES }, () => density.sample(random));
      return (
        ascend(ratio, grid, candidates, history.isTaken, { climbs: 1, sweeps: 1 }, random) ??
        candidates[0] ??
        []
      );
    },
  };

  function fixedRatio(good: Density, bad: readonly CubePoint[]): Valuation {
    const other = parzenDensity(bad, grid, bandwidth(bad.length, grid.size), settings.multivariate);
    return (point) => good.log(point) - other.log(point);
  }
}

/** Windows of one grid step around whole points, as in version 1.3. */
function compatScore(
  good: readonly CubePoint[],
  bad: readonly CubePoint[],
  { intervals }: Grid,
  gamma: number,
): Valuation {
  const index = (point: CubePoint): number[] => point.map((x, d) => x * ((intervals[d] as number) || 100));
  const [goodIndices, badIndices] = [good.map(index), bad.map(index)];
  return (point) =>
    parzenScore(
      logKernelDensity(goodIndices, index(point), 1),
      logKernelDensity(badIndices, index(point), 1),
      gamma,
    );
}

/** The best share and the rest; failed points and those under way are not good. There is one of each at least. */
function splitByScore(
  { observations, open, failed }: History,
  gamma: number,
): { readonly good: CubePoint[]; readonly bad: CubePoint[] } {
  const ranked = observations.toSorted((a, b) => b.score - a.score).map(({ point }) => point);
  const count = Math.min(ranked.length - 1, Math.max(1, roundHalfEven(gamma * ranked.length)));
  return { good: ranked.slice(0, count), bad: [...ranked.slice(count), ...open, ...failed] };
}

/** Expected improvement up to order (Bergstra et al. 2011, equation 4): 1 / (γ + (1 − γ) · bad/good). */
export function parzenScore(logGood: number, logBad: number, gamma: number): number {
  return 1 / (gamma + (1 - gamma) * Math.exp(logBad - logGood));
}

/** Scott's rule for the number of points; the factor is near the standard deviation of uniform points. */
function bandwidth(count: number, dimensions: number): number {
  return Math.max(0.05, 0.3 * count ** (-1 / (dimensions + 4)));
}
