/** What the tests see of optimizer-tables.mjs. */
export interface Item {
  problem: string;
  value: number;
}
export function meanAndError(items: readonly Item[]): { mean: number; error: number | undefined };
export function differences<Run extends { problem: string; seed: number }>(
  runs: readonly Run[],
  others: readonly Run[],
  value: (run: Run) => number | undefined,
): Item[];
