import { z } from 'zod';
import { defineOptimizer } from '../definition.ts';
import type { CubePoint } from '../ask-tell/grid.ts';
import { ascend, spreadStarts } from '../model/grid-ascent.ts';
import { initialize, uniformPoint } from '../ask-tell/initial-points.ts';
import { withPessimism, type Sample } from '../model/pessimism.ts';
import { createInitialDesign } from '../ask-tell/initial-design.ts';
import type { Proposer, ProposerContext } from '../ask-tell/proposer.ts';

const options = z.strictObject({
  semantics: z
    .enum(['fixed', 'compat'])
    .default('fixed')
    .describe('compat: the slope of version 1.3, over the smallest difference of any coordinate'),
  initialize,
});

type Semantics = z.output<typeof options>['semantics'];

export const lipschitz = defineOptimizer({
  name: 'lipschitz',
  pythonClass: 'LipschitzOptimizer',
  version: 1,
  title: 'Lipschitz optimisation',
  sentence:
    'Tries the point where the steepest slope seen so far would still allow the highest score; explores evenly.',
  source:
    'Piyavskii 1972 and Shubert 1972 with the slope estimated as in Malherbe & Vayatis 2017 (LIPO, arXiv 1703.02628); Gradient-Free-Optimizers 1.3, LipschitzOptimizer.',
  options,
  createProposer: createLipschitz,
});

function createLipschitz(settings: z.output<typeof options>, { grid, seed }: ProposerContext): Proposer {
  const start = createInitialDesign(grid, settings.initialize, 2, seed);

  return {
    propose(ask) {
      const { random, history } = ask;
      const first = start(ask);
      if (first !== undefined) return first;
      if (history.observations.length < 2) return uniformPoint(grid, random);
      const constant = lipschitzConstant(history.observations, settings.semantics);
      const samples = withPessimism(history);
      const bound = (point: CubePoint): number => upperBound(point, samples, constant);
      const starts = spreadStarts(grid, history.observations, 50, random);
      const effort = { climbs: 1, sweeps: 1 };
      return ascend(bound, grid, starts, history.isTaken, effort, random) ?? uniformPoint(grid, random);
    },
  };
}

/**
 * The steepest slope between two samples. fixed: by Euclidean distance. compat: by the smallest coordinate difference,
 * of those pairs that differ in every coordinate; 1 when there is none.
 */
export function lipschitzConstant(samples: readonly Sample[], semantics: Semantics): number {
  let steepest = semantics === 'compat' ? Number.NaN : 0;
  for (const [i, one] of samples.entries()) {
    for (const other of samples.slice(0, i)) {
      const gap =
        semantics === 'compat' ? smallestGap(one.point, other.point) : distance(one.point, other.point);
      if (gap > 0)
        steepest = Math.max(Number.isNaN(steepest) ? 0 : steepest, Math.abs(one.score - other.score) / gap);
    }
  }
  return Number.isNaN(steepest) ? 1 : steepest;
}

/** The highest score that the samples allow at a point. */
export function upperBound(point: CubePoint, samples: readonly Sample[], constant: number): number {
  let bound = Infinity;
  for (const sample of samples)
    bound = Math.min(bound, sample.score + constant * distance(point, sample.point));
  return bound;
}

function distance(a: CubePoint, b: CubePoint): number {
  let square = 0;
  for (let d = 0; d < a.length; d++) square += ((a[d] as number) - (b[d] as number)) ** 2;
  return Math.sqrt(square);
}

function smallestGap(a: CubePoint, b: CubePoint): number {
  return a.reduce((gap, x, d) => Math.min(gap, Math.abs(x - (b[d] as number))), Infinity);
}
