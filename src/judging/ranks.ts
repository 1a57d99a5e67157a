/** Ranks of scores, and how far two rankings agree. */

/** 1 = highest; equal values share the better rank, and the next one is skipped. */
export function competitionRanks(values: readonly number[]): number[] {
  return values.map((value) => 1 + values.filter((other) => other > value).length);
}

/** Spearman's rank correlation, equal values at their mean rank. Undefined where either list has fewer than two values. */
export function spearman(a: readonly number[], b: readonly number[]): number | undefined {
  const x = centredRanks(a);
  const y = centredRanks(b);
  const product = (left: readonly number[], right: readonly number[]): number =>
    left.reduce((sum, value, i) => sum + value * (right[i] ?? 0), 0);
  const spread = Math.sqrt(product(x, x) * product(y, y));
  return spread > 0 ? product(x, y) / spread : undefined;
}

function centredRanks(values: readonly number[]): number[] {
  return values.map((value) => {
    const below = values.filter((other) => other < value).length;
    const above = values.filter((other) => other > value).length;
    return (below - above) / 2;
  });
}
