/**
 * Which servers draw which images of the set. Unlike graphics cards draw unlike pixels, and a score must never compare pictures
 * of one with those of another: so an image is always drawn by servers that draw the same pixels.
 */
import type { ImageRef } from '../trial/evaluator.ts';

/**
 * The pixel group by `ImageRequest.id`: all images of a request come from one, since a request is one call. As a plain object
 * it is what a journal keeps.
 */
export type Pins = Readonly<Record<string, string>>;

/** Members that draw the same pixels for the same request. */
export interface PixelGroup {
  /** `Member.pixelGroup`. */
  readonly name: string;
  /** How many draw, from 1 on. */
  readonly members: number;
  /** Seconds that one of them takes for an image; undefined = not measured: as long as the others. */
  readonly imageSeconds?: number | undefined;
  /** Seconds that one of them takes for a merge, which is paid once a trial. Default 0. */
  readonly mergeSeconds?: number | undefined;
}

/**
 * Gives every request to the group that is done with it soonest. In the order in which trials get images, so that every
 * beginning of it is balanced too.
 * @param order all images of the set
 * @param groups at least one; of two that are equally soon done, the earlier gets it
 */
export function pinImages(order: readonly ImageRef[], groups: readonly PixelGroup[]): Pins {
  const usual = usualSeconds(groups);
  const paces = groups.map(({ name, members, imageSeconds, mergeSeconds = 0 }) => ({
    name,
    perImage: positive(imageSeconds, usual) / Math.max(1, members),
    doneAt: mergeSeconds / Math.max(1, members),
  }));
  const images = new Map<string, number>();
  for (const { request } of order) images.set(request, (images.get(request) ?? 0) + 1);
  const pins: Record<string, string> = {};
  for (const [request, count] of images) {
    const [first, ...others] = paces;
    if (first === undefined) throw new Error('images are pinned to at least one pixel group');
    const doneWith = ({ doneAt, perImage }: (typeof paces)[number]): number => doneAt + count * perImage;
    const soonest = others.reduce((best, pace) => (doneWith(pace) < doneWith(best) ? pace : best), first);
    soonest.doneAt = doneWith(soonest);
    pins[request] = soonest.name;
  }
  return pins;
}

/** The pins of a run that goes on. */
export interface KeptPins {
  readonly pins: Pins;
  /** No recorded group is there, so that all images were pinned anew: what was measured before has other pixels. */
  readonly isAnew: boolean;
  /** Recorded groups that no member has: their images are missing until one is back. */
  readonly lacking: readonly string[];
  /** Groups that no pin names: their members get no work. */
  readonly unused: readonly string[];
}

/**
 * What a run that goes on keeps of its pins: all of them where any recorded group is there; requests that had none are pinned
 * to groups that are.
 */
export function keepPins(
  recorded: Pins,
  order: readonly ImageRef[],
  groups: readonly PixelGroup[],
): KeptPins {
  const present = new Set(groups.map(({ name }) => name));
  const named = new Set(order.flatMap(({ request }) => recorded[request] ?? []));
  const known = groups.filter(({ name }) => named.has(name));
  const isAnew = known.length === 0;
  const fresh = order.filter(({ request }) => isAnew || recorded[request] === undefined);
  const pins = { ...(isAnew ? {} : recorded), ...pinImages(fresh, isAnew ? groups : known) };
  const used = new Set(order.map(({ request }) => pins[request]));
  return {
    pins,
    isAnew,
    lacking: isAnew ? [] : [...named].filter((name) => !present.has(name)),
    unused: groups.flatMap(({ name }) => (used.has(name) ? [] : name)),
  };
}

function usualSeconds(groups: readonly PixelGroup[]): number {
  const known = groups.flatMap(({ imageSeconds }) =>
    imageSeconds !== undefined && imageSeconds > 0 ? imageSeconds : [],
  );
  return known.length === 0 ? 1 : known.reduce((sum, seconds) => sum + seconds, 0) / known.length;
}

function positive(value: number | undefined, otherwise: number): number {
  return value !== undefined && value > 0 ? value : otherwise;
}
