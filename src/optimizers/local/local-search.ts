/**
 * What the hill climbers share: one current point, steps around it, and a decision each time `n_neighbours` of them
 * have been looked at. Members differ in the length of a step, in jumps, and in when a worse point may take over.
 */
import type { Behaviour, LocalSearchOptions } from './behaviour.ts';
import { createCompatLocalSearch } from './compat-local-search.ts';
import { uniformPoint } from '../ask-tell/initial-points.ts';
import { createRng } from '../math/rng.ts';
import { createInitialDesign } from '../ask-tell/initial-design.ts';
import type { Observation, Proposer, ProposerContext } from '../ask-tell/proposer.ts';
import { takeStep } from './steps.ts';

/** No other stream of the run has this word, so that decisions and proposals of a trial draw different numbers. */
const DECISION = 1000;

/** Moves are counted from 0; initial, queued and learned points are no moves. */
export function createLocalSearch(
  settings: LocalSearchOptions,
  behaviour: Behaviour,
  context: ProposerContext,
): Proposer {
  if (settings.semantics === 'compat') return createCompatLocalSearch(settings, behaviour, context);
  const { grid, seed } = context;
  const first = createInitialDesign(grid, settings.initialize, 1, seed);
  const moves = new Map<number, number>();
  const changes = createTypicalChange();
  let current: Observation | undefined;
  let window: Observation[] = [];
  let gained = true;

  function decide(move: number): void {
    // The last one among equals, as published.
    const best = window.reduce((a, b) => (b.score >= a.score ? b : a));
    window = [];
    gained = current === undefined || best.score > current.score;
    if (current === undefined || gained) {
      current = best;
      return;
    }
    const worsening = changes.inUnits(current.score - best.score);
    const probability = behaviour.acceptance?.(worsening, move) ?? 0;
    if (createRng(seed, best.id ?? 0, DECISION).uniform() < probability) current = best;
  }

  return {
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
      return takeStep(current.point, grid, epsilon, settings.distribution, random);
    },
    observe(outcome) {
      if (outcome.score === undefined) return;
      const move = outcome.id === undefined ? undefined : moves.get(outcome.id);
      if (move === undefined || current === undefined) {
        if (current === undefined || outcome.score > current.score) current = outcome;
        return;
      }
      changes.add(outcome.score - current.score);
      window.push(outcome);
      if (window.length >= settings.n_neighbours) decide(move);
    },
  };
}

/** The median size of the changes seen: a unit that knows no scale of scores and shrugs off outliers. */
function createTypicalChange(): { add(change: number): void; inUnits(change: number): number } {
  const sizes: number[] = [];
  return {
    add(change) {
      const size = Math.abs(change);
      const place = sizes.findIndex((other) => other > size);
      sizes.splice(place === -1 ? sizes.length : place, 0, size);
    },
    inUnits(change) {
      const median = sizes[sizes.length >> 1] ?? 0;
      if (change === 0) return 0;
      return median === 0 ? Infinity : change / median;
    },
  };
}
