/**
 * The fresh images of a plan: an endless row, the same whenever it is asked for, so that a proof of 96 images begins with those
 * of the proof of 24 before it. Its payloads alternate, and as many images as the payload set has hold each payload as often as
 * the set does. Every image is a request of its own: other numbers of images need no other batches.
 */
import { createHash } from 'node:crypto';
import { imagesInPlan, type OrderedImage } from '../allocation/index.ts';
import type { SearchPlan } from '../journal/record.ts';
import type { ImageRequest } from '../types.ts';

export interface FreshImages {
  readonly requests: readonly ImageRequest[];
  readonly images: readonly OrderedImage[];
}

type Planned = Pick<SearchPlan, 'requests' | 'freshPrompts' | 'optimizer'>;

/** @param count images for each candidate, from 0 */
export function freshImages(plan: Planned, count: number): FreshImages {
  const slots = alternated(plan.requests);
  const taken = seedsOf(plan.requests);
  const counts = new Map<string, number>();
  const requests: ImageRequest[] = [];
  for (let i = 0; i < count; i++) {
    const request = slots[i % slots.length];
    if (request === undefined) break;
    const n = counts.get(request.payload) ?? 0;
    counts.set(request.payload, n + 1);
    requests.push(freshRequest(plan, request, n, taken));
  }
  return { requests, images: imagesInPlan(requests) };
}

/** The request behind every image of the set, so that each stretch holds each payload as often as its share asks for. */
function alternated(requests: readonly ImageRequest[]): ImageRequest[] {
  const byPayload = new Map<string, ImageRequest[]>();
  for (const request of requests) {
    const images = byPayload.get(request.payload) ?? [];
    images.push(...request.seeds.map(() => request));
    byPayload.set(request.payload, images);
  }
  return [...byPayload.values()]
    .flatMap((images) => images.map((request, i) => ({ request, at: (i + 0.5) / images.length })))
    .toSorted((one, other) => one.at - other.at)
    .map(({ request }) => request);
}

/** Seeds and variation seeds. */
function seedsOf(requests: readonly ImageRequest[]): Set<number> {
  return new Set(
    requests.flatMap(({ seeds, body }) => [
      ...seeds,
      ...seeds.flatMap((_, i) => (typeof body['subseed'] === 'number' ? [body['subseed'] + i] : [])),
    ]),
  );
}

/** @param n of the payload's fresh images, from 0 @param taken gets its seeds */
function freshRequest(
  { freshPrompts = [], optimizer }: Planned,
  request: ImageRequest,
  n: number,
  taken: Set<number>,
): ImageRequest {
  const { payload, body, reverseScoring } = request;
  const draw = (what: string): number => freshSeed(optimizer.seed, payload, `${what} ${n}`, taken);
  const seed = draw('seed');
  const subseed = typeof body['subseed'] === 'number' ? { subseed: draw('subseed') } : {};
  const drawn = freshPrompts.find((one) => one.payload === payload)?.prompts ?? [];
  const { prompt, negativePrompt } = drawn[n % Math.max(1, drawn.length)] ?? request;
  return {
    id: `proof/${payload}/${n}`,
    payload,
    prompt,
    negativePrompt,
    reverseScoring,
    seeds: [seed],
    body: {
      ...body,
      prompt,
      negative_prompt: negativePrompt,
      seed,
      ...subseed,
      batch_size: 1,
      n_iter: 1,
    },
  };
}

/** 32 bits, as WebUIs draw them, and none that was used before. */
function freshSeed(runSeed: number, payload: string, what: string, taken: Set<number>): number {
  for (let attempt = 0; ; attempt++) {
    const text = `${runSeed}\n${payload}\nproof ${what}\n${attempt}`;
    const seed = createHash('sha256').update(text).digest().readUInt32LE(0);
    if (taken.has(seed)) continue;
    taken.add(seed);
    return seed;
  }
}

/** Fewer show nothing, however clear they are. */
const FEWEST = 8;

/** Where nobody says how many: as many as the set has, and whole sets until they are enough to show something. */
export function usualCount(requests: readonly ImageRequest[]): number {
  const set = requests.reduce((sum, { seeds }) => sum + seeds.length, 0);
  return set === 0 ? 0 : set * Math.ceil(FEWEST / set);
}
