/** What the optimizer believes of a run, for any part of the page. */
import { useEffect, useState } from 'preact/hooks';
import type { PageBeliefs } from '../../beliefs/state.ts';
import { BeliefStore } from './belief-store.ts';

const stores = new Map<string, BeliefStore>();

function storeOf(run: string): BeliefStore {
  const known = stores.get(run);
  if (known !== undefined) return known;
  const store = new BeliefStore({
    ask: async () => {
      const reply = await fetch(`/api/runs/${run}/beliefs`);
      if (!reply.ok) throw new Error(`it answered ${reply.status}`);
      // The same version of this package sends it.
      const beliefs: PageBeliefs = await reply.json();
      return beliefs;
    },
    now: () => performance.now(),
    later: (callback, milliseconds) => {
      const timer = setTimeout(callback, milliseconds);
      return () => clearTimeout(timer);
    },
  });
  stores.set(run, store);
  return store;
}

/**
 * Asked for once it is used, and again when there is enough that is new: a tenth more scores, or some after half a minute.
 * @param run its part of addresses
 * @param trials scored ones so far
 * @returns undefined until they have come: that takes seconds
 */
export function useBeliefs(run: string, trials: number): PageBeliefs | undefined {
  const store = storeOf(run);
  const [, setShown] = useState(store.beliefs);
  useEffect(() => store.listen(() => setShown(store.beliefs)), [store]);
  useEffect(() => store.want(trials), [store, trials]);
  return store.beliefs;
}
