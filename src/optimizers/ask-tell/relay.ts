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

interface RelayTrial {
  readonly owner: Optimizer;
  readonly id: number;
  readonly values: readonly number[];
}

/** What is known, for the second one. */
interface Known {
  readonly owner: Optimizer;
  /** To tell its owner again. */
  readonly id: number;
  readonly values: readonly number[];
  outcome: Scored;
  /** The same in the second one, where that has only learned it. */
  learned: number | undefined;
}

type Scored = Exclude<Told, 'failed'>;

export function createRelay({ first, createSecond, switchAfter }: RelaySettings): Optimizer {
  const asked = new Map<number, RelayTrial>();
  /** By the number of the ask, or below 0 of what was learned. */
  const known = new Map<number, Known>();
  /** Kept here, so that none is left behind in the first one when the second takes over. */
  const queue: (readonly number[])[] = [];
  /** The first of the queue was given to the one whose turn it is, and is asked next. */
  let isHandedOver = false;
  let second: Optimizer | undefined;
  let lastId = 0;
  let lastReceipt = 0;

  /** The one whose turn it is. */
  function runner(): Optimizer {
    if (lastId < switchAfter) return first;
    if (second === undefined) {
      second = createSecond();
      for (const one of known.values()) one.learned = second.learn(one.values, one.outcome);
    }
    return second;
  }

  function ready(): Optimizer {
    const owner = runner();
    const queued = isHandedOver ? undefined : queue.shift();
    if (queued !== undefined) {
      owner.enqueue(queued);
      isHandedOver = true;
    }
    return owner;
  }

  return {
    peek: () => ready().peek(),
    ask() {
      const owner = ready();
      isHandedOver = false;
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
      if (outcome === 'failed') return;
      const isOlder = second !== undefined && trial.owner !== second;
      const learned = isOlder ? second?.learn(trial.values, outcome) : undefined;
      known.set(id, { ...trial, outcome, learned });
    },
    retell(id, outcome) {
      const one = known.get(id);
      if (one === undefined) throw new RangeError(`nothing was told under the number ${id}`);
      one.owner.retell(one.id, outcome);
      one.outcome = outcome;
      if (one.learned !== undefined) second?.retell(one.learned, outcome);
    },
    enqueue(values) {
      queue.push(values);
    },
    learn(values, outcome) {
      const owner = runner();
      const id = owner.learn(values, outcome);
      const receipt = --lastReceipt;
      known.set(receipt, { owner, id, values, outcome, learned: undefined });
      return receipt;
    },
    belief: () => (second ?? first).belief(),
    best(isWanted) {
      const [a, b] = [first.best(isWanted), second?.best(isWanted)];
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
