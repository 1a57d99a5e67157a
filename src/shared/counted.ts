/** Numbers of things in sentences. */

/** `1 image`, `3 images`, `0 images`; digits as they are. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${nounFor(count, one, many)}`;
}

/** The noun alone, for sentences in which something stands between it and its number. */
export function nounFor(count: number, one: string, many = `${one}s`): string {
  return count === 1 ? one : many;
}
