/** How long something was under way where several things may be at the same time. */

/** In one unit, whichever that is; `from` not after `to`. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The length of all spans together; what several of them cover counts once. */
export function busyTime(spans: readonly Span[]): number {
  let busy = 0;
  let end = -Infinity;
  for (const { from, to } of spans.toSorted((one, other) => one.from - other.from)) {
    busy += Math.max(0, to - Math.max(from, end));
    end = Math.max(end, to);
  }
  return busy;
}
