import type { CubePoint } from '../ask-tell/grid.ts';
import type { History } from '../ask-tell/proposer.ts';

export interface Sample {
  readonly point: CubePoint;
  readonly score: number;
}

/**
 * What is known, for models that take numbers only: points under way and failed ones stand in with the worst score
 * seen (the constant liar of Ginsbourger, Le Riche & Carraro 2010), so that nothing is proposed close to them.
 */
export function withPessimism({ observations, open, failed }: History): Sample[] {
  const worst = observations.reduce((low, { score }) => Math.min(low, score), Infinity);
  const standIns = observations.length === 0 ? [] : [...open, ...failed];
  return [...observations, ...standIns.map((point) => ({ point, score: worst }))];
}
