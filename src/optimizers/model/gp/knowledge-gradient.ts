import { normalCdf, normalPdf } from '../../math/normal.ts';

/**
 * E max(m + s Z) − max m over the entries of two vectors, Z standard normal: by how much the best expected score is expected
 * to rise when one number becomes known (Frazier, Powell & Dayanik 2009). Exact: the maximum of straight lines in Z is a chain
 * of them, in the order of their slopes.
 */
export function knowledgeGradient(means: readonly number[], slopes: readonly number[]): number {
  const lines = means
    .map((mean, i) => ({ mean, slope: slopes[i] ?? 0 }))
    .toSorted((a, b) => a.slope - b.slope || a.mean - b.mean);
  const chain: { readonly mean: number; readonly slope: number; readonly from: number }[] = [];
  for (const line of lines) {
    let from = -Infinity;
    for (let last = chain.at(-1); last !== undefined; last = chain.at(-1)) {
      // Of parallel lines the higher one comes last.
      from = line.slope > last.slope ? (last.mean - line.mean) / (line.slope - last.slope) : -Infinity;
      if (from > last.from) break;
      chain.pop();
      from = -Infinity;
    }
    chain.push({ ...line, from });
  }
  let rise = 0;
  for (const [k, line] of chain.entries()) {
    const before = chain[k - 1];
    if (before === undefined) continue;
    const z = -Math.abs(line.from);
    rise += (line.slope - before.slope) * (normalPdf(z) + z * normalCdf(z));
  }
  return rise;
}
