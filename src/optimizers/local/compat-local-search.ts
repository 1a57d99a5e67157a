/**
 * The hill climbers as Gradient-Free-Optimizers 1.3 ran them, only to explain old logs: they start from the first
 * point instead of the best one, decide when the number of trials divides by `n_neighbours`, and jump to a random
 * place when a step leaves the box.
 */
import { roundHalfEven } from '../../shared/round-half-even.ts';
import type { CubePoint, Grid } from '../ask-tell/grid.ts';
import { uniformPoint } from '../ask-tell/initial-points.ts';
import type { Behaviour, LocalSearchOptions } from './behaviour.ts';
import { createRng, type Rng } from '../math/rng.ts';
import { createInitialDesign } from '../ask-tell/initial-design.ts';
import type { Observation, Proposer, ProposerContext } from '../ask-tell/proposer.ts';
import { takeStep } from './steps.ts';

/** No other stream of the run has this word. */
const DECISION = 1001;

export function createCompatLocalSearch(
  settings: LocalSearchOptions,
  behaviour: Behaviour,
  { grid, seed }: ProposerContext,
): Proposer {
  const first = createInitialDesign(grid, settings.initialize, 1, seed);
  const moves = new Map<number, number>();
  const scored: Observation[] = [];
  let trials = 0;
  let current: Observation | undefined;
  let gained = true;

  return {
    repeats: true,
    propose(ask) {
      const { id, random } = ask;
      const initial = first(ask);
      if (initial !== undefined) return initial;
      if (current === undefined) return uniformPoint(grid, random);
      const move = moves.get(id) ?? moves.size;
      moves.set(id, move);
      if (behaviour.jumps?.(id - 1) === true || random.uniform() < settings.rand_rest_p) {
        return uniformPoint(grid, random);
      }
      const epsilon = settings.epsilon * (behaviour.stepFactor?.(move, gained) ?? 1);
      return roundOrJump(
        takeStep(current.point, grid, epsilon, settings.distribution, random, 0),
        grid,
        random,
      );
    },
    observe(outcome) {
      if (outcome.id === undefined) return;
      const trial = trials++;
      if (outcome.score === undefined) return;
      scored.push(outcome);
      current ??= outcome;
      const move = moves.get(outcome.id);
      if (move === undefined) return;
      if (trial % settings.n_neighbours === 0) {
        const best = scored.slice(-settings.n_neighbours).reduce((a, b) => (b.score >= a.score ? b : a));
        if (best.score > current.score) current = best;
      }
      gained = outcome.score > current.score;
      if (gained) return;
      const probability = behaviour.compatAcceptance?.(current.score, outcome.score, move) ?? 0;
      if (createRng(seed, outcome.id, DECISION).uniform() < probability) current = outcome;
    },
  };
}

/**
 * Rounds to the grid and clips; but a point that lies further outside the box than ∏(N_d / 100) index steps is
 * replaced by a uniform one. With fewer than 100 values a dimension that is any point outside. Dimensions of one
 * value count in the product.
 */
export function roundOrJump(point: CubePoint, grid: Grid, random: Rng): number[] {
  const clipped = grid.snap(point);
  let logLimit = (grid.values(clipped).length - grid.size) * Math.log(1 / 100);
  let overflow = 0;
  for (const [d, steps] of grid.intervals.entries()) {
    if (steps === 0) continue;
    logLimit += Math.log((steps + 1) / 100);
    overflow +=
      (roundHalfEven((point[d] as number) * steps) - Math.round((clipped[d] as number) * steps)) ** 2;
  }
  return Math.log(overflow) / 2 > logLimit ? uniformPoint(grid, random) : clipped;
}
