/**
 * Two optimizers one after the other on the same search (the Python tool's "Opt (A->B)"): the second begins with
 * everything that the first has been told, and goes on being told what the first still had open.
 */
import { roundHalfEven } from '../../shared/round-half-even.ts';
import type { Optimizer, Told } from '../optimizer.ts';

export interface RelaySettings {
  readonly first: Optimizer;
  /** Made when its turn comes. */
  readonly createSecond: () => Optimizer;
  /** Asks that the first one answers. */
  readonly switchAfter: number;
}

export function createRelay({ first, createSecond, switchAfter }: RelaySettings): Optimizer {
  const asked = new Map<
    number,
    { readonly owner: Optimizer; readonly id: number; readonly values: readonly number[] }
  >();
  const known: { readonly values: readonly number[]; readonly score: number }[] = [];
  /** Kept here, so that none is left behind in the first one when the second takes over. */
  const queue: (readonly number[])[] = [];
  let second: Optimizer | undefined;
  let lastId = 0;

  /** The one whose turn it is. */
  function runner(): Optimizer {
    if (lastId < switchAfter) return first;
    if (second === undefined) {
      second = createSecond();
      for (const { values, score } of known) second.learn(values, score);
    }
    return second;
  }

  return {
    ask() {
      const owner = runner();
      const queued = queue.shift();
      if (queued !== undefined) owner.enqueue(queued);
      const { id, values, origin } = owner.ask();
      lastId++;
      asked.set(lastId, { owner, id, values });
      return { id: lastId, values, origin };
    },
    tell(id, outcome) {
      const trial = asked.get(id);
      if (trial === undefined) throw new RangeError(`ask ${id} is not open`);
      trial.owner.tell(trial.id, outcome);
      asked.delete(id);
      const score = scoreOf(outcome);
      if (score === undefined) return;
      known.push({ values: trial.values, score });
      if (second !== undefined && trial.owner !== second) second.learn(trial.values, score);
    },
    enqueue(values) {
      queue.push(values);
    },
    learn(values, score) {
      runner().learn(values, score);
      known.push({ values, score });
    },
    best() {
      const [a, b] = [first.best(), second?.best()];
      if (a === undefined || b === undefined) return b ?? a;
      // Estimates of two models do not compare; what was measured does.
      return b.observed >= a.observed ? b : a;
    },
  };
}

/** How many of the iterations the first optimizer gets: balance 0 = all, 1 = none. */
export function switchPoint(iterations: number, balance: number): number {
  return roundHalfEven(iterations * (1 - balance));
}

function scoreOf(outcome: Told): number | undefined {
  if (outcome === 'failed') return undefined;
  return typeof outcome === 'number' ? outcome : outcome.score;
}
