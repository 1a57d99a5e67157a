/** Weights and pictures of any iteration. */
import { useEffect, useState } from 'preact/hooks';
import type { PagePictures } from '../../state.ts';

export interface FoundTrial {
  readonly trial: number;
  readonly weights: Readonly<Record<string, number>>;
  readonly pictures: PagePictures | null;
}

/** @returns undefined while it is being asked for, and where there is no such iteration */
export function useTrial(run: string, trial: number | undefined): FoundTrial | undefined {
  const [found, setFound] = useState<FoundTrial>();
  useEffect(() => {
    if (trial === undefined) return undefined;
    let isOver = false;
    const load = async (): Promise<void> => {
      const reply = await fetch(`/api/runs/${run}/trials/${trial}`);
      if (!reply.ok) return;
      // The same version of this package sends it.
      const { weights, pictures }: Omit<FoundTrial, 'trial'> = await reply.json();
      if (!isOver) setFound({ trial, weights, pictures });
    };
    load().catch(() => undefined);
    return () => {
      isOver = true;
    };
  }, [run, trial]);
  return found?.trial === trial ? found : undefined;
}
