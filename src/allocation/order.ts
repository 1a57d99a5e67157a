/**
 * The order in which trials get the images of a set: a trial's images are always the first so many, so that any two trials
 * have those of the smaller one in common. The first ones are to tell most: one image of every prompt comes before the second
 * of any, and prompts that have few words in common come early.
 */
import type { ImageRequest } from '../types.ts';

/** One image of the set. */
export interface OrderedImage {
  /** `ImageRequest.id`. */
  readonly request: string;
  readonly index: number;
}

/** All images; those of one request stand together, because a server makes them together. */
export function orderImages(requests: readonly ImageRequest[]): OrderedImage[] {
  const groups = farthestFirst(groupsOf(requests));
  const rounds = Math.max(0, ...groups.map((group) => group.requests.length));
  return Array.from({ length: rounds }, (_, round) => groups.flatMap(({ requests: own }) => own[round] ?? []))
    .flat()
    .flatMap(imagesOf);
}

/** All images as they stand in the requests: where every trial gets all of them. */
export function imagesInPlan(requests: readonly ImageRequest[]): OrderedImage[] {
  return requests.flatMap(imagesOf);
}

/** Where whole units end: how many images a trial may have. Rising, the last one is all of them. */
export function unitEnds(order: readonly OrderedImage[]): number[] {
  return order.flatMap(({ request }, at) => (order[at + 1]?.request === request ? [] : [at + 1]));
}

/** So many images for a new trial, in whole units: a request that is begun is made whole. */
export function upToUnits(ends: readonly number[], images: number): number | undefined {
  return ends.find((end) => end >= images) ?? ends.at(-1);
}

/**
 * The whole units of more images: rounded down to what was decided, but at least one unit more than there was.
 * @param ends of {@link unitEnds}
 * @param most that may be had, where there is a budget; undefined when not even one unit fits
 */
export function cutToUnits(
  ends: readonly number[],
  images: number,
  { had = 0, most = Infinity } = {},
): number | undefined {
  const fitting = ends.filter((end) => end > had && end <= most);
  return fitting.findLast((end) => end <= images) ?? fitting[0];
}

interface Group {
  readonly words: ReadonlySet<string>;
  readonly requests: ImageRequest[];
}

/** Requests of the same payload and prompts. */
function groupsOf(requests: readonly ImageRequest[]): Group[] {
  const groups = new Map<string, Group>();
  for (const request of requests) {
    const { payload, prompt, negativePrompt } = request;
    const key = JSON.stringify([payload, prompt, negativePrompt]);
    const group = groups.get(key) ?? { words: wordsOf(prompt), requests: [] };
    group.requests.push(request);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** First the one that is nearest to all others, then always the one that is farthest from those before it. */
function farthestFirst(groups: readonly Group[]): Group[] {
  const left = [...groups];
  const ordered: Group[] = [];
  while (left.length > 0) {
    const rank = (one: Group): number =>
      ordered.length === 0
        ? -groups.reduce((sum, other) => sum + distance(one, other), 0)
        : Math.min(...ordered.map((other) => distance(one, other)));
    const ranks = left.map(rank);
    // The first among equals.
    ordered.push(...left.splice(ranks.indexOf(Math.max(...ranks)), 1));
  }
  return ordered;
}

/** Jaccard: 0 for the same words, 1 for none in common. */
function distance({ words: one }: Group, { words: other }: Group): number {
  const shared = [...one].filter((word) => other.has(word)).length;
  const all = one.size + other.size - shared;
  return all === 0 ? 0 : 1 - shared / all;
}

function wordsOf(prompt: string): Set<string> {
  return new Set(prompt.toLowerCase().match(/[\p{L}\p{N}]+/gu));
}

function imagesOf({ id, seeds }: ImageRequest): OrderedImage[] {
  return [...seeds.keys()].map((index) => ({ request: id, index }));
}
