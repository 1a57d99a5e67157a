/** How long the images of one iteration take: measured where a run has made such images, otherwise guessed. */
import type { ImageRecord, ImageRequest } from '../types.ts';

export interface Estimate {
  /** Of one iteration, without merging and scoring. */
  readonly seconds: number;
  /** `measured` as soon as any of it is; `given` = a time for every image that somebody measured. */
  readonly basis: 'given' | 'measured' | 'guessed';
}

/** What a run has needed: seconds for a megapixel and step. */
export interface Pace {
  readonly byPayload: ReadonlyMap<string, number>;
  readonly overall: number;
}

/** The graphics card that guesses are for. */
export const GUESSED_CARD = 'RTX 3090';
/** Seconds for a megapixel and step that the field's users report for it. */
const GUESSED_PACE = 0.5;

export function guessEstimate(requests: readonly ImageRequest[]): Estimate {
  return { seconds: requests.reduce((sum, request) => sum + guessSeconds(request), 0), basis: 'guessed' };
}

/** @param seconds that an image takes */
export function givenEstimate(requests: readonly ImageRequest[], seconds: number): Estimate {
  return { seconds: requests.reduce((sum, { seeds }) => sum + seeds.length * seconds, 0), basis: 'given' };
}

/** A payload of the same name at its own pace, which fits its sampler and its ControlNet; others at that of the run. */
export function measuredEstimate(requests: readonly ImageRequest[], pace: Pace): Estimate {
  const seconds = requests.reduce(
    (sum, request) => sum + workOf(request) * (pace.byPayload.get(request.payload) ?? pace.overall),
    0,
  );
  return { seconds, basis: 'measured' };
}

/**
 * @param requests of the run
 * @param images that were generated for them
 * @returns undefined when no image tells anything
 */
export function paceOf(
  requests: readonly ImageRequest[],
  images: readonly Pick<ImageRecord, 'request' | 'seconds'>[],
): Pace | undefined {
  const known = new Map(requests.map((request) => [request.id, request]));
  const sums = new Map<string, { seconds: number; work: number }>();
  const all = { seconds: 0, work: 0 };
  for (const { request: id, seconds } of images) {
    const request = known.get(id);
    if (request === undefined || seconds <= 0) continue;
    const own = sums.get(request.payload) ?? { seconds: 0, work: 0 };
    sums.set(request.payload, own);
    for (const sum of [own, all]) {
      sum.seconds += seconds;
      sum.work += workOf(request) / request.seeds.length;
    }
  }
  if (all.work === 0) return undefined;
  const byPayload = new Map([...sums].map(([name, { seconds, work }]) => [name, seconds / work]));
  return { byPayload, overall: all.seconds / all.work };
}

/** Seconds of one request on an RTX 3090, roughly. */
function guessSeconds(request: ImageRequest): number {
  return GUESSED_PACE * workOf(request);
}

/** Megapixels times steps; the hires pass does `denoising_strength` of its steps at the larger size. */
function workOf({ body, seeds }: ImageRequest): number {
  const number = (key: string, standard: number): number =>
    typeof body[key] === 'number' ? body[key] : standard;
  const megapixels = (number('width', 512) * number('height', 512)) / 1e6;
  const steps = number('steps', 50);
  const [wide, high] = [number('hr_resize_x', 0), number('hr_resize_y', 0)];
  const large = wide > 0 && high > 0 ? (wide * high) / 1e6 : megapixels * number('hr_scale', 2) ** 2;
  const second = number('hr_second_pass_steps', 0) || steps;
  const hires = body['enable_hr'] === true ? large * second * number('denoising_strength', 0.7) : 0;
  return (megapixels * steps + hires) * seeds.length;
}
