/** At most this many points are used to fit the parameters of the kernel: more change them little and cost n³. */
const ENOUGH = 100;

/**
 * Indices of the observations that the parameters are fitted to: all of few; of many the best half of the allowance,
 * where precision matters, and the rest evenly over the order of telling, for the view of the whole.
 */
export function fittingSubset(targets: ArrayLike<number>): number[] {
  const all = Array.from({ length: targets.length }, (_, i) => i);
  if (all.length <= ENOUGH) return all;
  const ranked = all.toSorted((a, b) => (targets[b] as number) - (targets[a] as number) || a - b);
  const top = ranked.slice(0, ENOUGH / 2);
  const others = ranked.slice(ENOUGH / 2).toSorted((a, b) => a - b);
  const stride = others.length / (ENOUGH / 2);
  const spread = Array.from({ length: ENOUGH / 2 }, (_, i) => others[Math.floor(i * stride)] as number);
  return [...top, ...spread].toSorted((a, b) => a - b);
}
