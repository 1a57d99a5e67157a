/** One-dimensional search by parabolas: which place of a line to look at next. */

export interface Sample {
  /** Place on the line. */
  readonly t: number;
  readonly score: number;
}

export interface Segment {
  readonly low: number;
  readonly high: number;
  /** Places nearer to each other than this are the same place. */
  readonly resolution: number;
}

/**
 * Looks at both ends, the far one first, then at the top of the parabola through the best sample and those next to it,
 * until that adds nothing (Powell 1964, section 5, with the whole line as first bracket).
 *
 * @param samples at least one, in any order
 * @param waiting places that are being measured
 * @returns undefined when there is nothing to look at before the waiting places are known
 */
export function nextPlace(
  samples: readonly Sample[],
  waiting: readonly number[],
  { low, high, resolution }: Segment,
): number | undefined {
  const taken = [...samples.map(({ t }) => t), ...waiting];
  const isNew = (t: number): boolean => taken.every((other) => Math.abs(other - t) >= resolution);
  const end = [low, high].toSorted((a, b) => Math.abs(b) - Math.abs(a)).find(isNew);
  if (end !== undefined || waiting.length > 0) return end;

  const ordered = samples.toSorted((a, b) => a.t - b.t);
  const top = ordered.reduce((best, { score }, i) => (score > (ordered[best] as Sample).score ? i : best), 0);
  const start = Math.max(0, Math.min(top - 1, ordered.length - 3));
  const [left, middle, right] = ordered.slice(start, start + 3);
  if (left === undefined || middle === undefined || right === undefined) return undefined;
  const place = topOfParabola(left, middle, right);
  return place !== undefined && place > low && place < high && isNew(place) ? place : undefined;
}

/** Undefined where the three do not bend downwards. */
export function topOfParabola(a: Sample, b: Sample, c: Sample): number | undefined {
  const left = (b.score - a.score) / (b.t - a.t);
  const right = (c.score - b.score) / (c.t - b.t);
  const bend = (right - left) / (c.t - a.t);
  const top = (a.t + b.t) / 2 - left / (2 * bend);
  // Failed samples are −Infinity and give no number.
  return bend < 0 && Number.isFinite(top) ? top : undefined;
}
