/** What does not change of the blocks of a run, by block. */
import { useEffect, useState } from 'preact/hooks';
import type { PageBlockFacts, PageBlocks } from '../../blocks/state.ts';

/** Milliseconds after which it is asked again. */
const AGAIN = 3000;

/** @returns none until they have come */
export function useBlocks(run: string): ReadonlyMap<string, PageBlockFacts> {
  const [facts, setFacts] = useState<ReadonlyMap<string, PageBlockFacts>>(new Map());
  useEffect(() => {
    let again: ReturnType<typeof setTimeout> | undefined;
    let isOver = false;
    const load = async (): Promise<void> => {
      try {
        const reply = await fetch(`/api/runs/${run}/blocks`);
        if (!reply.ok) throw new Error(String(reply.status));
        // The same version of this package sends it.
        const { blocks }: PageBlocks = await reply.json();
        if (!isOver) setFacts(new Map(blocks.map((one) => [one.block, one])));
      } catch {
        if (!isOver) again = setTimeout(() => void load(), AGAIN);
      }
    };
    void load();
    return () => {
      isOver = true;
      clearTimeout(again);
    };
  }, [run]);
  return facts;
}
