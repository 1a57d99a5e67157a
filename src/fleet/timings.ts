/** How long one member takes: running medians of what was measured, so that one odd image changes nothing. */
import { elapsedOn, type Clock } from '../shared/clock.ts';

/** Measured values that count, the newest ones: a card that has become slower is known to be so soon. */
export const LATEST = 9;

export class Timings {
  readonly #images = new Map<string, number[]>();
  /** From the beginning of a call to the end of its first request. */
  readonly #firsts: { readonly request: string; readonly seconds: number }[] = [];

  /** @param isFirst of its call: the merge is part of the seconds */
  note(request: string, seconds: number, isFirst: boolean): void {
    if (!(seconds > 0)) return;
    if (isFirst) {
      this.#firsts.push({ request, seconds });
      if (this.#firsts.length > LATEST) this.#firsts.shift();
      return;
    }
    const values = this.#images.get(request) ?? [];
    this.#images.set(request, values);
    values.push(seconds);
    if (values.length > LATEST) values.shift();
  }

  /** Seconds of a request without the merge; undefined while nothing is known. */
  requestSeconds(request: string): number | undefined {
    const own = this.#images.get(request);
    if (own !== undefined) return median(own);
    // What always comes first in its call was never measured without the merge.
    return this.usualSeconds;
  }

  /** Seconds of any request, as {@link requestSeconds}. */
  get usualSeconds(): number | undefined {
    return median([...this.#images.values()].flat()) ?? median(this.#firsts.map(({ seconds }) => seconds));
  }

  /** Seconds of a merge; 0 while it cannot be told from the images. */
  get mergeSeconds(): number {
    return this.measuredMerge ?? 0;
  }

  /** Undefined while it cannot be told from the images: what is always alone in its call was never measured without the merge. */
  get measuredMerge(): number | undefined {
    if (this.#images.size === 0) return undefined;
    const merges = this.#firsts.map(({ request, seconds }) => seconds - (this.requestSeconds(request) ?? 0));
    const seconds = median(merges);
    return seconds === undefined ? undefined : Math.max(0, seconds);
  }
}

/** Seconds between the images of one call. */
export class Stopwatch {
  readonly #timings: Timings;
  readonly #clock: Clock;
  readonly #began: number;
  #last: number;
  #isFirst = true;
  /** Images by request that have not come yet. */
  readonly #open: Map<string, number>;

  /** @param images how many are wanted, by request */
  constructor(timings: Timings, clock: Clock, images: ReadonlyMap<string, number>) {
    this.#timings = timings;
    this.#clock = clock;
    this.#began = elapsedOn(clock);
    this.#last = this.#began;
    this.#open = new Map(images);
  }

  /** An image came that had not come before. */
  note(request: string): void {
    const left = (this.#open.get(request) ?? 1) - 1;
    this.#open.set(request, left);
    if (left > 0) return;
    const now = elapsedOn(this.#clock);
    this.#timings.note(request, (now - this.#last) / 1000, this.#isFirst);
    this.#last = now;
    this.#isFirst = false;
  }

  get seconds(): number {
    return (elapsedOn(this.#clock) - this.#began) / 1000;
  }
}

export function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = Math.floor((sorted.length - 1) / 2);
  const [low, high] = [sorted[middle], sorted[sorted.length - 1 - middle]];
  return low === undefined || high === undefined ? undefined : (low + high) / 2;
}
