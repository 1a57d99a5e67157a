/** The part of every optimizer that is not its algorithm: ids, open asks, queue, history, failures and repeats. */
import { usageError } from '../../shared/errors.ts';
import { freePointNear } from './free-point.ts';
import { createGrid, type CubePoint } from './grid.ts';
import { createRng } from '../math/rng.ts';
import type { Optimizer, OptimizerSettings, Recommendation, Told } from '../optimizer.ts';
import type { History, Observation, Proposer, ProposerContext } from './proposer.ts';

/** How often a proposer is asked again for a point that is not taken, before a neighbour is taken instead. */
const ATTEMPTS = 8;

/**
 * An optimizer from a proposer.
 * @throws usage errors `seed-not-integer`, `dimension-bounds`, `dimension-intervals`
 */
export function createAskTell(
  settings: Pick<OptimizerSettings, 'space' | 'seed'>,
  createProposer: (context: ProposerContext) => Proposer,
): Optimizer {
  const { seed } = settings;
  if (!Number.isSafeInteger(seed)) {
    throw usageError('seed-not-integer', `The seed is ${seed}: give a whole number.`);
  }
  const grid = createGrid(settings.space.dimensions);
  const proposer = createProposer({ grid, seed });
  const open = new Map<number, CubePoint>();
  const queue: CubePoint[] = [];
  const observations: Observation[] = [];
  const failed: CubePoint[] = [];
  const failedKeys = new Set<string>();
  const takenKeys = new Set<string>();
  let lastId = 0;

  const history: History = {
    observations,
    failed,
    get open() {
      return [...open.values()];
    },
    isTaken: (point) => takenKeys.has(grid.key(point)),
  };

  function propose(id: number): CubePoint {
    const barred = proposer.repeats === true ? failedKeys : takenKeys;
    let point: CubePoint = [];
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      point = grid.snap(proposer.propose({ id, random: createRng(seed, id, attempt), history }));
      if (!barred.has(grid.key(point))) return point;
    }
    const random = createRng(seed, id, ATTEMPTS);
    // With everything tried, a repeat is better than a known failure.
    return (
      freePointNear(grid, point, barred, random) ?? freePointNear(grid, point, failedKeys, random) ?? point
    );
  }

  return {
    ask() {
      const id = lastId + 1;
      const queued = queue[0];
      const point = queued ?? propose(id);
      if (queued !== undefined) queue.shift();
      lastId = id;
      open.set(id, point);
      takenKeys.add(grid.key(point));
      return { id, values: grid.values(point), origin: queued === undefined ? 'optimizer' : 'queued' };
    },

    tell(id, outcome) {
      const point = open.get(id);
      if (point === undefined) throw new RangeError(`ask ${id} is not open`);
      const result = readOutcome(outcome);
      open.delete(id);
      if (result === 'failed') {
        failed.push(point);
        failedKeys.add(grid.key(point));
        proposer.observe?.({ id, point, score: undefined });
      } else {
        const observation = { id, point, ...result };
        observations.push(observation);
        proposer.observe?.(observation);
      }
    },

    enqueue(values) {
      queue.push(grid.snap(grid.place(values)));
    },

    learn(values, score) {
      if (!Number.isFinite(score))
        throw new TypeError(`a learnt score must be a finite number, not ${score}`);
      const observation = { id: undefined, point: grid.place(values), score, variance: 0 };
      observations.push(observation);
      proposer.observe?.(observation);
    },

    best(): Recommendation | undefined {
      const advice = proposer.recommend?.(history);
      if (advice !== undefined) {
        const { observation, expected } = advice;
        return { values: grid.values(observation.point), observed: observation.score, expected };
      }
      const observed = bestObserved(observations);
      return observed && { values: grid.values(observed.point), observed: observed.score };
    },
  };
}

/**
 * The best trial so far, the first among equals. Learnt data is no trial of this search (its scores may be of another day or
 * scorer), and is handed out only while there is nothing else.
 */
function bestObserved(observations: readonly Observation[]): Observation | undefined {
  const own = observations.filter(({ id }) => id !== undefined);
  let best: Observation | undefined;
  for (const observation of own.length > 0 ? own : observations) {
    if (best === undefined || observation.score > best.score) best = observation;
  }
  return best;
}

function readOutcome(outcome: Told): { score: number; variance: number } | 'failed' {
  if (outcome === 'failed') return outcome;
  const { score, variance = 0 } = typeof outcome === 'number' ? { score: outcome } : outcome;
  if (!Number.isFinite(score))
    throw new TypeError(`a score must be a finite number, not ${score}: tell 'failed' instead`);
  if (!Number.isFinite(variance) || variance < 0) {
    throw new TypeError(`the variance of a score must be a finite number from 0 up, not ${variance}`);
  }
  return { score, variance };
}
