/** What the tests see of importance-measures.mjs. */
export function rankAgreement(
  estimated: readonly number[],
  truth: readonly number[],
): { plain: number; rank: number };
export function topAgreement(estimated: readonly number[], truth: readonly number[]): number;
