/** The part of every optimizer that is not its algorithm: ids, open asks, queue, history, failures and repeats. */
import { usageError } from '../../shared/errors.ts';
import { freePointNear } from './free-point.ts';
import { createGrid, type CubePoint } from './grid.ts';
import { createRng } from '../math/rng.ts';
import { PointSet } from './point-set.ts';
import { believe } from '../model/gp/believe.ts';
import type { Optimizer, OptimizerSettings, Recommendation, Told, ToldScore } from '../optimizer.ts';
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
  const failedPoints = new PointSet();
  const taken = new PointSet();
  /** Where the score of an ask stands among the observations, by its number; that of learned data by its receipt, which is below 0. */
  const places: { readonly asked: number[]; readonly learned: number[] } = { asked: [], learned: [] };
  let lastId = 0;
  let lastReceipt = 0;
  let revision = 0;
  /** What was proposed for the next ask and not asked yet. */
  let peeked: CubePoint | undefined;

  const history: History = {
    observations,
    failed,
    get revision() {
      return revision;
    },
    get open() {
      return [...open.values()];
    },
    isTaken: (point) => taken.has(point),
  };

  const barred = proposer.repeats === true ? failedPoints : taken;

  function propose(id: number): CubePoint {
    let point: CubePoint = [];
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      point = grid.snap(proposer.propose({ id, random: createRng(seed, id, attempt), history }));
      if (!barred.has(point)) return point;
    }
    const random = createRng(seed, id, ATTEMPTS);
    // With everything tried, a repeat is better than a known failure.
    return (
      freePointNear(grid, point, barred, random) ?? freePointNear(grid, point, failedPoints, random) ?? point
    );
  }

  /** The next point that is the proposer's own. */
  function nextOwn(): CubePoint {
    // One that was kept may have been asked from the queue since.
    if (peeked === undefined || barred.has(peeked)) peeked = propose(lastId + 1);
    return peeked;
  }

  /** Something else is known. What a proposer with a state of its own has drawn is kept: drawing again would move it on. */
  function forgetPeeked(): void {
    if (proposer.observe === undefined) peeked = undefined;
  }

  function keep(receipt: number, observation: Observation): void {
    revision++;
    if (receipt > 0) places.asked[receipt] = observations.length;
    else places.learned[-receipt] = observations.length;
    observations.push(observation);
    proposer.observe?.(observation);
  }

  return {
    peek: () => grid.values(queue[0] ?? nextOwn()),

    ask() {
      const id = lastId + 1;
      const queued = queue.shift();
      const point = queued ?? nextOwn();
      if (queued === undefined) peeked = undefined;
      else forgetPeeked();
      lastId = id;
      open.set(id, point);
      taken.add(point);
      return { id, values: grid.values(point), origin: queued === undefined ? 'optimizer' : 'queued' };
    },

    tell(id, outcome) {
      const point = open.get(id);
      if (point === undefined) throw new RangeError(`ask ${id} is not open`);
      const result = readOutcome(outcome);
      open.delete(id);
      forgetPeeked();
      if (result === 'failed') {
        failed.push(point);
        failedPoints.add(point);
        proposer.observe?.({ id, point, score: undefined });
      } else {
        keep(id, observationOf(id, point, result));
      }
    },

    retell(id, outcome) {
      const place = id > 0 ? places.asked[id] : places.learned[-id];
      const before = place === undefined ? undefined : observations[place];
      if (place === undefined || before === undefined)
        throw new RangeError(`nothing was told under the number ${id}`);
      observations[place] = observationOf(before.id, before.point, readScore(outcome));
      revision++;
      forgetPeeked();
    },

    enqueue(values) {
      forgetPeeked();
      queue.push(grid.snap(grid.place(values)));
    },

    learn(values, outcome) {
      const point = grid.place(values);
      const receipt = --lastReceipt;
      forgetPeeked();
      keep(receipt, observationOf(undefined, point, readScore(outcome)));
      return receipt;
    },

    belief() {
      const belief = proposer.believe === undefined ? believe(history) : proposer.believe(history);
      const place = (values: readonly number[]): CubePoint => grid.snap(grid.place(values));
      return (
        belief && {
          worth: (prospects) =>
            belief.worth(prospects.map(({ values, had, images }) => ({ point: place(values), had, images }))),
          imageNoise: (values) => belief.imageNoise(place(values)),
        }
      );
    },

    best(isWanted = () => true): Recommendation | undefined {
      const isPoint = (point: CubePoint): boolean => isWanted(grid.values(point));
      const advice = proposer.recommend?.(history, isPoint);
      if (advice !== undefined) {
        const { observation, expected } = advice;
        return { values: grid.values(observation.point), observed: observation.score, expected };
      }
      const observed = bestObserved(observations.filter(({ point }) => isPoint(point)));
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

/** Written out: what is spread over a literal lies beside the object, and a long search has thousands. */
function observationOf(id: number | undefined, point: CubePoint, read: ReadScore): Observation {
  const { score, variance, images, noise, goals } = read;
  const isPlain = images === undefined && noise === undefined && goals === undefined;
  return isPlain ? { id, point, score, variance } : { id, point, ...read };
}

type ReadScore = Pick<Observation, 'score' | 'variance' | 'images' | 'noise' | 'goals'>;

function readOutcome(outcome: Told): ReadScore | 'failed' {
  return outcome === 'failed' ? outcome : readScore(outcome);
}

function readScore(outcome: number | ToldScore): ReadScore {
  const {
    score,
    variance = 0,
    images,
    noise,
    goals,
  }: ToldScore = typeof outcome === 'number' ? { score: outcome } : outcome;
  if (!Number.isFinite(score))
    throw new TypeError(`a score must be a finite number, not ${score}: tell 'failed' instead`);
  if (!Number.isFinite(variance) || variance < 0) {
    throw new TypeError(`the variance of a score must be a finite number from 0 up, not ${variance}`);
  }
  if (images !== undefined && !(Number.isInteger(images) && images >= 0)) {
    throw new TypeError(`the number of images behind a score must be a whole number, not ${images}`);
  }
  if (noise !== undefined && !(noise.shared >= 0 && noise.own >= 0)) {
    throw new TypeError(`variances of an image must be numbers from 0 up, not ${noise.shared}, ${noise.own}`);
  }
  if (goals?.every((value) => Number.isFinite(value)) === false)
    throw new TypeError(`the value of a goal must be a finite number: ${goals.join(', ')}`);
  return {
    score,
    variance,
    ...(images !== undefined && { images }),
    ...(noise !== undefined && { noise }),
    ...(goals !== undefined && { goals }),
  };
}
