/** The highest and the lowest of any number of numbers: `Math.max(...numbers)` has no room on the stack for a hundred thousand. */

/** @returns `-Infinity` for none, NaN where one of them is */
export function highest(numbers: Iterable<number>): number {
  let found = Number.NEGATIVE_INFINITY;
  for (const number of numbers) found = Math.max(found, number);
  return found;
}

/** @returns `Infinity` for none, NaN where one of them is */
export function lowest(numbers: Iterable<number>): number {
  let found = Number.POSITIVE_INFINITY;
  for (const number of numbers) found = Math.min(found, number);
  return found;
}
