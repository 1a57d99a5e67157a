import { z } from 'zod';
import { defineOptimizer } from '../definition.ts';
import type { CubePoint } from '../ask-tell/grid.ts';
import { initialize, uniformPoint } from '../ask-tell/initial-points.ts';
import type { Rng } from '../math/rng.ts';
import { createInitialDesign } from '../ask-tell/initial-design.ts';
import type { AskContext, Observation, Proposer, ProposerContext } from '../ask-tell/proposer.ts';

const options = z.strictObject({
  n_positions: z
    .int()
    .min(1)
    .default(4)
    .describe('coordinates a wide pattern moves together; half the points tried before a long move'),
  pattern_size: z
    .number()
    .positive()
    .default(0.25)
    .describe('distance of the pattern points, as a share of the range'),
  reduction: z
    .number()
    .gt(0)
    .lt(1)
    .default(0.9)
    .describe('factor applied to the size when nothing better is found; down to one grid step'),
  initialize,
});

export const patternSearch = defineOptimizer({
  name: 'pattern-search',
  pythonClass: 'PatternSearch',
  version: 1,
  title: 'Pattern search',
  sentence:
    'Moves a few coordinates together up and down, then single ones, and repeats improvements as one long move.',
  source:
    'Hooke & Jeeves, Journal of the ACM 8, 1961, with random coordinate groups as in Audet & Dennis 2006; parameters of Gradient-Free-Optimizers 1.3, PatternSearch.',
  options,
  createProposer: createPatternSearch,
});

/** A look at one place around the current point. */
interface Poll {
  /** −1 or 1 for the coordinates that move, 0 for the others. */
  readonly signs: readonly number[];
  /** The way back of a poll that was no gain. */
  readonly isOpposite: boolean;
}

/** Cycles of polls without a new point, before a random one is as good. */
const PATIENCE = 60;

function createPatternSearch(settings: z.output<typeof options>, { grid, seed }: ProposerContext): Proposer {
  const first = createInitialDesign(grid, settings.initialize, 1, seed);
  const smallest = Math.min(
    settings.pattern_size,
    ...grid.intervals.map((steps) => (steps === 0 ? 1e-5 : 1 / steps)),
  );
  const polls = new Map<number, Poll | 'long move'>();
  let current: Observation | undefined;
  /** Where the next long move comes from: the current point of the last one. */
  let base: CubePoint | undefined;
  let queue: Poll[] = [];
  let size = settings.pattern_size;
  let width = widest();
  let looksSinceLongMove = 0;
  let cycleGained = true;

  function widest(): number {
    return Math.max(1, Math.min(settings.n_positions, grid.size >> 1));
  }

  /** After a cycle without a gain: narrower first, then smaller; from the smallest back to the first pattern. */
  function startCycle(random: Rng): void {
    if (!cycleGained) {
      if (width > 1) {
        width = Math.ceil(width / 2);
      } else {
        size = size <= smallest ? settings.pattern_size : Math.max(smallest, size * settings.reduction);
        width = widest();
      }
    }
    cycleGained = false;
    const order = random.permutation(grid.size);
    for (let start = 0; start < order.length; start += width) {
      const group = order.slice(start, start + width);
      const signs = grid.intervals.map(() => 0);
      for (const d of group) signs[d] = random.uniform() < 0.5 ? -1 : 1;
      queue.push({ signs, isOpposite: false });
    }
  }

  function nextPoll(
    from: CubePoint,
    { random, history }: AskContext,
  ): [Poll | 'long move', number[]] | undefined {
    if (looksSinceLongMove >= 2 * settings.n_positions && base !== undefined) {
      const start = base;
      base = from;
      looksSinceLongMove = 0;
      const point = grid.snap(from.map((x, d) => 2 * x - (start[d] as number)));
      if (!history.isTaken(point)) return ['long move', point];
    }
    for (let cycle = 0; cycle < PATIENCE;) {
      const poll = queue.shift();
      if (poll === undefined) {
        cycle++;
        startCycle(random);
        continue;
      }
      const point = grid.snap(
        grid.intervals.map((steps, d) => {
          const length = steps === 0 ? size : Math.max(size, 1 / steps);
          return (from[d] as number) + (poll.signs[d] as number) * length;
        }),
      );
      if (!history.isTaken(point)) return [poll, point];
      turnRound(poll);
    }
    return undefined;
  }

  function turnRound({ signs, isOpposite }: Poll): void {
    if (!isOpposite) queue.unshift({ signs: signs.map((sign) => -sign), isOpposite: true });
  }

  return {
    propose(ask) {
      const initial = first(ask);
      if (initial !== undefined) return initial;
      const next = current === undefined ? undefined : nextPoll(current.point, ask);
      if (next === undefined) return uniformPoint(grid, ask.random);
      const [poll, point] = next;
      polls.set(ask.id, poll);
      looksSinceLongMove++;
      return point;
    },
    observe(outcome) {
      const poll = outcome.id === undefined ? undefined : polls.get(outcome.id);
      if (outcome.id !== undefined) polls.delete(outcome.id);
      if (outcome.score !== undefined && (current === undefined || outcome.score > current.score)) {
        current = outcome;
        cycleGained = true;
        if (poll === undefined) base = outcome.point;
      } else if (poll !== undefined && poll !== 'long move') {
        turnRound(poll);
      }
    },
  };
}
