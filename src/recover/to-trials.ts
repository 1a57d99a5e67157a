/** A recovered file as plain data, for warm starts and journals. */
import { bestIteration } from './best.ts';
import type { Recovered, RecoveredBest, RecoveredIteration } from './types.ts';

export interface PlainTrials {
  /** The best of all runs that have a score; the last recipe where none has. */
  readonly best?: RecoveredBest;
  /** The iterations of all runs, in the file's order. */
  readonly iterations: readonly RecoveredIteration[];
}

export function toTrials(recovered: Recovered): PlainTrials {
  const bests = recovered.runs.flatMap(({ best }) => (best === undefined ? [] : [best]));
  const scored = bests.filter(({ score }) => score !== null);
  const top = bestIteration(scored.map(({ weights, score }) => ({ weights, score: score ?? Number.NaN })));
  const best =
    scored.find(({ weights, score }) => score === top?.score && weights === top?.weights) ?? bests.at(-1);
  return {
    ...(best === undefined ? {} : { best }),
    iterations: recovered.runs.flatMap(({ iterations }) => iterations),
  };
}
